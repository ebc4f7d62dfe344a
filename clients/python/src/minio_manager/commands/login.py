"""`lake login` and `lake logout`."""

from __future__ import annotations

import shlex
import shutil
import sys
from argparse import Namespace
from getpass import getpass
from pathlib import Path
from urllib.parse import urlsplit

from ..api.values import Me
from ..client import Client
from ..errors import ConfigurationError
from ..local.login import Login, forget, store
from ..wire.transport import is_loopback
from .sessions import clear


def login(given: Namespace) -> int:
    """Asks for the token without an echo, sees by `GET /me` that it is good, and keeps it. Standard output is for the profile alone."""
    url = given.url or _ask_url()
    client = Client(url, _ask_token())
    parts = urlsplit(client.url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        print("warning: http is not encrypted, so whoever is on the way can read the token; use https", file=sys.stderr)
    me = client.me()
    if me.kind != "person":
        raise ConfigurationError("this is the token of a service, and a service has no home: use MINIO_MANAGER_TOKEN for it")
    file = store(Login(client.url, client.token(), me.user_name))
    print(f"logged in as {me.user_name} at {client.url}; kept in {file}", file=sys.stderr)
    if given.profile:
        print(profile(given.profile, me))
    return 0


def logout(_: Namespace) -> int:
    """Removes the login and every kept session of this machine; the token and the sessions themselves go on until they end."""
    clear()
    print("logged out" if forget() else "nobody was logged in", file=sys.stderr)
    return 0


def profile(name: str, me: Me) -> str:
    """An AWS profile: SDKs and the AWS CLI run our program for their credentials, and again before these end."""
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigurationError("the name of a profile is made of letters, digits, - and _")
    header = "default" if name == "default" else f"profile {name}"
    lines = (f"[{header}]", f"credential_process = {_program()}", f"endpoint_url = {me.endpoint}", f"region = {me.region}")
    return "\n".join(lines)


def _program() -> str:
    beside = Path(sys.argv[0]).resolve().with_name("minio-manager-credentials")
    found = str(beside) if beside.exists() else shutil.which("minio-manager-credentials")
    return shlex.quote(found) if found else "minio-manager-credentials"


def _ask_url() -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError("say where the service is: --url")
    print("URL of minio-manager: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _ask_token() -> str:
    """From a terminal without an echo, else the first line of standard input: never an argument, which every process may read."""
    if sys.stdin.isatty():
        return getpass("token: ", stream=sys.stderr)
    return sys.stdin.readline(65_536)
