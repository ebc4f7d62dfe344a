"""Keys in the form that each tool takes. Each is told the endpoint itself: what a tool would find otherwise may be Amazon."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from .keys import Keys


class Options(dict[str, Any]):
    """Keyword arguments with secrets in them; its `repr` shows only their names."""

    def __repr__(self) -> str:
        return f"Options({', '.join(self)})"


def for_s3fs(keys: Keys) -> Options:
    """For `s3fs.S3FileSystem(**…)`, and as `storage_options` of pandas, dask and fsspec."""
    return Options(
        key=keys.access_key,
        secret=keys.secret_key,
        token=keys.session_token,
        endpoint_url=keys.endpoint,
        client_kwargs={"region_name": keys.region, **_certificates()},
    )


def for_boto3(keys: Keys) -> Options:
    """For `boto3.client("s3", **…)`."""
    return Options(
        endpoint_url=keys.endpoint,
        region_name=keys.region,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.session_token,
        **_certificates(),
    )


def arrow_filesystem(keys: Keys) -> Any:
    """A `pyarrow.fs.S3FileSystem`."""
    parts = urlsplit(keys.endpoint)
    return import_module("pyarrow.fs").S3FileSystem(
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        session_token=keys.session_token,
        region=keys.region,
        scheme=parts.scheme,
        endpoint_override=parts.netloc,
    )


def _certificates() -> dict[str, str]:
    """pyarrow and Python itself read SSL_CERT_FILE, botocore only AWS_CA_BUNDLE: one variable is enough for all."""
    file = os.environ.get("SSL_CERT_FILE")
    return {"verify": file} if file and "AWS_CA_BUNDLE" not in os.environ else {}
