"""Reads what other data products gave this one access to.

python read_provider.py              every approved provider: its tables and how many rows they have
python read_provider.py NAME         one of them
python read_provider.py NAME TABLE   the rows of one table, as CSV; TABLE as in staging/orders

ACCESSIBLE_DATA_PRODUCTS.txt says who they are. It is written when access is approved and when it is taken back.
"""

import csv
import re
import sys

import duckdb
from lake import HERE, PARTS, connect, quoted

APPROVED = re.compile(r"# Approved access: (\S+)\n# S3 Path: (\S+)")


def providers() -> dict[str, str]:
    """The path of each approved provider by its name."""
    try:
        text = (HERE / "ACCESSIBLE_DATA_PRODUCTS.txt").read_text()
    except FileNotFoundError:
        return {}
    return dict(APPROVED.findall(text))


def tables(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    """The parquet objects of a provider by names like staging/orders."""
    found: dict[str, str] = {}
    for part in PARTS:
        pattern = f"{path}/{part}/*.parquet"
        for (file,) in connection.execute(f"SELECT file FROM glob({quoted(pattern)})").fetchall():
            found[file.removeprefix(f"{path}/").removesuffix(".parquet")] = file
    return found


def show(rows: duckdb.DuckDBPyConnection) -> None:
    """Prints rows as CSV, as they come."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(column[0] for column in rows.description)
    while batch := rows.fetchmany(1000):
        out.writerows(batch)


def main(name: str | None = None, table: str | None = None) -> None:
    known = providers()
    if name is not None and name not in known:
        raise SystemExit(f"{name} is no approved provider. Approved: {', '.join(known) or 'none'}")
    if not known:
        raise SystemExit("No other data product has approved access: ask for it in the portal")
    connection = connect()
    for provider in [name] if name else known:
        found = tables(connection, known[provider])
        if table is not None:
            if table not in found:
                raise SystemExit(f"{provider} has no {table}. It has: {', '.join(found) or 'nothing yet'}")
            show(connection.execute(f"SELECT * FROM read_parquet({quoted(found[table])})"))
            return
        print(f"{provider}: {len(found)} tables")
        for each, file in found.items():
            (rows,) = connection.execute(f"SELECT COUNT(*) FROM read_parquet({quoted(file)})").fetchone()
            print(f"  {each}: {rows} rows")


if __name__ == "__main__":
    main(*sys.argv[1:3])
