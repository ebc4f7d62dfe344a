"""`df.lake` for pandas and Spark, `lake(table)` for pyarrow: a frame does not know where it lies, so it is saved first."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..api.calls import Permission
from ..api.shares import Reacher, TargetResult
from ..errors import MinioManagerError, StorageError
from ..local.token_file import offer_token_file
from ..storage.keys import keys
from ..storage.options import Options, arrow_filesystem, for_boto3, for_s3fs
from ..until import Until
from . import calls
from .paths import PathError, folder_url, is_csv, object_url, within_s3
from .tables import Table


class Saved:
    """Data that was saved, and where."""

    def __init__(self, path: str) -> None:
        self.path = path

    def share(
        self,
        with_group: calls.Names = None,
        with_user: calls.Names = None,
        permission: Permission = "read",
        until: Until | None = None,
        reason: str | None = None,
    ) -> Table[TargetResult]:
        """Shares what was saved; see `share`."""
        return calls.share(self.path, with_group, with_user, permission, until, reason)

    def who_can_read(self) -> Table[Reacher]:
        """Everybody who reads it, and why."""
        return calls.who_can_read(self.path)

    def __repr__(self) -> str:
        return f"saved: {self.path}"


class PandasLake:
    """`df.lake` of a pandas DataFrame."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def save(self, path: str, **options: Any) -> Saved:
        """
        Writes exactly this object, with one's own session: CSV if its name says so (`.csv`, `.csv.gz` …), else parquet. `options` are those
        of `to_csv` or `to_parquet`.
        """
        place = _object(path)
        with _told(place, "written"):
            if is_csv(place):
                self._frame.to_csv(object_url(place), **{"storage_options": _s3fs_options(options), **options})
            else:
                where, more = _for_pandas(place, options)
                self._frame.to_parquet(where, **more, **options)
        return Saved(place)


class ArrowLake:
    """`lake(table)` of a pyarrow Table."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def save(self, path: str, **options: Any) -> Saved:
        """The same; `options` are those of `pyarrow.parquet.write_table` or `pyarrow.csv.write_csv`."""
        place = _object(path)
        files = _lake_files()
        with _told(place, "written"):
            if is_csv(place):
                with files.open_output_stream(within_s3(place)) as stream:
                    import_module("pyarrow.csv").write_csv(self._table, stream, **options)
            else:
                import_module("pyarrow.parquet").write_table(self._table, within_s3(place), **{"filesystem": files, **options})
        return Saved(place)


class SparkLake:
    """`df.lake` of a Spark DataFrame."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def save(self, path: str, *, mode: str = "error", **options: Any) -> Saved:
        """Writes parquet into this folder; `mode` and `options` are those of `df.write.parquet`."""
        place = folder_url(calls.resolve(path))
        self._frame.write.parquet(place, mode=mode, **options)
        return Saved(place)


class Lake:
    """`lake(df).save(…)`, `lake.read(…)`, and what other tools need. Each call renews the session if it ends soon."""

    def __call__(self, frame: Any) -> PandasLake | ArrowLake | SparkLake:
        """What `df.lake` is, without an accessor: `lake(df).save("~/reports/x.parquet")`."""
        if _is_a(frame, "pandas", "DataFrame"):
            return PandasLake(frame)
        if _is_a(frame, "pyarrow", "Table"):
            return ArrowLake(frame)
        if _is_a(frame, "pyspark.sql", "DataFrame") or _is_a(frame, "pyspark.sql.connect.dataframe", "DataFrame"):
            return SparkLake(frame)
        raise MinioManagerError(f"lake() takes a DataFrame of pandas or Spark or a Table of pyarrow, not {type(frame).__name__}")

    def read(self, path: str, **options: Any) -> Any:
        """A pandas DataFrame of a parquet or CSV object, or of a folder of parquet; `options` are those of `read_csv` or `read_parquet`."""
        place = calls.resolve(path)
        pandas = import_module("pandas")
        with _told(place, "read"):
            if is_csv(place):
                return pandas.read_csv(object_url(place), **{"storage_options": _s3fs_options(options), **options})
            where, more = _for_pandas(place, options)
            return pandas.read_parquet(where, **more, **options)

    def read_table(self, path: str, **options: Any) -> Any:
        """A pyarrow Table of a parquet object or a folder of parquet; `options` are those of `pyarrow.parquet.read_table`."""
        place = calls.resolve(path)
        with _told(place, "read"):
            files = _lake_files()
            return import_module("pyarrow.parquet").read_table(within_s3(place), **{"filesystem": files, **options})

    def filesystem(self) -> Any:
        """A `pyarrow.fs.S3FileSystem` with one's session: for pyarrow's own functions, an hour."""
        return _lake_files()

    def storage_options(self) -> Options:
        """For s3fs and for `storage_options` of pandas and dask, an hour."""
        return for_s3fs(keys(calls.client()))

    def boto3_options(self) -> Options:
        """For `boto3.client("s3", **lake.boto3_options())`, an hour."""
        return for_boto3(keys(calls.client()))


lake = Lake()


def enable() -> list[str]:
    """Puts `df.lake` on the DataFrames of what is installed here; says on which. In a hub's server also what object_store reads."""
    offer_token_file()
    done = []
    if find_spec("pandas"):
        _pandas()
        done.append("pandas")
    if find_spec("pyspark"):
        _spark()
        done.append("pyspark")
    return done


def _pandas() -> None:
    pandas = import_module("pandas")
    if getattr(pandas.DataFrame, "lake", None) is not PandasLake:
        pandas.api.extensions.register_dataframe_accessor("lake")(PandasLake)


def _spark() -> None:
    classic = import_module("pyspark.sql").DataFrame
    classic.lake = property(SparkLake)
    try:
        connect = import_module("pyspark.sql.connect.dataframe").DataFrame
    except ImportError:
        return
    if not issubclass(connect, classic):
        connect.lake = property(SparkLake)


def _is_a(frame: Any, module: str, name: str) -> bool:
    """Without importing what is not there yet: nobody has a frame of a package that was not imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(frame, kind)


def _object(path: str) -> str:
    place = calls.resolve(path)
    if place.endswith("/"):
        raise PathError(f'it is saved as one object: give its name, as "{path}data.parquet"')
    return place


def _lake_files() -> Any:
    return arrow_filesystem(keys(calls.client()))


def _s3fs_options(given: dict[str, Any]) -> Options | None:
    """None where the caller gives them: no session is made then."""
    return None if "storage_options" in given else for_s3fs(keys(calls.client()))


def _for_pandas(place: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """How pandas reaches a parquet object: by pyarrow's own filesystem, else by s3fs, and as the caller says where he does."""
    if "filesystem" in given:
        return within_s3(place), {}
    if "storage_options" in given:
        return object_url(place), {}
    if given.get("engine") == "fastparquet" or not find_spec("pyarrow"):
        return object_url(place), {"storage_options": for_s3fs(keys(calls.client()))}
    return within_s3(place), {"filesystem": _lake_files()}


@contextmanager
def _told(place: str, done: str) -> Iterator[None]:
    """What S3 refuses, in one line."""
    try:
        yield
    except MinioManagerError:
        raise
    except OSError as error:
        raise StorageError.of(f"{place} cannot be {done}", error) from error
