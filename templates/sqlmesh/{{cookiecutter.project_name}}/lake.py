"""Connections to DuckDB that reach the bucket with this product's own keys."""

import os
from pathlib import Path

import duckdb
from dotenv import load_dotenv

HERE = Path(__file__).resolve().parent
DATABASE = HERE / "product.duckdb"
PARTS = ("staging", "data_mart")


def setting(name: str) -> str:
    """A value of .env, or of the environment, which wins."""
    load_dotenv(HERE / ".env")
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set: it stands in .env")
    return value


def connect(database: str | Path = ":memory:", read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection that knows the keys. Nothing of them is kept in the database."""
    scheme, _, endpoint = setting("S3_ENDPOINT").partition("://")
    connection = duckdb.connect(str(database), read_only=read_only)
    connection.execute("LOAD httpfs")
    options = {
        "KEY_ID": quoted(setting("S3_ACCESS_KEY")),
        "SECRET": quoted(setting("S3_SECRET_KEY")),
        "ENDPOINT": quoted(endpoint.rstrip("/")),
        "USE_SSL": str(scheme == "https").lower(),
        "URL_STYLE": "'path'",
    }
    listed = ", ".join(f"{name} {value}" for name, value in options.items())
    connection.execute(f"CREATE SECRET lake (TYPE s3, {listed})")
    return connection


def quoted(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name of SQL."""
    return '"' + name.replace('"', '""') + '"'
