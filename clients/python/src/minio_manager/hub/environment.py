"""What is in a server's environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone

from ..api.values import Credentials, Session

MAX_REASON = 500
# Of these, none may stay from the start before: they could belong to somebody who lost them, or hide what works.
PERISHABLE = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_ALLOW_HTTP",
    "FSSPEC_S3_KEY",
    "FSSPEC_S3_SECRET",
    "FSSPEC_S3_TOKEN",
    "MINIO_ACCESS_KEY",
    "MINIO_SECRET_KEY",
    "MINIO_SESSION_TOKEN",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "S3_SESSION_TOKEN",
    "MINIO_CREDENTIALS_EXPIRATION",
    "MINIO_CONFIG_ERROR",
)


@dataclass(frozen=True)
class Place:
    """Where the lake is; `home` of one user, None when it is not known."""

    endpoint: str
    region: str
    home: str | None = None


def of_service(url: str, endpoint: str = "", region: str = "") -> dict[str, str]:
    """For `minio_manager` inside the server, which finds the server's own token by itself; where S3 is, if the service says otherwise."""
    own = {"MINIO_MANAGER_ENDPOINT": endpoint, "MINIO_MANAGER_REGION": region}
    return {"MINIO_MANAGER_URL": url, **{name: value for name, value in own.items() if value}}


def of_place(place: Place) -> dict[str, str]:
    """Where S3 is, as boto3, s3fs, object_store, Spark's set-up and KBase's notebooks (by two families of names) read it."""
    secure = place.endpoint.startswith("https:")
    return {
        "AWS_ENDPOINT_URL_S3": place.endpoint,
        # object_store: of before 2026 it reads only this name, and it refuses http unless told
        "AWS_ENDPOINT": place.endpoint,
        **({} if secure else {"AWS_ALLOW_HTTP": "true"}),
        "AWS_DEFAULT_REGION": place.region,
        "AWS_REGION": place.region,
        "FSSPEC_S3_ENDPOINT_URL": place.endpoint,
        "MINIO_ENDPOINT": place.endpoint,
        "MINIO_ENDPOINT_URL": place.endpoint,
        "MINIO_SECURE": str(secure),
        "S3_ENDPOINT_URL": place.endpoint,
        "S3_SECURE": str(secure),
        **({"MINIO_HOME": place.home} if place.home else {}),
    }


def of_container(url: str, token: str) -> dict[str, str]:
    """
    Where SDKs fetch credentials, by the server's own token. Inline and not as a file: it is in the environment as JUPYTERHUB_API_TOKEN
    anyway, the SDK of Spark 3.5 knows no token file, and the hub cannot write one into every server (`local/token_file.py` does, there).
    """
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials/aws",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
    }


def of_keys(keys: Credentials | Session) -> dict[str, str]:
    """A pair or a session, under every name by which it is looked for."""
    environment = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "FSSPEC_S3_KEY": keys.access_key,
        "FSSPEC_S3_SECRET": keys.secret_key,
        "MINIO_ACCESS_KEY": keys.access_key,
        "MINIO_SECRET_KEY": keys.secret_key,
        "S3_ACCESS_KEY": keys.access_key,
        "S3_SECRET_KEY": keys.secret_key,
    }
    if isinstance(keys, Session):
        environment |= {
            "AWS_SESSION_TOKEN": keys.session_token,
            "FSSPEC_S3_TOKEN": keys.session_token,
            "MINIO_SESSION_TOKEN": keys.session_token,
            "S3_SESSION_TOKEN": keys.session_token,
            "MINIO_CREDENTIALS_EXPIRATION": f"{keys.expiration.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        }
    return environment


def one_line(reason: str) -> str:
    """A text for logs and environments: one line, without the letters that spawners and Kubernetes take for templates."""
    plain = reason.translate({ord("{"): "(", ord("}"): ")", ord("$"): None})
    return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())[:MAX_REASON]


def of_failure(reason: str) -> dict[str, str]:
    """Why there are no credentials."""
    return {"MINIO_CONFIG_ERROR": reason}


def applied(before: Mapping[str, object], now: Mapping[str, str]) -> dict[str, object]:
    """The environment of a spawner with what it gets now, without what it got at an earlier start."""
    return {**{name: value for name, value in before.items() if name not in PERISHABLE}, **now}
