"""What all calls need: the transport, whose they are, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import quote, urlencode

from ..errors import ConfigurationError
from ..wire.answer import Answer
from ..wire.transport import Transport
from .decode import decode
from .values import Me

T = TypeVar("T")
Permission = Literal["read", "write"]
DRY_RUN: Mapping[str, str] = {"dry_run": "true"}


class Calls:
    """The base of the parts of `Client`."""

    _transport: Transport
    _user: str | None
    _known: Me | None = None
    #: what is done when the credentials of a person would have ended soon; of all clients, set in notebooks
    _warn: ClassVar[Callable[[datetime], None] | None] = None

    def me(self) -> Me:
        """Whose token this is, where the lake is, and the groups that the person is in."""
        self._known = decode(Me, self._send("GET", "/me").body)
        warn, end = type(self)._warn, self._known.credentials_end_at
        if warn and end:
            warn(end)
        return self._known

    @property
    def user(self) -> str:
        """The user that calls are for: the given one, else the person of the token, asked once."""
        if self._user is None:
            me = self._known or self.me()
            if me.kind != "person":
                raise ConfigurationError("this is the token of a service: say for which user, by user=")
            self._user = me.user_name
        return self._user

    def page(self, name: str, **query: str) -> str | None:
        """The address of a page of the self-service page, such as `who`; None where the service tells none."""
        url = (self._known or self.me()).page_url
        return url and f"{url}{name}{'?' + urlencode(query) if query else ''}"

    def _of_user(self, rest: str = "") -> str:
        return f"/users/{segment(self.user)}{rest}"

    def _send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        return self._transport.send(method, path, query=query, body=body, headers=headers, repeatable=repeatable)

    def _items(self, kind: type[T], path: str, query: Mapping[str, str] | None = None) -> Iterator[T]:
        """The items of every page, asked for as they are needed."""
        cursor: str | None = None
        while True:
            more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
            page: Any = self._send("GET", path, query={**(query or {}), **more}).body
            yield from (decode(kind, item) for item in page["items"])
            cursor = page.get("next_cursor")
            if not cursor:
                return


def segment(name: str) -> str:
    """A name as one segment of a URL."""
    # a dot segment would be taken as another address by what is on the way
    return quote(name, safe="", errors="surrogatepass") if name.strip(".") else name.replace(".", "%2E")


def given(**fields: object) -> dict[str, object]:
    """The fields that were given, with lists for tuples."""
    return {
        name: list(value) if isinstance(value, (tuple, set, frozenset)) else value for name, value in fields.items() if value is not None
    }
