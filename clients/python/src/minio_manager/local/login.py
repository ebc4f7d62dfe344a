"""The login that `lake login` keeps, and the client that programs for people use."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..client import Client
from ..errors import ConfigurationError
from ..settings import has_token
from .files import config_folder, read_private, write_private


@dataclass(frozen=True)
class Login:
    """Where somebody logged in, as whom."""

    url: str
    token: str = field(repr=False)
    user: str


def login_file() -> Path:
    return config_folder() / "login.json"


def store(login: Login) -> Path:
    """Keeps the login in place of the one before; gives its file."""
    file = login_file()
    write_private(file, json.dumps(asdict(login)))
    return file


def stored() -> Login | None:
    """The login that is kept, if there is one."""
    text = read_private(login_file())
    if text is None:
        return None
    try:
        kept = json.loads(text)
        return Login(str(kept["url"]), str(kept["token"]), str(kept["user"]))
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{login_file()} is not a login: run `lake login` again") from None


def forget() -> bool:
    """Removes the login; whether there was one."""
    try:
        login_file().unlink()
        return True
    except FileNotFoundError:
        return False


def default_client(user: str | None = None) -> Client:
    """
    A client by the environment; where that names no service, or this service and no token, by the login that is kept. The kept token is
    never shown to another service than it was given for.
    """
    url = os.environ.get("MINIO_MANAGER_URL", "").rstrip("/")
    if url and has_token():
        return Client(user=user)
    login = stored()
    if login is not None and url in ("", login.url):
        return Client(login.url, login.token, user=user if user is not None else login.user)
    if not url:
        raise ConfigurationError("no service is named: set MINIO_MANAGER_URL, or run `lake login`")
    raise ConfigurationError("there is no token: set MINIO_MANAGER_TOKEN or MINIO_MANAGER_TOKEN_FILE, or run `lake login`")
