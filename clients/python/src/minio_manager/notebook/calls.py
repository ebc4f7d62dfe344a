"""Sharing by one line, with the client of the environment."""

from __future__ import annotations

from collections.abc import Iterable

from ..api.calls import Permission
from ..api.shares import Reacher, Share, ShareResult, TargetResult
from ..api.values import AccessRequest
from ..client import Client
from ..local.login import default_client
from ..until import Until
from .paths import lake_path
from .tables import Table, when

Names = str | Iterable[str] | None
_chosen: Client | None = None
_made: Client | None = None


def client() -> Client:
    """The client of these functions: by the environment or by `lake login`, as they are now, so that a new token counts at once."""
    global _made
    if _chosen is not None:
        return _chosen
    now = default_client()
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


def share(
    path: str,
    with_group: Names = None,
    with_user: Names = None,
    permission: Permission = "read",
    until: Until | None = None,
    reason: str | None = None,
) -> Table[TargetResult]:
    """
    Shares a folder or an object below one's home with groups and people, or changes how. `permission` is "read" or "write"; `until` a
    datetime with a time zone, a timedelta from now, or "2030-01-31T12:00:00Z".
    """
    result = client().share(
        resolve(path),
        with_users=_names(with_user),
        with_groups=_names(with_group),
        permission=permission,
        until=until,
        reason=reason,
    )
    return _results(f"{result.path}: {permission}", result)


def unshare(path: str, with_group: Names = None, with_user: Names = None) -> Table[TargetResult]:
    """Ends shares of exactly this path: with the named ones, or with all when none is named."""
    result = client().unshare(resolve(path), from_users=_names(with_user), from_groups=_names(with_group))
    return _results(f"{result.path}: no longer shared", result)


def who_can_read(path: str) -> Table[Reacher]:
    """Everybody who reads a path of one's own, and why."""
    return _who(path, "read")


def who_can_write(path: str) -> Table[Reacher]:
    """Everybody who writes there, and why."""
    return _who(path, "write")


def my_shares() -> Table[Share]:
    """What one shares."""
    columns = ("path", "with", "permission", "until", "reason")
    return Table("shared by me", columns, client().shares("given"), lambda share: _share(share, _grantee(share)))


def shared_with_me() -> Table[Share]:
    """What others share with one, also by a group."""
    columns = ("path", "by", "permission", "until", "reason")
    return Table("shared with me", columns, client().shares("received"), lambda share: _share(share, _giver(share)))


def request_access(path: str, reason: str, permission: Permission = "read") -> Table[AccessRequest]:
    """Asks the owner of a path; it is shared once the owner approves."""
    request = client().request_access(resolve(path), permission, reason)
    cells = lambda asked: (asked.path, asked.permission, asked.state, asked.reason)  # noqa: E731
    return Table("asked for", ("path", "permission", "state", "reason"), [request], cells)


def _who(path: str, permission: Permission) -> Table[Reacher]:
    access = client().access(resolve(path))
    found = [reacher for reacher in access.principals if permission == "read" or reacher.permission != "read"]
    return Table(f"{access.path}: who can {permission}", ("who", "may", "because of", "until"), found, _reacher)


def _reacher(reacher: Reacher) -> tuple[str, ...]:
    via = [because.policy_name or because.via if because.via == "foreign_policy" else because.via for because in reacher.because]
    ends = [because.grant.expires_at if because.grant else None for because in reacher.because]
    last = None if None in ends else max((end for end in ends if end is not None), default=None)
    who = reacher.name if reacher.kind == "user" else f"{reacher.kind} {reacher.name}"
    return (who, reacher.permission, ", ".join(dict.fromkeys(via)), when(last))


def _results(title: str, result: ShareResult) -> Table[TargetResult]:
    note = "" if result.enforced else "MinIO does not answer now: it is carried out as soon as it does"
    return Table(title, ("who", "kind", "result", "remark"), result.results, _target, note)


def _target(target: TargetResult) -> tuple[str, ...]:
    still = "; ".join(f"still {way.permission} through {way.via} ({way.path})" for way in target.still_reachable_through)
    return (target.name, target.kind, target.status, target.code or still or target.message or "")


def _share(share: Share, other: str) -> tuple[str, ...]:
    return (share.path, other, share.permission, when(share.expires_at), share.reason or "")


def _grantee(share: Share) -> str:
    return share.grantee.name if share.grantee.kind == "user" else f"{share.grantee.kind} {share.grantee.name}"


def _giver(share: Share) -> str:
    return share.granted_by if share.grantee.kind == "user" else f"{share.granted_by}, to {share.grantee.kind} {share.grantee.name}"


def _names(given: Names) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
