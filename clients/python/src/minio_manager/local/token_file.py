"""The token as a file, for SDKs that read no other."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping, MutableMapping

URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


def token_file(token: str, environment: Mapping[str, str]) -> str:
    """The file that the token came from, so that a token which is replaced there counts; else one for this process alone."""
    given = environment.get("MINIO_MANAGER_TOKEN_FILE")
    # both SDKs refuse a token with a newline behind it
    if given and _content(given) == token:
        return given
    folder = tempfile.mkdtemp(prefix="minio-manager-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, "token")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return path


def offer_token_file(environment: MutableMapping[str, str] = os.environ) -> None:
    """
    Where a hub has put the token inline, a file of it beside it: object_store (obstore, deltalake, DataFusion, polars) reads only a file.
    All that runs in this process, or is started by it from now on, finds it.
    """
    if environment.get(URI) and environment.get(TOKEN) and not environment.get(TOKEN_FILE):
        environment[TOKEN_FILE] = token_file(environment[TOKEN], environment)


def _content(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read(65_536)
    except (OSError, UnicodeDecodeError):
        return None
