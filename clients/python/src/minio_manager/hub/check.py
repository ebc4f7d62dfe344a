"""`python -m minio_manager.hub --check`: whether servers of this hub would get credentials that work, a line for each step."""

from __future__ import annotations

import json
import os
import urllib.request
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from ..api.values import Me
from ..client import Client
from ..errors import ConfigurationError, MinioManagerError, StorageError, Unauthorised
from ..settings import Place, token_source
from ..storage.keys import Keys
from ..storage.listing import entries
from ..wire.transport import opener
from .environment import one_line
from .settings import MinioManager, settings

SHORTEST = 900


@dataclass(frozen=True)
class Line:
    """What came of one step: ok, failed, or not tried; with what to do."""

    step: str
    verdict: str
    text: str

    def __str__(self) -> str:
        return f"{self.verdict:<10} {self.step:<9} {one_line(self.text)}"


def run(given: Namespace) -> int:
    """Prints each line as it comes; 1 when one failed."""
    failed = False
    for line in lines(given):
        print(line, flush=True)
        failed = failed or line.verdict == "failed"
    return 1 if failed else 0


def lines(given: Namespace) -> Iterator[Line]:
    """All steps, as far as they can be tried."""
    try:
        made = settings(_configuration(given.config))
    except (MinioManagerError, TraitError, OSError) as error:
        yield Line("settings", "failed", str(error))
        return
    yield Line("settings", "ok", f"mode {made.mode}, {made.url}")
    reached = _service(made)
    yield reached
    if reached.verdict == "failed":
        return
    try:
        token = _token(made, given)
    except MinioManagerError as error:
        yield Line("token", "failed", str(error))
        return
    if token is None:
        yield Line("token", "not tried", "servers use their own person's token: give one by --token-file; the hub's token page makes one")
        yield _endpoint(made.endpoint, "c.MinioManager.endpoint")
        return
    yield from _with_token(made, given, token)


def _configuration(file: str | None) -> Config:
    if file is None:
        return Config()
    try:
        return PyFileConfigLoader(os.path.basename(file), path=os.path.dirname(os.path.abspath(file))).load_config()
    except ConfigFileNotFound:
        raise ConfigurationError(f"there is no file {file}") from None
    except (MinioManagerError, TraitError):
        raise
    except Exception as error:
        raise ConfigurationError(f"{file} fails: {type(error).__name__}: {error}") from error


def _service(made: MinioManager) -> Line:
    """/readyz and the version; both without a token."""
    try:
        state = _json(made, "/readyz")
        version = _json(made, "/openapi.json")["info"]["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "reason", None) or error
        return Line(
            "service", "failed", f"{made.url} is not reached as minio-manager ({reason}): is it started, and is c.MinioManager.url right?"
        )
    parts = ", ".join(f"{name} {how}" for name, how in state["dependencies"].items())
    verdict = "failed" if state["status"] == "unavailable" or state["dependencies"].get("minio") == "down" else "ok"
    return Line("service", verdict, f"version {version}, {state['status']} ({parts})")


def _json(made: MinioManager, path: str) -> Any:
    request = urllib.request.Request(f"{made.url}{path}", headers={"Accept": "application/json"})
    with opener(made.url).open(request, timeout=made.timeout) as answer:
        return json.loads(answer.read())


def _token(made: MinioManager, given: Namespace) -> str | None:
    """The token that a server's credentials are asked with; None where each server has another one."""
    if given.token_file:
        return token_source(None, {"MINIO_MANAGER_TOKEN_FILE": given.token_file})()
    return None if made.mode == "container" or made.use_user_token else made.service_token()


def _with_token(made: MinioManager, given: Namespace, token: str) -> Iterator[Line]:
    client = Client(made.url, token, user=given.user, timeout=made.timeout)
    try:
        me = client.me()
    except MinioManagerError as error:
        yield Line("token", "failed", f"{error}{_unknown(token) if isinstance(error, Unauthorised) else ''}")
        return
    yield _whose(made, me)
    place = Place(made.endpoint or me.endpoint, made.region or me.region)
    yield _endpoint(place.endpoint, "c.MinioManager.endpoint" if made.endpoint else "as minio-manager tells")
    if me.kind == "service" and given.user is None:
        yield Line("session", "not tried", "say for whom: --user NAME")
        return
    yield _session(client, place)
    if given.end_sessions:
        yield _end(client)


def _unknown(token: str) -> str:
    """Why a service may not know a token: it was not told of it, or not of who gave it."""
    if token.startswith("svc_"):
        return ": minio-manager must be restarted with it in SERVICE_TOKENS; `npm run token` makes a new one"
    return ": if a hub gave it, is JUPYTERHUB_API_URL of minio-manager set to that hub?"


def _whose(made: MinioManager, me: Me) -> Line:
    if me.kind == "person":
        return Line("token", "ok", f"of {me.user_name}")
    if made.mode == "container":
        return Line("token", "failed", f"of the service {me.user_name}, but in mode container servers use a person's")
    if not me.admin and not {"credentials", "admin"} & set(me.scopes):
        return Line("token", "failed", f"of the service {me.user_name} without the scope credentials: make one with it by `npm run token`")
    return Line("token", "ok", f"of the service {me.user_name}, scopes {', '.join(me.scopes)}")


def _endpoint(endpoint: str, source: str) -> Line:
    if not endpoint:
        return Line("endpoint", "not tried", "minio-manager tells it to who has a token")
    try:
        with opener(endpoint).open(urllib.request.Request(endpoint, method="HEAD"), timeout=10.0):
            return Line("endpoint", "ok", f"servers find S3 at {endpoint} ({source}), which answers this machine")
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        hint = "set c.MinioManager.endpoint to an address that servers reach"
        return Line("endpoint", "failed", f"S3 at {endpoint} ({source}) cannot be reached from here: {reason}; {hint}")


def _session(client: Client, place: Place) -> Line:
    """The shortest session there is; it lists the home and ends by itself: a call would end those of running servers as well."""
    try:
        made = client.session(SHORTEST)
        keys = Keys(place.endpoint, place.region, made.access_key, made.secret_key, made.session_token, made.expiration)
        entries(keys, made.home_path, 1)
    except StorageError as error:
        return Line("session", "failed", f"made for {client.user}, but S3 does not take it: {error}")
    except MinioManagerError as error:
        return Line("session", "failed", str(error))
    ends = f"{made.expiration.astimezone(timezone.utc):%H:%M} UTC"
    return Line("session", "ok", f"made for {made.user_name}, lists {made.home_path}; it ends by itself at {ends}")


def _end(client: Client) -> Line:
    try:
        done = client.end_sessions()
    except MinioManagerError as error:
        return Line("end", "failed", f"{error}; only administrators and the user may end sessions")
    return Line("end", "ok", f"all sessions of {client.user} {'have ended' if done else 'end as soon as MinIO answers'}")
