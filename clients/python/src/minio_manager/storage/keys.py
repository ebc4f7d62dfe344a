"""The keys of a client's user, renewed before they expire."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from weakref import WeakKeyDictionary

from ..client import Client
from ..errors import Unavailable, Unreachable

SESSION_SECONDS = 3600
# what starts now has this long to end
FRESH = timedelta(minutes=15)

_lock = threading.Lock()
_kept: WeakKeyDictionary[Client, Keys] = WeakKeyDictionary()


@dataclass(frozen=True)
class Keys:
    """A session of the user, and where it works."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime


def keys(client: Client) -> Keys:
    """
    The kept session of this client while it has more than 15 minutes, else a new one. If the service does not answer, the kept one until
    it expires.
    """
    with _lock:
        kept = _kept.get(client)
        if kept is not None and _left(kept) >= FRESH:
            return kept
        try:
            fresh = _ask(client)
        except (Unreachable, Unavailable):
            if kept is None or _left(kept) <= timedelta(0):
                raise
            return kept
        _kept[client] = fresh
        return fresh


def _ask(client: Client) -> Keys:
    session = client.session(SESSION_SECONDS)
    place = client.place
    return Keys(place.endpoint, place.region, session.access_key, session.secret_key, session.session_token, session.expiration)


def _left(kept: Keys) -> timedelta:
    return kept.expiration - datetime.now(timezone.utc)
