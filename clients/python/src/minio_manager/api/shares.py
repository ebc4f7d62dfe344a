"""What the service answers about sharing and access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Grantee:
    """Who has a share; `kind` is user, group or data_product."""

    kind: str
    name: str


@dataclass(frozen=True)
class Share:
    """
    A path that was shared; `permission` is read or write. `state` is active, or waiting for the grantee's first login, which may come until
    `waits_until`.
    """

    path: str
    permission: str
    grantee: Grantee
    granted_by: str
    origin: str
    reason: str | None
    created_at: datetime
    expires_at: datetime | None
    state: str = "active"
    waits_until: datetime | None = None


@dataclass(frozen=True)
class Reason:
    """
    By what somebody still reaches a path: a grant, or a policy in MinIO that the service did not make (`foreign_policy`; without a name
    when MinIO does not say now). `permission` may be `perhaps`.
    """

    via: str
    path: str
    permission: str
    policy_name: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class TargetResult:
    """
    What became of one target: granted, changed, unchanged, revoked, not_shared, waiting for its first login, or refused with `code`.
    `message` is a sentence for people.
    """

    kind: str
    name: str
    status: str
    code: str | None = None
    still_reachable_through: tuple[Reason, ...] = ()
    message: str | None = None


@dataclass(frozen=True)
class ShareResult:
    """
    What became of every target. `enforced` is False while MinIO does not answer: it is kept and carried out as soon as MinIO does.
    Where some targets were refused the others have it; see `refused`.
    """

    path: str
    permission: str | None
    enforced: bool
    results: tuple[TargetResult, ...]

    @property
    def refused(self) -> tuple[TargetResult, ...]:
        return tuple(result for result in self.results if result.status == "refused")


@dataclass(frozen=True)
class Grant:
    """What was granted, by whom, until when; `owner` owns the path, and can end a share of it."""

    path: str
    permission: str
    granted_by: str
    origin: str
    expires_at: datetime | None
    owner: str | None = None


@dataclass(frozen=True)
class Statement:
    """Where in MinIO's policies it stands; `document` is the statement, of a policy that the service did not make, for administrators."""

    policy_name: str
    index: int
    document: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Because:
    """
    One reason for access: as whom, by which grant (None for the own home and for policies that the service did not make, `foreign_policy`).
    `permission` is `perhaps` where it hangs on what only a request has.
    """

    via: str
    permission: str
    grant: Grant | None = None
    expires_at: datetime | None = None
    policy_name: str | None = None
    group: str | None = None
    statement: Statement | None = None


@dataclass(frozen=True)
class GroupMember:
    """Somebody in a group that reaches a path; a reader reads only."""

    user_name: str
    role: str


@dataclass(frozen=True)
class Reacher:
    """
    Somebody who reaches a path, with the most they may do there (`read`, `write`, or `perhaps`); the group `everyone` is all users. A group
    is one entry; `members` is there when it was asked for and may be seen. `because_left_out`: how many reasons are not in the answer.
    """

    kind: str
    name: str
    permission: str
    because: tuple[Because, ...]
    member_count: int | None = None
    members: tuple[GroupMember, ...] = ()
    because_left_out: int | None = None


@dataclass(frozen=True)
class ReachedPath:
    """A path that a user reaches, and why. A policy that the service did not make may have wildcards in it; `s3a://*` is everything."""

    path: str
    permission: str
    because: tuple[Because, ...]


@dataclass(frozen=True)
class Access:
    """Who reaches a path, and why."""

    path: str
    principals: tuple[Reacher, ...]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Check:
    """Whether somebody may, and why. `perhaps`: that hangs on what only a request has; `allowed` is False then."""

    allowed: bool
    because: tuple[Because, ...]
    perhaps: bool = False
