"""`df.lake` for pandas and Spark: a frame does not know where it lies, so it is saved first."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..api.calls import Permission
from ..api.shares import Reacher, TargetResult
from ..errors import MinioManagerError
from ..until import Until
from . import calls
from .paths import PathError, folder_url, object_url
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
        """Writes parquet to exactly this object, with the credentials of the environment (s3fs); `options` are those of `to_parquet`."""
        place = calls.resolve(path)
        if place.endswith("/"):
            raise PathError(f'a pandas DataFrame is saved as one file: give its name, as "{path}data.parquet"')
        self._frame.to_parquet(object_url(place), **options)
        return Saved(place)


class SparkLake:
    """`df.lake` of a Spark DataFrame."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def save(self, path: str, *, mode: str = "errorifexists", **options: Any) -> Saved:
        """Writes parquet into this folder; `mode` and `options` are those of `df.write.parquet`."""
        place = folder_url(calls.resolve(path))
        self._frame.write.parquet(place, mode=mode, **options)
        return Saved(place)


def lake(frame: Any) -> PandasLake | SparkLake:
    """The same without an accessor: `lake(df).save("~/reports/x.parquet")`."""
    if _is_a(frame, "pandas", "DataFrame"):
        return PandasLake(frame)
    if _is_a(frame, "pyspark.sql", "DataFrame") or _is_a(frame, "pyspark.sql.connect.dataframe", "DataFrame"):
        return SparkLake(frame)
    raise MinioManagerError(f"lake() takes a DataFrame of pandas or Spark, not {type(frame).__name__}")


def enable() -> list[str]:
    """Puts `df.lake` on the DataFrames of what is installed here; says on which."""
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
