"""Sharing by one line, with the client of the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime

from ..api.calls import Permission
from ..api.shares import Reacher, Share, ShareResult, TargetResult
from ..client import Client
from ..refusals import sentence
from ..storage.keys import keys
from ..storage.listing import Entry, entries
from ..until import Until
from .access import Expand, who
from .paths import lake_path
from .tables import Table, when

Names = str | Iterable[str] | None
_chosen: Client | None = None
_made: Client | None = None
_warned = False


def client() -> Client:
    """The client of these functions: by the environment or by `lake login`, as they are now, so that a new token counts at once."""
    global _made
    if _chosen is not None:
        return _chosen
    now = Client()
    if _made is None or (_made.url, _made.token()) != (now.url, now.token()):
        _made = now
    return _made


def use(other: Client | None) -> None:
    """Another client for these functions; None: by the environment again."""
    global _chosen
    _chosen = other


def my_home() -> str:
    """One's own part of the lake: `s3a://…/`."""
    return client().home


def resolve(path: object) -> str:
    """`~/…` or `s3a://…` as the service takes it."""
    return lake_path(path, my_home)


def _warn(end: datetime) -> None:
    """One line, once in a session: whoever uses S3 by keys alone does not log in, and finds it out when they stop."""
    global _warned
    if not _warned:
        _warned = True
        text = f"You had not logged in for long: without this login your credentials for S3 would have ended on {when(end)}."
        print(text, file=sys.stderr)


Client._warn = _warn


def share(
    path: str,
    with_group: Names = None,
    with_user: Names = None,
    permission: Permission = "read",
    until: Until | None = None,
    reason: str | None = None,
    await_login: bool = False,
) -> Table[TargetResult]:
    """
    Shares a folder or an object below one's home with groups and people, or changes how. `permission` is "read" or "write"; `until` is
    "30d", "12h", "2w", a date, "2030-01-31T12:00:00Z", a timedelta, or a datetime with a time zone. With `await_login` a share with
    somebody who has never logged in waits for the first login.
    """
    result = client().share(
        resolve(path),
        with_users=_names(with_user),
        with_groups=_names(with_group),
        permission=permission,
        until=until,
        reason=reason,
        await_login=await_login,
    )
    return _results(f"{result.path}: {permission}", result)


def unshare(path: str, with_group: Names = None, with_user: Names = None) -> Table[TargetResult]:
    """Ends shares of exactly this path: with the named ones, or with all when none is named."""
    result = client().unshare(resolve(path), from_users=_names(with_user), from_groups=_names(with_group))
    return _results(f"{result.path}: no longer shared", result)


def who_can_read(path: str, expand: Expand = False) -> Table[Reacher]:
    """
    Everybody who reads a path of one's own, and each reason with its level and end. A group is one row with the number of its members;
    `expand="KBase"` lists these, too, `expand=True` those of every group. The last line names the page that shows the same, if there is
    one.
    """
    return _who(path, "read", expand)


def who_can_write(path: str, expand: Expand = False) -> Table[Reacher]:
    """Everybody who writes there, and why."""
    return _who(path, "write", expand)


def _who(path: str, permission: Permission, expand: Expand) -> Table[Reacher]:
    asked = client()
    access = asked.access(resolve(path), expand=bool(expand))
    return who(access, permission, expand, asked.page("who", path=access.path))


def my_shares() -> Table[Share]:
    """What one shares."""
    columns = ("path", "with", "permission", "until", "reason")
    return Table("shared by me", columns, client().shares("given"), lambda share: _share(share, _grantee(share)))


def shared_with_me() -> Table[Share]:
    """What others share with one, also by a group."""
    columns = ("path", "by", "permission", "until", "reason")
    others = [share for share in client().shares("received") if share.granted_by != client().user]
    return Table("shared with me", columns, others, lambda share: _share(share, _giver(share)))


def my_files(path: str = "~/", limit: int = 1000) -> Table[Entry]:
    """What lies in a folder of one's own or one that is shared with one, at most so many."""
    place = resolve(path)
    found, more = entries(keys(client()), place, limit)
    cells = lambda entry: (_name(entry), "" if entry.size is None else str(entry.size), when(entry.modified))  # noqa: E731
    return Table(place, ("name", "bytes", "modified"), found, cells, f"and more: only the first {limit} are shown" if more else "")


def _name(entry: Entry) -> str:
    """As `ls` shows it: a folder with its slash."""
    return entry.path.rstrip("/").rpartition("/")[2] + ("/" if entry.path.endswith("/") else "")


def _results(title: str, result: ShareResult) -> Table[TargetResult]:
    note = "" if result.enforced else "MinIO does not answer now: it is carried out as soon as it does"
    return Table(title, ("who", "kind", "result", "remark"), result.results, _target, note)


def _target(target: TargetResult) -> tuple[str, ...]:
    if target.status == "refused":
        remark = sentence(target.kind, target.name, target.code, target.message)
    else:
        still = [f"still {way.permission} through {way.via} ({way.path})" for way in target.still_reachable_through]
        remark = "; ".join([*([target.message] if target.message else []), *still])
    return (target.name, target.kind, target.status, remark)


def _share(share: Share, other: str) -> tuple[str, ...]:
    return (share.path, other, share.permission, when(share.expires_at), share.reason or "")


def _grantee(share: Share) -> str:
    if share.state == "waiting":
        return f"{share.grantee.name}, who has not logged in yet"
    return share.grantee.name if share.grantee.kind == "user" else f"{share.grantee.kind} {share.grantee.name}"


def _giver(share: Share) -> str:
    return share.granted_by if share.grantee.kind == "user" else f"{share.granted_by}, to {share.grantee.kind} {share.grantee.name}"


def _names(given: Names) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
