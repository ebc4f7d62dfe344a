"""The variables from which the AWS SDKs, and s3a with them, fetch credentials and refresh them."""

from __future__ import annotations

import os
import sys
import warnings
from urllib.parse import urlsplit

from ..client import Client
from ..errors import ConfigurationError
from ..local.token_file import TOKEN_FILE, URI, token_file
from ..wire.transport import is_loopback

_NAMED_ALREADY = (URI, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")


def named_already() -> bool:
    """Whether the environment says already where credentials are, as a hub makes it: then it is left as it is."""
    if has_keys():
        warnings.warn("AWS_ACCESS_KEY_ID is set: Spark uses that key, which is not refreshed", stacklevel=4)
        return True
    return any(name in os.environ for name in _NAMED_ALREADY)


def has_keys() -> bool:
    """Whether there is a key in the environment: s3a takes it before it fetches any, and Spark gives it to its executors."""
    return "AWS_ACCESS_KEY_ID" in os.environ


def check_usable(client: Client) -> None:
    """Raises ConfigurationError where a JVM that finds its credentials by the environment would not get those of the client."""
    if not fetchable(client.url):
        raise ConfigurationError(
            f"Spark fetches credentials over http only from this machine itself, and {client.url} is another one: give the https URL"
            ' of minio-manager, or configure(…, credentials="session")'
        )
    if _jvm_runs():
        raise ConfigurationError(
            'Spark\'s Java runs already and would not see the credentials: call configure() first, or configure(…, credentials="session")'
        )


def name_credentials(client: Client) -> None:
    """A JVM that starts from now on finds refreshing credentials of the client's person."""
    os.environ[TOKEN_FILE] = token_file(client.token(), os.environ)
    os.environ[URI] = f"{client.url}/credentials/aws"


def fetchable(url: str) -> bool:
    """Whether AWS SDKs fetch credentials from there: https from anywhere, http from this machine's own addresses alone."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def _jvm_runs() -> bool:
    context = sys.modules.get("pyspark.core.context") or sys.modules.get("pyspark.context")
    return context is not None and context.SparkContext._gateway is not None
