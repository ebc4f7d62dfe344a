"""What minio-manager is asked for one server."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..api.values import Credentials, Me, Session
from ..client import Client
from ..errors import UnexpectedAnswer
from .environment import Place, of_container, of_keys, of_place, of_service
from .settings import MinioManager

# the client ends before the hook does, because it knows the reason
SHARE_OF_TIMEOUT = 0.9


@dataclass(frozen=True)
class Holder:
    """By whose token, and for which user where the token does not say it."""

    token: str = field(repr=False)
    user: str | None = None


@dataclass(frozen=True)
class Found:
    """The environment of one server, and where the lake is for all of them."""

    place: Place
    environment: dict[str, str] = field(repr=False)


def fetch(settings: MinioManager, holder: Holder) -> Found:
    """Asks the service; blocks. Raises MinioManagerError."""
    client = Client(settings.url, holder.token, user=holder.user, timeout=settings.timeout * SHARE_OF_TIMEOUT)
    if settings.mode == "container":
        me = client.me()
        if me.kind != "person":
            raise UnexpectedAnswer(f"{settings.url} does not take the server's token for a person's")
        place = _place(settings, me)
        return Found(place, container(settings, place, holder.token))
    keys = client.credentials() if settings.mode == "pair" else client.session(settings.session_seconds)
    place = _place(settings, keys)
    return Found(place, {**of_service(settings.url, settings.endpoint, settings.region), **of_place(place), **of_keys(keys)})


def container(settings: MinioManager, place: Place, token: str) -> dict[str, str]:
    """The environment of a server that fetches its credentials by itself."""
    return {**of_service(settings.url, settings.endpoint, settings.region), **of_place(place), **of_container(settings.url, token)}


def unasked(settings: MinioManager, last: Place | None) -> Place | None:
    """Where the lake is while the service does not answer: as the settings say, or as it was; nobody's home."""
    endpoint = settings.endpoint or (last and last.endpoint)
    region = settings.region or (last and last.region)
    return Place(endpoint, region) if endpoint and region else None


def _place(settings: MinioManager, answer: Me | Credentials | Session) -> Place:
    return Place(settings.endpoint or answer.endpoint, settings.region or answer.region, answer.home_path)
