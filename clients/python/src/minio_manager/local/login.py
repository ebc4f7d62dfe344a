"""The login that `lake login` keeps, for every `Client` that is told of no other."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

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


def kept(url: str | None, token: str | None) -> Login | None:
    """
    The login that counts where neither the caller nor the environment names a service, or none of them a token for this service. The kept
    token is never shown to another service than it was given for.
    """
    named = os.environ.get("MINIO_MANAGER_URL", "").rstrip("/")
    if url is not None or token is not None or (named and has_token()):
        return None
    login = stored()
    return login if login is not None and named in ("", login.url) else None
