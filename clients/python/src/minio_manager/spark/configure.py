"""A builder of Spark sessions, prepared for the lake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from ..client import Client
from ..errors import ConfigurationError
from .environment import check_usable, name_credentials, named_already
from .running import (
    ACCESS_KEY,
    PROVIDER,
    S3A,
    SECRET_KEY,
    SESSION_TOKEN,
    WAREHOUSE,
    accept_settings,
    apply_s3a,
    move_warehouse,
    reopen_bucket,
)

Builder = TypeVar("Builder")
Kind = Literal["refreshing", "pair", "session"]

SESSION_SECONDS = 43_200
_PROVIDERS = "org.apache.hadoop.fs.s3a."
_SECRET = (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, PROVIDER)


def configure(
    builder: Builder,
    *,
    client: Client | None = None,
    credentials: Kind = "refreshing",
    warehouse: str | None = None,
    event_log: str | bool | None = None,
) -> Builder:
    """
    Prepares `SparkSession.builder` so that its session reads and writes the lake as the client's user; gives the builder.

    `credentials`: "refreshing" are fetched by Spark itself, again and again, so that a job may last as long as it likes; nothing of them is
    in its settings. "pair" is the user's present pair, until its next rotation. "session" ends by itself after 12 hours. The
    secrets of the latter two reach Java past its command line. `warehouse`: where tables lie, the home when not given.
    `event_log`: where Spark records what it did: True for `spark-events/` at home, or a location; it is made when it is missing.

    Without `client` it is the one of the environment, or of `lake login`. Raises ConfigurationError where this cannot work, and what
    `Client` raises when the service refuses or cannot be reached.
    """
    if credentials not in ("refreshing", "pair", "session"):
        raise ConfigurationError('credentials are "refreshing", "pair" or "session"')
    client = client or Client()
    endpoint, region, home, secrets = _access(client, credentials)
    settings = {
        f"{S3A}endpoint": endpoint,
        f"{S3A}endpoint.region": region,
        f"{S3A}path.style.access": "true",
        f"{S3A}connection.ssl.enabled": "true" if urlsplit(endpoint).scheme == "https" else "false",
        WAREHOUSE: warehouse or home,
    }
    log = f"{home}spark-events/" if event_log is True else event_log
    if log:
        settings |= {"spark.eventLog.enabled": "true", "spark.eventLog.dir": log}
    prepared: Any = builder
    for name, value in settings.items():
        prepared.config(name, value)
    prepared.getOrCreate = _Start(prepared, settings, secrets, log or None)
    return builder


def _access(client: Client, credentials: Kind) -> tuple[str, str, str, dict[str, str]]:
    """Endpoint, region, home, and the settings that are secret."""
    if credentials == "pair":
        pair = client.credentials(rotate=False)
        place = client.place
        return place.endpoint, place.region, pair.home_path, _keys(pair.access_key, pair.secret_key, "SimpleAWSCredentialsProvider")
    if credentials == "session":
        session = client.session(SESSION_SECONDS)
        keys = _keys(session.access_key, session.secret_key, "TemporaryAWSCredentialsProvider")
        place = client.place
        return place.endpoint, place.region, session.home_path, {**keys, SESSION_TOKEN: session.session_token}
    named = named_already()
    if not named:
        check_usable(client)
    me = client.me()
    if me.home_path is None or client.user != me.user_name:
        raise ConfigurationError('refreshing credentials are those of the token\'s own person: for another one, credentials="session"')
    if not named:
        name_credentials(client)
    return client.place.endpoint, client.place.region, me.home_path, {}


def _keys(access_key: str, secret_key: str, provider: str) -> dict[str, str]:
    return {ACCESS_KEY: access_key, SECRET_KEY: secret_key, PROVIDER: _PROVIDERS + provider}


class _Start:
    """What `getOrCreate` of a prepared builder does. No `repr` shows the secrets."""

    def __init__(self, builder: Any, settings: Mapping[str, str], secrets: Mapping[str, str], log: str | None) -> None:
        self._builder = builder
        self._settings = settings
        self._secrets = secrets
        self._log = log
        self._ordinary = builder.getOrCreate

    def __call__(self) -> Any:
        from pyspark import SparkContext as context

        java_was_there = context._gateway is not None
        runs = context._active_spark_context is not None
        if not runs:
            self._start_java(context)
        spark = accept_settings(self._ordinary())
        if runs:
            settings = {**dict.fromkeys(_SECRET), **self._settings, **self._secrets}
            apply_s3a(spark, {name: value for name, value in settings.items() if name.startswith(S3A)})
            move_warehouse(spark, self._settings[WAREHOUSE])
        elif java_was_there:
            reopen_bucket(spark, self._settings[WAREHOUSE])
        return spark

    def _start_java(self, context: Any) -> None:
        """
        Java gets the settings of the builder among its arguments, where every user of the machine can read them: so it is started
        without the secrets, which follow over its own connection.
        """
        from pyspark import SparkConf

        conf = SparkConf()
        for name, value in self._builder._options.items():
            if name not in self._secrets:
                conf.set(name, str(value))
        context._ensure_initialized(conf=conf)
        for name, value in self._secrets.items():
            self._builder.config(name, value)
        if self._log:
            self._make_folder(context, self._log)

    def _make_folder(self, context: Any, location: str) -> None:
        """Spark does not start without the folder of its event log."""
        jvm = context._jvm
        conf = jvm.org.apache.spark.SparkConf()
        for name, value in self._builder._options.items():
            conf.set(name, str(value))
        path = jvm.org.apache.hadoop.fs.Path(location)
        path.getFileSystem(jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(conf)).mkdirs(path)
