"""Settings of the hub's side, as traitlets: `c.MinioManager.…`, else MINIO_MANAGER_… of the hub's environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, Callable, Dict, Enum, Float, Integer, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import DeferredConfigString

from ..errors import ConfigurationError
from ..settings import checked, service_url, token_source
from ..wire.transport import is_loopback

MAX_TIMEOUT = 10.0
MODES = ("container", "pair", "session")
# no text is a function
NOT_FROM_ENVIRONMENT = ("user_name",)


class MinioManager(Configurable):
    """How the servers of this hub come to their credentials. Each setting but user_name is also read from MINIO_MANAGER_<NAME>."""

    url = Unicode(help="Where minio-manager is, for the hub and for its servers. In mode container https, unless on this machine.").tag(
        config=True
    )
    mode = Enum(
        MODES,
        default_value="container",
        help="""
        container: SDKs fetch and refresh credentials by the server's own hub token (minio-manager needs JUPYTERHUB_API_URL). pair: the
        user's present pair. session: credentials that end by themselves, not refreshed.
        """,
    ).tag(config=True)
    token = Unicode(help="For pair and session: a service token with the scope `credentials`.").tag(config=True)
    token_file = Unicode(help="A file with that token, read at each spawn.").tag(config=True)
    timeout = Float(MAX_TIMEOUT, min=0.1, max=MAX_TIMEOUT, help="Seconds that a spawn waits for minio-manager at the most; up to 10.").tag(
        config=True
    )
    user_name = Callable(
        None,
        allow_none=True,
        help="For pair and session: gives the user at minio-manager for a spawner. By default the hub user's name.",
    ).tag(config=True)
    use_user_token = Bool(
        False, help="For pair and session: the user's own token, in auth_state, instead of a service token. It says whose it is."
    ).tag(config=True)
    auth_state_key = Unicode("access_token", help="Where in auth_state the user's token is; dots go deeper.").tag(config=True)
    session_seconds = Integer(43_200, min=900, max=43_200, help="For session: how long it lasts, 900 to 43200.").tag(config=True)
    endpoint = Unicode(help="MinIO's S3 API as servers reach it. By default what minio-manager tells.").tag(config=True)
    region = Unicode(help="By default what minio-manager tells.").tag(config=True)
    page_url = Unicode(
        help="Where the self-service page is, https://HOST and not the hub's: it becomes a service of this hub, which logs people in."
    ).tag(config=True)
    page_secret = Unicode(help="With page_url: JUPYTERHUB_CLIENT_SECRET of minio-manager.").tag(config=True)
    page_secret_file = Unicode(help="A file with that secret.").tag(config=True)
    page_service = Unicode("lake", help="With page_url: the name of the service, in the menu of the hub, too.").tag(config=True)
    extra_environment = Dict(help="More variables for each server; they go before those of this package.").tag(config=True)

    def check(self) -> None:
        """Raises ConfigurationError when no server could get credentials with these settings."""
        self.url = service_url(self.url, {})
        if self.endpoint and not self.endpoint.startswith(("http://", "https://")):
            raise ConfigurationError("c.MinioManager.endpoint must be http://host[:port] or https://host[:port]")
        if self.mode == "container":
            self._check_container()
        elif self.token:
            self.token = checked(self.token)
        elif not (self.token_file or self.use_user_token):
            raise ConfigurationError(f"c.MinioManager: mode {self.mode} needs token, token_file or use_user_token")

    def _check_container(self) -> None:
        if self.use_user_token:
            raise ConfigurationError(
                "c.MinioManager: use_user_token is for the modes pair and session; container uses the server's own token"
            )
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ConfigurationError(
                f"c.MinioManager.url: AWS SDKs refuse credentials over http from {parts.hostname}, which is not this machine: give an https"
                " URL, or set c.MinioManager.mode to pair or session"
            )

    def service_token(self) -> str:
        """The service token as it is now."""
        if self.token:
            return self.token
        return token_source(None, {"MINIO_MANAGER_TOKEN_FILE": self.token_file})()


def settings(c: Config, environment: Mapping[str, str] = os.environ) -> MinioManager:
    """The settings of a configuration, completed by the environment and checked. Raises ConfigurationError or traitlets' TraitError."""
    written = c.get("MinioManager", Config())
    completing = _from_environment(environment)
    if "token" in written or "token_file" in written:
        completing = {name: text for name, text in completing.items() if name not in ("token", "token_file")}
    config = Config({"MinioManager": completing})
    config.merge({"MinioManager": written})
    _check_mode(config.MinioManager.get("mode", MODES[0]))
    made = MinioManager(config=config)
    made.check()
    return made


def _check_mode(given: object) -> None:
    """Sooner than traitlets, which says no more than that it is none of them."""
    if given in MODES:
        return
    near = get_close_matches(str(given), MODES, 1)
    question = f' Did you mean "{near[0]}"?' if near else ""
    raise ConfigurationError(f'c.MinioManager.mode is "container", "pair" or "session", not "{str(given)[:40]}".{question}')


def variable(name: str) -> str | None:
    """The variable of the hub's environment for a setting."""
    return None if name in NOT_FROM_ENVIRONMENT else f"MINIO_MANAGER_{name.upper()}"


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = MinioManager.class_trait_names(config=True)
    given = {name: environment.get(variable(name) or "", "") for name in names}
    return {name: _read(name, text) for name, text in given.items() if text}


def _read(name: str, text: str) -> Any:
    """As traitlets reads a command line; but for a dictionary, which is JSON."""
    if name != "extra_environment":
        return DeferredConfigString(text)
    try:
        return json.loads(text)
    except ValueError:
        raise ConfigurationError(f"{variable(name)} is not JSON") from None
