"""Writes every table of the schemas staging and data_mart as parquet to this product's prefix:
s3://{bucket}/{prefix}/{staging|data_mart}/{table}.parquet

Each object is replaced as a whole. What no model makes any more stays in the bucket until somebody deletes it.
"""

from lake import DATABASE, PARTS, connect, identifier, quoted, setting


def main() -> None:
    if not DATABASE.exists():
        raise SystemExit("There is no data yet: run `bash run.sh plan` first")
    target = f"s3://{setting('S3_BUCKET')}/{setting('S3_PREFIX')}"
    connection = connect(DATABASE, read_only=True)
    tables = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN (?, ?) ORDER BY ALL",
        PARTS,
    ).fetchall()
    if not tables:
        raise SystemExit("The schemas staging and data_mart are empty: run `bash run.sh plan` first")
    for schema, table in tables:
        path = f"{target}/{schema}/{table}.parquet"
        source = f"SELECT * FROM {identifier(schema)}.{identifier(table)}"
        (rows,) = connection.execute(f"COPY ({source}) TO {quoted(path)} (FORMAT parquet)").fetchone()
        print(f"{path}: {rows} rows")


if __name__ == "__main__":
    main()
