"""Where the service and S3 are, and whose token is shown to the service. Only this file and `login` read settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import ConfigurationError

TokenSource = Callable[[], str]


@dataclass(frozen=True)
class Place:
    """Where MinIO's S3 API is."""

    endpoint: str
    region: str


def s3_place(url: str, told: Place, environment: Mapping[str, str] = os.environ) -> Place:
    """
    As the service at `url` tells it, unless the environment that names this service has MINIO_MANAGER_ENDPOINT or MINIO_MANAGER_REGION: a
    hub sets them where its servers reach S3 by another address.
    """
    if environment.get("MINIO_MANAGER_URL", "").strip().rstrip("/") != url:
        return told
    endpoint = environment.get("MINIO_MANAGER_ENDPOINT", "").rstrip("/")
    return Place(endpoint or told.endpoint, environment.get("MINIO_MANAGER_REGION") or told.region)


def service_url(given: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The URL of the service without a final slash: the given one, else MINIO_MANAGER_URL."""
    url = (given or environment.get("MINIO_MANAGER_URL") or "").strip()
    if not url:
        raise ConfigurationError("no service is named: set MINIO_MANAGER_URL, run `lake login`, or give its URL")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(not "!" <= letter <= "~" for letter in url):
        raise ConfigurationError("the URL of the service must be http://host[:port] or https://host[:port]")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError("the URL of the service holds no user, query or fragment")
    return url.rstrip("/")


def token_source(given: str | None, environment: Mapping[str, str] = os.environ) -> TokenSource:
    """
    Gives the token anew each time it is called, because a token file may be rewritten: the given one, MINIO_MANAGER_TOKEN, the file
    MINIO_MANAGER_TOKEN_FILE, inside a JupyterHub server its own token, KBASE_AUTH_TOKEN.
    """
    if given is not None:
        return _fixed(given)
    if token := environment.get("MINIO_MANAGER_TOKEN"):
        return _fixed(token)
    if file := environment.get("MINIO_MANAGER_TOKEN_FILE"):
        return lambda: checked(_read(file))
    if token := _others(environment):
        return _fixed(token)
    raise ConfigurationError("there is no token: set MINIO_MANAGER_TOKEN or MINIO_MANAGER_TOKEN_FILE, or run `lake login`")


def has_token(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names a token."""
    ours = environment.get("MINIO_MANAGER_TOKEN") or environment.get("MINIO_MANAGER_TOKEN_FILE")
    return bool(ours or _others(environment))


def _others(environment: Mapping[str, str]) -> str | None:
    hub = environment.get("JUPYTERHUB_API_TOKEN") if environment.get("JUPYTERHUB_API_URL") else None
    return hub or environment.get("KBASE_AUTH_TOKEN")


def _fixed(token: str) -> TokenSource:
    token = checked(token)
    return lambda: token


def checked(token: str) -> str:
    """The token without white space around it, if it can stand in a header; the refusal does not repeat it."""
    token = token.strip()
    if not token:
        raise ConfigurationError("the token is empty")
    if any(not "!" <= letter <= "~" for letter in token):
        raise ConfigurationError("the token holds white space or characters beyond ASCII, which no token has")
    return token


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8") as text:
            return text.read(65_536)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ConfigurationError(f"the token file {file} cannot be read: {reason}") from None
