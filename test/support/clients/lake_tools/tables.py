"""Libraries that read and write tables. `root` is a bucket and a prefix with a final slash."""

import glob
import importlib
import tempfile

from places import ENDPOINT, HOST, REGION, ROWS, SECURE


class deltalake:
    def write(self, root):
        import pyarrow
        from deltalake import write_deltalake

        for _ in range(2):
            write_deltalake(f"s3://{root}delta", pyarrow.table(ROWS), mode="append")

    def read(self, root):
        from deltalake import DeltaTable

        table = DeltaTable(f"s3://{root}delta")
        return [table.version(), table.to_pyarrow_table().num_rows]


class polars_delta:
    def write(self, root):
        import polars

        polars.DataFrame(ROWS).write_delta(f"s3://{root}polars-delta")

    def read(self, root):
        import polars

        return polars.read_delta(f"s3://{root}polars-delta")["a"].to_list()


class datafusion:
    def context(self, root):
        from datafusion import SessionContext
        from datafusion.object_store import AmazonS3

        bucket = root.partition("/")[0]
        store = AmazonS3(bucket_name=bucket, endpoint=ENDPOINT, region=REGION, allow_http=not SECURE)
        context = SessionContext()
        context.register_object_store("s3://", store, host=bucket)
        return context

    def write(self, root):
        self.context(root).from_pydict(ROWS).write_parquet(f"s3://{root}datafusion/")

    def read(self, root):
        context = self.context(root)
        context.register_parquet("rows", f"s3://{root}datafusion/")
        return context.sql("select sum(a) as total from rows").to_pydict()["total"]


class lance:
    def write(self, root):
        import lance
        import pyarrow

        lance.write_dataset(pyarrow.table(ROWS), f"s3://{root}rows.lance")

    def read(self, root):
        import lance

        return lance.dataset(f"s3://{root}rows.lance").to_table()["a"].to_pylist()


class pyiceberg:
    def catalog(self):
        from pyiceberg.catalog.sql import SqlCatalog

        place = {"s3.endpoint": ENDPOINT, "s3.region": REGION}
        catalog = SqlCatalog("local", uri=f"sqlite:///{tempfile.mkdtemp()}/catalog.db", **place)
        catalog.create_namespace("n")
        return catalog

    def write(self, root):
        import pyarrow

        rows = pyarrow.table(ROWS)
        self.catalog().create_table("n.rows", schema=rows.schema, location=f"s3://{root}iceberg").append(rows)

    def read(self, root):
        import s3fs

        (metadata,) = s3fs.S3FileSystem().glob(f"{root}iceberg/metadata/00001-*.json")
        table = self.catalog().register_table("n.rows", f"s3://{metadata}")
        return table.scan().to_arrow()["a"].to_pylist()


class dask:
    def write(self, root):
        import dask.dataframe
        import pandas

        dask.dataframe.from_pandas(pandas.DataFrame(ROWS), npartitions=2).to_parquet(f"s3://{root}dask")

    def read(self, root):
        import dask.dataframe

        return int(dask.dataframe.read_parquet(f"s3://{root}dask")["a"].sum().compute())


class daft:
    def place(self):
        from daft.io import IOConfig, S3Config

        return IOConfig(s3=S3Config(endpoint_url=ENDPOINT, region_name=REGION, use_ssl=SECURE))

    def write(self, root):
        import daft

        daft.from_pydict(ROWS).write_parquet(f"s3://{root}daft", io_config=self.place())

    def read(self, root):
        import daft

        return daft.read_parquet(f"s3://{root}daft/*.parquet", io_config=self.place()).to_pydict()["a"]


class duckdb_httpfs:
    def connection(self):
        import duckdb

        connection = duckdb.connect()
        for name in ("httpfs", "aws"):
            (folder,) = importlib.import_module(f"duckdb_extension_{name}").__path__
            (file,) = glob.glob(f"{folder}/extensions/*/{name}.duckdb_extension")
            connection.execute(f"load '{file}'")
        place = f"endpoint '{HOST}', url_style 'path', use_ssl {SECURE}, region '{REGION}'"
        connection.execute(f"create secret (type s3, provider credential_chain, {place})")
        return connection

    def write(self, root):
        rows = f"select unnest({ROWS['a']}) as a"
        self.connection().execute(f"copy ({rows}) to 's3://{root}duckdb/rows.parquet' (format parquet)")

    def read(self, root):
        rows = f"read_parquet('s3://{root}duckdb/*.parquet')"
        return self.connection().execute(f"select count(*), sum(a)::int from {rows}").fetchone()


TABLES = [deltalake, polars_delta, datafusion, lance, pyiceberg, dask, daft, duckdb_httpfs]
