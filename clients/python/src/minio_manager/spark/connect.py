"""Spark Connect, where a session is the client of a server that holds the credentials."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import ConfigurationError

MASTER = "spark.master"
_REMOTE, _MODE, _TOKEN = "spark.remote", "spark.api.mode", "spark.connect.authenticate.token"
_TOKEN_VARIABLE = "SPARK_CONNECT_AUTHENTICATE_TOKEN"


def master_of_server(options: Mapping[str, Any]) -> str | None:
    """
    The master of the Connect server that these options of a builder start in this process; None for an ordinary session. Raises
    ConfigurationError where the server runs elsewhere: it reads and writes with credentials of its own, whoever asks.
    """
    mode = options.get(_MODE) or os.environ.get("SPARK_API_MODE") or ("connect" if os.environ.get("SPARK_CONNECT_MODE") == "1" else "")
    by_mode = mode.lower() == "connect"
    url = options.get(_REMOTE) or os.environ.get("SPARK_REMOTE")
    if url is None and (by_mode or "SPARK_LOCAL_REMOTE" in os.environ):
        url = options.get(MASTER) or os.environ.get("MASTER", "local")
    if url is None and "SPARK_CONNECT_MODE_ENABLED" not in os.environ:
        return None
    if url is None or not (url.startswith("local") or (by_mode and not url.startswith("sc://"))):
        raise ConfigurationError(
            "a Spark Connect server reads and writes with its own credentials: configure() prepares one that starts here, by"
            ' builder.remote("local[*]"); one elsewhere is configured where it is started'
        )
    return str(url)


@contextmanager
def java_of_server(settings: Mapping[str, Any], master: str) -> Iterator[dict[str, Any]]:
    """
    Settings for the start of Java, which must not take itself for a client of the server that it is going to be. Its environment has the
    token without which this server would answer everybody on this machine.
    """
    os.environ.setdefault(_TOKEN_VARIABLE, str(settings.get(_TOKEN) or uuid.uuid4()))
    remote = os.environ.pop("SPARK_REMOTE", None)
    try:
        yield {**{name: value for name, value in settings.items() if name not in (_REMOTE, _MODE)}, MASTER: master}
    finally:
        if remote is not None:
            os.environ["SPARK_REMOTE"] = remote


def start_server(builder: Any, start: Callable[[], Any], jvm: Any, settings: Mapping[str, str], secrets: Mapping[str, str]) -> Any:
    """
    The session of a server that starts here. It finds the settings among Java's own properties: those of the builder are also sent to
    the server by each session, which is refused, with a warning that shows the value. Secrets do not stay for a later session.
    """
    properties = jvm.java.lang.System
    hidden = {**secrets, _TOKEN: os.environ.get(_TOKEN_VARIABLE, "")}
    for name, value in {**settings, **hidden}.items():
        builder._options.pop(name, None)
        properties.setProperty(name, value)
    try:
        return start()
    finally:
        for name in hidden:
            properties.clearProperty(name)


def inner(spark: Any) -> Any:
    """The session in this process that has Java: the session itself, or that of the Connect server which runs here."""
    if hasattr(spark, "_jsparkSession"):
        return spark
    from pyspark.sql import SparkSession

    if "SPARK_LOCAL_REMOTE" not in os.environ or SparkSession._instantiatedSession is None:
        raise ConfigurationError("this Spark Connect session has its server elsewhere, with that server's credentials")
    return SparkSession._instantiatedSession
