"""What `getOrCreate` of a prepared builder does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import connect
from .running import ACCESS_KEY, PROVIDER, S3A, SECRET_KEY, SESSION_TOKEN, WAREHOUSE, accept_settings, apply_s3a, move_warehouse, reopen

Settings = Mapping[str, str]

_SECRET = (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, PROVIDER)
_EXECUTORS_KNOW = ("spark.executorEnv.AWS_CONTAINER_CREDENTIALS_FULL_URI", "spark.executorEnv.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")


class Start:
    """`for_executors` makes the secrets of executors that do not have this process's environment. No `repr` shows the secrets."""

    def __init__(
        self, builder: Any, settings: Settings, secrets: Settings, log: str | None, for_executors: Callable[[], Settings] | None
    ) -> None:
        self._builder = builder
        self._settings = settings
        self._secrets = secrets
        self._log = log
        self._for_executors = for_executors
        self._ordinary = builder.getOrCreate

    def __call__(self) -> Any:
        server = connect.master_of_server(self._builder._options)
        from pyspark import SparkContext as context

        running = context._active_spark_context
        if running is None:
            self._start_java(context, server)
        else:
            self._think_of_executors(running.master, running.getConf())
        spark = self._session(context, server)
        inner = connect.inner(spark)
        if running is not None:
            settings = {**dict.fromkeys(_SECRET), **self._settings, **self._secrets}
            apply_s3a(inner, {name: value for name, value in settings.items() if name.startswith(S3A)})
            move_warehouse(inner, self._settings[WAREHOUSE])
        return spark

    def _start_java(self, context: Any, server: str | None) -> None:
        """
        Java gets the settings of the builder among its arguments, where every user of the machine can read them: so it is started
        without the secrets, which follow over its own connection.
        """
        from pyspark import SparkConf

        java_was_there = context._gateway is not None
        settings = {**self._options(), **self._settings}
        if server is None:
            context._ensure_initialized(conf=SparkConf().setAll(list(settings.items())))
        else:
            with connect.java_of_server(settings, server) as prepared:
                context._ensure_initialized(conf=SparkConf().setAll(list(prepared.items())))
        known = SparkConf(_jvm=context._jvm)
        self._think_of_executors(server or settings.get(connect.MASTER) or known.get(connect.MASTER, "local"), known)
        hadoop = _hadoop(context._jvm, {**settings, **self._secrets})
        if java_was_there:
            reopen(context._jvm, hadoop, self._settings[WAREHOUSE])
        if self._log:
            # Spark does not start without the folder of its event log
            folder = context._jvm.org.apache.hadoop.fs.Path(self._log)
            folder.getFileSystem(hadoop).mkdirs(folder)

    def _options(self) -> dict[str, str]:
        """Those of the builder that are not secret."""
        return {name: str(value) for name, value in self._builder._options.items() if name not in self._secrets}

    def _think_of_executors(self, master: str, conf: Any) -> None:
        """Those of `local[…]` and `local-cluster[…]` have what this process has in its environment, others what they are told."""
        told = any(conf.get(name, self._builder._options.get(name)) for name in _EXECUTORS_KNOW)
        if self._for_executors and not told and not master.startswith("local"):
            self._secrets = self._for_executors()

    def _session(self, context: Any, server: str | None) -> Any:
        if server is not None:
            return connect.start_server(self._builder, self._ordinary, context._jvm, self._settings, self._secrets)
        for name, value in self._secrets.items():
            self._builder.config(name, value)
        return accept_settings(self._ordinary())


def _hadoop(jvm: Any, settings: Settings) -> Any:
    """Hadoop's settings as Spark is going to make them."""
    conf = jvm.org.apache.spark.SparkConf()
    for name, value in settings.items():
        conf.set(name, value)
    return jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(conf)
