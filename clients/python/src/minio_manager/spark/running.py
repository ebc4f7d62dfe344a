"""A session that runs: settings that Spark alone would ignore or refuse there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError

HADOOP = "spark.hadoop."
S3A = f"{HADOOP}fs.s3a."
ACCESS_KEY, SECRET_KEY, SESSION_TOKEN = f"{S3A}access.key", f"{S3A}secret.key", f"{S3A}session.token"
PROVIDER = f"{S3A}aws.credentials.provider"
WAREHOUSE = "spark.sql.warehouse.dir"


def accept_settings(spark: Any) -> Any:
    """
    From now on `spark.conf.set` of `spark.hadoop.fs.s3a.*` and of `spark.sql.warehouse.dir` changes this session. Spark itself ignores the
    former once it runs, and refuses the latter. A new access key takes the place of a session; a token of its own is set after it. Gives
    the session. A bucket that is open already, other than the warehouse's, keeps the keys it was opened with. With Hive's own metastore
    the warehouse cannot be changed.
    """
    if not hasattr(spark, "_jsparkSession"):
        raise ConfigurationError("settings of a Spark Connect session are its server's: stop it, and configure() another")
    conf = spark.conf
    if not isinstance(conf.set, _Set):
        conf.set = _Set(spark, conf.set)
    return spark


class _Set:
    """`spark.conf.set` of one session."""

    def __init__(self, spark: Any, ordinary: Callable[[str, Any], None]) -> None:
        self._spark = spark
        self._ordinary = ordinary

    def __call__(self, key: str, value: Any) -> None:
        if key == WAREHOUSE:
            move_warehouse(self._spark, str(value))
            return
        self._ordinary(key, value)
        if key == ACCESS_KEY:
            # a token belongs to its key, and s3a's own chain takes keys with and without one
            apply_s3a(self._spark, {key: str(value), SESSION_TOKEN: None, PROVIDER: None})
        elif key.startswith(S3A):
            apply_s3a(self._spark, {key: str(value)})


def apply_s3a(spark: Any, settings: Mapping[str, str | None]) -> None:
    """Puts `spark.hadoop.fs.s3a.*` into effect, None takes one away. The warehouse's bucket is opened anew where one of them changed."""
    hadoop = spark._jsc.hadoopConfiguration()
    changed = {key[len(HADOOP) :]: value for key, value in settings.items() if hadoop.get(key[len(HADOOP) :]) != value}
    for key, value in changed.items():
        if value is None:
            hadoop.unset(key)
        else:
            hadoop.set(key, value)
    if changed:
        reopen(spark._jvm, spark._jsc.hadoopConfiguration(), spark.conf.get(WAREHOUSE))


def move_warehouse(spark: Any, location: str) -> None:
    """Tables and databases that are made from now on lie below this location."""
    spark._jsparkSession.sessionState().conf().setConfString(WAREHOUSE, location)
    quoted = location.replace("\\", "\\\\").replace("'", "\\'")
    spark.sql(f"ALTER DATABASE default SET LOCATION '{quoted}'")
    reopen(spark._jvm, spark._jsc.hadoopConfiguration(), location)


def reopen(jvm: Any, hadoop: Any, location: str) -> None:
    """
    Hadoop keeps one open file system for each bucket, with the keys of its first use: closed, and opened at once with the present ones,
    because parts of Spark hold older settings and could be the next to open it. What is being written to the bucket is lost, an event
    log too.
    """
    parts = urlsplit(location)
    if parts.scheme != "s3a":
        return
    bucket = jvm.java.net.URI(f"s3a://{parts.netloc}/")
    jvm.org.apache.hadoop.fs.FileSystem.get(bucket, hadoop).close()
    jvm.org.apache.hadoop.fs.FileSystem.get(bucket, hadoop)
