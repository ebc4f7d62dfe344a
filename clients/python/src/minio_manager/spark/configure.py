"""A builder of Spark sessions, prepared for the lake."""

from __future__ import annotations

from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from ..client import Client
from ..errors import ConfigurationError
from .connect import master_of_server
from .environment import check_usable, has_keys, name_credentials, named_already
from .running import ACCESS_KEY, PROVIDER, S3A, SECRET_KEY, SESSION_TOKEN, WAREHOUSE
from .start import Start

Builder = TypeVar("Builder")
Kind = Literal["refreshing", "pair", "session"]

SESSION_SECONDS = 43_200
_PROVIDERS = "org.apache.hadoop.fs.s3a."


def configure(
    builder: Builder,
    *,
    client: Client | None = None,
    credentials: Kind | None = None,
    warehouse: str | None = None,
    event_log: str | bool | None = None,
) -> Builder:
    """
    Prepares `SparkSession.builder` so that its session reads and writes the lake as the client's user; gives the builder.

    `credentials`: "refreshing" are fetched by Spark itself, again and again, so that a job may last as long as it likes; nothing of them is
    in its settings. "pair" is the user's present pair, until its next rotation. "session" ends by itself after 12 hours. The
    secrets of the latter two reach Java past its command line. When not given: "refreshing"; but executors of a cluster, which do not have
    this process's environment, get a "session". `warehouse`: where tables lie, the home when not given.
    `event_log`: where Spark records what it did: True for `spark-events/` at home, or a location; it is made when it is missing.

    Without `client` it is the one of the environment, or of `lake login`. Raises ConfigurationError where this cannot work, and what
    `Client` raises when the service refuses or cannot be reached.
    """
    if credentials not in (None, "refreshing", "pair", "session"):
        raise ConfigurationError('credentials are "refreshing", "pair" or "session"')
    master_of_server(getattr(builder, "_options", {}))
    client = client or Client()
    endpoint, region, home, secrets = _access(client, credentials or "refreshing")
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
    for_executors = (lambda: _session(client)[1]) if credentials is None and not has_keys() else None
    prepared.getOrCreate = Start(prepared, settings, secrets, log or None, for_executors)
    return builder


def _access(client: Client, credentials: Kind) -> tuple[str, str, str, dict[str, str]]:
    """Endpoint, region, home, and the settings that are secret."""
    if credentials == "pair":
        pair = client.credentials(rotate=False)
        place = client.place
        return place.endpoint, place.region, pair.home_path, _keys(pair.access_key, pair.secret_key, "SimpleAWSCredentialsProvider")
    if credentials == "session":
        home, secrets = _session(client)
        place = client.place
        return place.endpoint, place.region, home, secrets
    named = named_already()
    if not named:
        check_usable(client)
    me = client.me()
    if me.home_path is None or client.user != me.user_name:
        raise ConfigurationError('refreshing credentials are those of the token\'s own person: for another one, credentials="session"')
    if not named:
        name_credentials(client)
    return client.place.endpoint, client.place.region, me.home_path, {}


def _session(client: Client) -> tuple[str, dict[str, str]]:
    """Home, and the settings that are secret, of a new session."""
    session = client.session(SESSION_SECONDS)
    keys = _keys(session.access_key, session.secret_key, "TemporaryAWSCredentialsProvider")
    return session.home_path, {**keys, SESSION_TOKEN: session.session_token}


def _keys(access_key: str, secret_key: str, provider: str) -> dict[str, str]:
    return {ACCESS_KEY: access_key, SECRET_KEY: secret_key, PROVIDER: _PROVIDERS + provider}
