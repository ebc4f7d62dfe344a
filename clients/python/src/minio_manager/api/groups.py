"""Groups and their members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from ..until import Until, expiry
from ..wire.answer import Answer
from .calls import Calls, Permission, given, segment
from .decode import decode
from .sharing import names
from .values import Group, ListedGroup

Role = Literal["member", "reader", "owner"]
GrantWish = tuple[str, Permission] | tuple[str, Permission, Until | None]


class GroupCalls(Calls):
    """For members; changes are for owners and administrators."""

    def groups(self, *, joinable: bool = False) -> Iterator[ListedGroup]:
        """The groups that the user is in; with `joinable=True` all that everybody may ask to join."""
        return self._items(ListedGroup, "/groups", {"joinable": "true"} if joinable else {})

    def group(self, name: str) -> Group:
        """A group that the user is in; any other is NotFound."""
        return _group(self._send("GET", _address(name)))

    def set_group(
        self,
        name: str,
        *,
        description: str | None = None,
        display_name: str | None = None,
        website: str | None = None,
        organization: str | None = None,
        joinable: bool | None = None,
        members: Iterable[str] | None = None,
        readers: Iterable[str] | None = None,
        owners: Iterable[str] | None = None,
        grants: Iterable[GrantWish] | None = None,
        if_match: str | None = None,
    ) -> Group:
        """
        Makes a group (administrators) or changes it (owners, too). What is not given stays, a list that is given replaces. `grants`
        (administrators) are `(path, permission)` or `(path, permission, until)`. An empty `display_name`, `website` or
        `organization` removes it; with `joinable`, everybody finds the group and may ask to join. `if_match`: the `etag` of the group as
        it was read; a Conflict tells that it has changed since.
        """
        body = given(
            description=description,
            display_name=display_name,
            website=website,
            organization=organization,
            joinable=joinable,
            members=None if members is None else names(members),
            readers=None if readers is None else names(readers),
            owners=None if owners is None else names(owners),
            grants=None if grants is None else [_grant(*wish) for wish in grants],
        )
        return _group(self._send("POST", _address(name), body, headers=_match(if_match), repeatable=if_match is None))

    def add_member(self, group: str, user: str, *, role: Role = "member", if_match: str | None = None) -> Group:
        """Puts a user into a group, or changes the role."""
        body = {"user_name": user, "role": role}
        path = _address(group, "/members")
        return _group(self._send("POST", path, body, headers=_match(if_match), repeatable=if_match is None))

    def remove_member(self, group: str, user: str, *, if_match: str | None = None) -> bool:
        """Takes a user out of a group. False: MinIO does not answer, it is done as soon as it does."""
        path = _address(group, f"/members/{segment(user)}")
        return self._send("DELETE", path, headers=_match(if_match), repeatable=if_match is None).status == 204


def _address(group: str, rest: str = "") -> str:
    return f"/groups/{segment(group)}{rest}"


def _group(answer: Answer) -> Group:
    return replace(decode(Group, answer.body), etag=answer.headers.get("etag"))


def _match(etag: str | None) -> Mapping[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _grant(path: str, permission: Permission, until: Until | None = None) -> dict[str, object]:
    return given(path=path, permission=permission, expires_at=None if until is None else expiry(until))
