"""Shares and questions about access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, overload

from ..until import Until, expiry
from .calls import DRY_RUN, Calls, Permission, given
from .decode import decode
from .shares import Access, Check, ReachedPath, Reacher, Share, ShareResult
from .values import Plan

Action = Literal["read", "write", "list", "delete"]


class SharingCalls(Calls):
    """Paths are `s3a://bucket/key`; with a final slash the folder, without it also the object of that name."""

    @overload
    def share(
        self,
        path: str,
        *,
        with_users: Iterable[str] = (),
        with_groups: Iterable[str] = (),
        permission: Permission = "read",
        until: Until | None = None,
        reason: str | None = None,
        await_login: bool = False,
        dry_run: Literal[False] = False,
    ) -> ShareResult: ...

    @overload
    def share(
        self,
        path: str,
        *,
        with_users: Iterable[str] = (),
        with_groups: Iterable[str] = (),
        permission: Permission = "read",
        until: Until | None = None,
        reason: str | None = None,
        await_login: bool = False,
        dry_run: Literal[True],
    ) -> Plan: ...

    def share(
        self,
        path: str,
        *,
        with_users: Iterable[str] = (),
        with_groups: Iterable[str] = (),
        permission: Permission = "read",
        until: Until | None = None,
        reason: str | None = None,
        await_login: bool = False,
        dry_run: bool = False,
    ) -> ShareResult | Plan:
        """
        Shares a path below the user's home, or changes the level or the end of a share. With `dry_run` nothing is changed and the answer is
        what would be. Some targets may be refused while others have it (`ShareResult.refused`); when all are, Invalid is raised. With
        `await_login` somebody who has never logged in is not refused but `waiting`, and has it from the first login on.
        """
        body = given(
            path=path,
            with_users=names(with_users),
            with_groups=names(with_groups),
            permission=permission,
            expires_at=None if until is None else expiry(until),
            reason=reason,
            await_login=True if await_login else None,
        )
        return self._change("/share", body, dry_run)

    @overload
    def unshare(
        self, path: str, *, from_users: Iterable[str] = (), from_groups: Iterable[str] = (), dry_run: Literal[False] = False
    ) -> ShareResult: ...

    @overload
    def unshare(self, path: str, *, from_users: Iterable[str] = (), from_groups: Iterable[str] = (), dry_run: Literal[True]) -> Plan: ...

    def unshare(
        self, path: str, *, from_users: Iterable[str] = (), from_groups: Iterable[str] = (), dry_run: bool = False
    ) -> ShareResult | Plan:
        """Ends shares of exactly this path: with the named ones, or with all when none is named."""
        body = given(path=path, from_users=names(from_users), from_groups=names(from_groups))
        return self._change("/unshare", body, dry_run)

    def shares(self, direction: Literal["given", "received"] = "given") -> Iterator[Share]:
        """What the user shares, or what is shared with the user; pages are asked for as they are needed."""
        return self._items(Share, self._of_user("/shares"), {"direction": direction})

    def access(self, path: str, *, expand: bool = False, below: bool = False) -> Access:
        """
        Who reaches a path of one's own, and why; `expand`: with the members of the groups that one is in; `below`: also who reaches only
        something below it. NotFound for somebody else's.
        """
        query = {"path": path, **({"expand": "group"} if expand else {}), **({"below": "true"} if below else {})}
        found: tuple[Reacher, ...] = ()
        while True:
            body: Any = self._send("GET", "/access", query=query).body
            page = decode(Access, body)
            found += page.principals
            if not body.get("next_cursor"):
                return Access(page.path, found)
            query["cursor"] = body["next_cursor"]

    def reaches(self) -> Iterator[ReachedPath]:
        """Everything that the user reaches, and why; pages are asked for as they are needed."""
        return self._items(ReachedPath, self._of_user("/access"))

    def check(self, path: str, action: Action, user: str | None = None, *, with_group: str | None = None) -> Check:
        """Whether the user (by default the client's) may do something, and why; `with_group`: as if it were in that group, too."""
        query = {"path": path, "action": action, "user": user if user is not None else self.user}
        if with_group is not None:
            query["with_group"] = with_group
        body: Any = self._send("GET", "/access/check", query=query).body
        answer = body.get("allowed")
        return decode(Check, {**body, "allowed": answer if answer != "perhaps" else False, "perhaps": answer == "perhaps"})

    def _change(self, what: str, body: Mapping[str, object], dry_run: bool) -> ShareResult | Plan:
        answer = self._send("POST", self._of_user(what), body, query=DRY_RUN if dry_run else None).body
        return decode(Plan, answer) if dry_run else decode(ShareResult, answer)


def names(given_names: Iterable[str]) -> list[str]:
    """A list of names; one name alone is not taken apart into its letters."""
    return [given_names] if isinstance(given_names, str) else list(given_names)
