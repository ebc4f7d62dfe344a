"""The self-service page as a service of the hub: people log in there with the hub, and find it in the hub's menu."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from ..errors import ConfigurationError
from ..settings import token_source
from ..wire.transport import is_loopback
from .settings import MinioManager

MIN_SECRET = 8
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
#: where a hub's configuration tells the hub's own addresses
ADDRESSES = ("public_url", "bind_url", "subdomain_host")


def add_page(c: Config, made: MinioManager) -> None:
    """Adds the service, and lets every user of the hub use it unless a role says already who may. Raises ConfigurationError."""
    url, name = _checked_url(c, made.page_url), made.page_service
    if not NAME.fullmatch(name):
        raise ConfigurationError("c.MinioManager.page_service must be small letters, digits and -, and begin with a letter")
    service = {
        "name": name,
        # the menu leads here through the hub's proxy, and from here to the page's own host
        "url": made.url,
        "api_token": _secret(made),
        "oauth_client_id": f"service-{name}",
        "oauth_redirect_uri": f"{url}/ui/login/jupyterhub/callback",
    }
    c.JupyterHub.services = [*_listed(c, "services"), service]
    c.JupyterHub.load_roles = _with_access(_listed(c, "load_roles"), f"access:services!service={name}")


def _checked_url(c: Config, given: str) -> str:
    parts = urlsplit(given)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigurationError("c.MinioManager.page_url must be https://HOST or https://HOST:PORT, as PAGE_URL of minio-manager")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError("c.MinioManager.page_url must be https: browsers keep the cookie of a session only there")
    if host in set(_hosts(c)):
        raise ConfigurationError(
            f"c.MinioManager.page_url: {host} is the host of this hub, whose servers could act there for whoever is logged in at the page:"
            " give the page a host of its own"
        )
    return given.rstrip("/")


def _hosts(c: Config) -> Iterator[str]:
    """The hosts at which people find the hub, as far as its configuration tells. With subdomains each server has its own."""
    for name in ADDRESSES:
        written = c.JupyterHub.get(name, "")
        address = written if isinstance(written, str) else ""
        yield urlsplit(address if "//" in address else f"//{address}").hostname or ""


def _secret(made: MinioManager) -> str:
    secret = made.page_secret
    if not secret and made.page_secret_file:
        secret = token_source(None, {"MINIO_MANAGER_TOKEN_FILE": made.page_secret_file})()
    if len(secret) < MIN_SECRET:
        raise ConfigurationError(
            f"c.MinioManager: page_url needs page_secret or page_secret_file with {MIN_SECRET} characters or more, the"
            " JUPYTERHUB_CLIENT_SECRET of minio-manager"
        )
    return secret


def _listed(c: Config, name: str) -> list[Any]:
    """What the configuration has as a list, also if it was only added to."""
    written = c.JupyterHub.get(name, [])
    return list(written.get_value([]) if isinstance(written, LazyConfigValue) else written)


def _with_access(roles: list[dict[str, Any]], scope: str) -> list[dict[str, Any]]:
    if any(scope in role.get("scopes", ()) for role in roles):
        return roles
    users = [role for role in roles if role.get("name") == "user"]
    if not users:
        # naming the role replaces its scopes: without `self` nobody could use the hub
        return [*roles, {"name": "user", "scopes": ["self", scope]}]
    return [{**role, "scopes": [*role.get("scopes", ()), scope]} if role in users else role for role in roles]
