"""How one's own tools reach the lake. A secret is shown only to whoever asks for it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from ..errors import MinioManagerError
from ..settings import Place
from ..storage.keys import Keys, keys
from . import calls
from .tables import clean, html

SHELL = 'eval "$(lake credentials shell --show-secrets)"'

# {folder} is bucket/key/ of the home
SNIPPETS: Mapping[str, str] = {
    "python": """
import boto3
from minio_manager.notebook import lake

s3 = boto3.client("s3", **lake.boto3_options())
print(s3.list_objects_v2(Bucket="{bucket}", Prefix="{prefix}")["KeyCount"])
""",
    "pandas": """
import pandas
from minio_manager.notebook import lake

frame = pandas.DataFrame({{"n": [1, 2, 3]}})
lake(frame).save("~/example/n.parquet")
print(lake.read("~/example/n.parquet"))
""",
    "spark": """
from minio_manager.spark import configure
from pyspark.sql import SparkSession

spark = configure(SparkSession.builder).getOrCreate()
spark.read.parquet("s3a://{folder}example/n.parquet").show()
""",
    "duckdb": """
import duckdb
import s3fs
from minio_manager.notebook import lake

duckdb.register_filesystem(s3fs.S3FileSystem(**lake.storage_options()))
print(duckdb.sql("SELECT count(*) FROM read_parquet('s3://{folder}example/*.parquet')"))
""",
    "rclone": """
{shell}
export RCLONE_CONFIG_LAKE_TYPE=s3 RCLONE_CONFIG_LAKE_PROVIDER=Minio RCLONE_CONFIG_LAKE_ENV_AUTH=true
export RCLONE_CONFIG_LAKE_ENDPOINT={endpoint} RCLONE_CONFIG_LAKE_REGION={region}
rclone lsf lake:{folder}
""",
    "aws": """
{shell}
aws --endpoint-url {endpoint} s3 ls s3://{folder}
""",
    "shell": """
{shell}
""",
}


class UnknownTool(MinioManagerError, ValueError):
    """There is no snippet for it."""


@dataclass(frozen=True)
class Connection:
    """Where the lake is and how tools reach it; `snippets` by the name of the tool. With `keys` it shows secrets."""

    user: str
    home: str
    place: Place
    snippets: Mapping[str, str]
    keys: Keys | None = None

    @property
    def facts(self) -> dict[str, str]:
        """What a tool that is not listed asks for."""
        shown = {"user": self.user, "home": self.home, "endpoint": self.place.endpoint, "region": self.place.region}
        if self.keys is not None:
            secret = {"access key": self.keys.access_key, "secret key": self.keys.secret_key, "session token": self.keys.session_token}
            shown |= {**secret, "ends at": _utc(self.keys.expiration)}
        return shown

    def __getitem__(self, tool: str) -> str:
        if tool not in self.snippets:
            raise UnknownTool(f'there is no snippet for "{tool[:40]}", but for {", ".join(self.snippets)}')
        return self.snippets[tool]

    def __repr__(self) -> str:
        width = max(map(len, self.facts))
        facts = [f"  {name.ljust(width)}  {clean(value)}" for name, value in self.facts.items()]
        return "\n".join(["your credentials", *facts, *(f"\n# {tool}\n{text}" for tool, text in self.snippets.items())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html(name)}</th><td>{html(value)}</td></tr>" for name, value in self.facts.items()
        )
        texts = "".join(
            f"<details><summary>{html(tool)}</summary><pre>{'<br>'.join(map(html, text.splitlines()))}</pre></details>"
            for tool, text in self.snippets.items()
        )
        return f"<div><p><b>your credentials</b></p><table>{rows}</table>{texts}</div>"


def my_credentials(show_secrets: bool = False) -> Connection:
    """
    How Python, pandas, Spark, DuckDB, rclone and the AWS CLI reach the lake as oneself; none of the snippets holds a secret. With
    `show_secrets` also the keys of a session, for tools that are not listed: they end by themselves within an hour.
    """
    client = calls.client()
    home, place = client.home, client.place
    known = keys(client) if show_secrets else None
    folder = home.partition("://")[2]
    bucket, _, prefix = folder.partition("/")
    words = {"bucket": bucket, "prefix": prefix, "folder": folder, "shell": SHELL}
    words |= {"endpoint": shlex.quote(place.endpoint), "region": shlex.quote(place.region)}
    texts = {tool: text.format(**words).strip() for tool, text in SNIPPETS.items()}
    if known is not None:
        texts["shell"] = exports(known)
    return Connection(client.user, home, place, texts, known)


def exports(known: Keys) -> str:
    """Variables of a shell, as every SDK of AWS reads them."""
    variables = {
        "AWS_ACCESS_KEY_ID": known.access_key,
        "AWS_SECRET_ACCESS_KEY": known.secret_key,
        "AWS_SESSION_TOKEN": known.session_token,
        "AWS_ENDPOINT_URL_S3": known.endpoint,
        "AWS_REGION": known.region,
        "AWS_DEFAULT_REGION": known.region,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
