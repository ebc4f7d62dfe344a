"""What the service answers. The `repr` of a value with a secret does not show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Me:
    """
    Whose token it is. `home_paths` are all homes of a person, `home_path` the first of them; a service has none and is in no group.
    `credentials_end_at`: when the credentials would have ended without this login, told from two weeks before. `page_url`: where the
    self-service page is.
    """

    user_name: str
    kind: str
    admin: bool
    scopes: tuple[str, ...]
    home_path: str | None
    endpoint: str
    region: str
    groups: tuple[Membership, ...] = ()
    home_paths: tuple[str, ...] = ()
    credentials_end_at: datetime | None = None
    page_url: str | None = None


@dataclass(frozen=True)
class Membership:
    """A group somebody is in; `role` is member, reader or owner."""

    group_name: str
    role: str


@dataclass(frozen=True)
class Credentials:
    """The pair of a user: works until the next rotation."""

    user_name: str
    access_key: str
    secret_key: str = field(repr=False)
    home_path: str
    endpoint: str
    region: str
    created: bool
    rotated: bool
    groups: tuple[Membership, ...]
    enforced: bool | None = None
    console_url: str | None = None


@dataclass(frozen=True)
class Session:
    """Credentials that end by themselves at `expiration`."""

    user_name: str
    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime
    endpoint: str
    region: str
    home_path: str


@dataclass(frozen=True)
class AwsCredentials:
    """A session as AWS SDKs read it; several programs with one token may be given the same."""

    AccessKeyId: str
    SecretAccessKey: str = field(repr=False)
    Token: str = field(repr=False)
    Expiration: datetime


@dataclass(frozen=True)
class AccessKey:
    """A key of the user, without its secret."""

    name: str
    access_key: str
    expiration: datetime | None


@dataclass(frozen=True)
class NewAccessKey:
    """A key just made: the only answer with its secret."""

    name: str
    access_key: str
    secret_key: str = field(repr=False)
    expiration: datetime
    endpoint: str
    region: str


@dataclass(frozen=True)
class Policy:
    policy_name: str
    document: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ForeignPolicy:
    """A policy that somebody else attached in MinIO, to the user or to a MinIO group (`via`)."""

    policy_name: str
    via: str


@dataclass(frozen=True)
class Suspension:
    """Why a user is disabled until its next login; `reason` is absent or disabled (in the directory), or idle."""

    reason: str
    since: datetime


@dataclass(frozen=True)
class Profile:
    """
    What is known of a user; `status` is active, disabled or removing. `keeps_secret`: it was adopted, and has the secret key from before
    until its first login here. `suspended`: it is disabled until its next login. `credentials_end_at`: when it is, unless somebody logs in
    before; told from two weeks before.
    """

    user_name: str
    access_key: str
    home_path: str
    status: str
    created_at: datetime
    rotated_at: datetime
    groups: tuple[Membership, ...]
    policies: tuple[Policy, ...]
    foreign_policies: tuple[ForeignPolicy, ...]
    enforced: bool
    keeps_secret: bool = False
    home_paths: tuple[str, ...] = ()
    suspended: Suspension | None = None
    credentials_end_at: datetime | None = None


@dataclass(frozen=True)
class PlannedChange:
    change: str
    target: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Plan:
    """What a rehearsed change (`dry_run=True`) would do in MinIO; empty: nothing."""

    plan: tuple[PlannedChange, ...]


@dataclass(frozen=True)
class Member:
    """
    `given_by`: `role` of the provisioning, `login`, or both; empty if a person gave the membership. `since` and `added_by`: since when
    the user has the role, and who gave it; None: not known, or no person did.
    """

    user_name: str
    role: str
    given_by: tuple[str, ...] = ()
    since: datetime | None = None
    added_by: str | None = None


@dataclass(frozen=True)
class GroupGrant:
    """A path that a group reaches; `origin` is share, group, role, data_product or adopted; `owner` owns the path."""

    path: str
    permission: str
    origin: str
    granted_by: str
    reason: str | None
    created_at: datetime
    expires_at: datetime | None
    owner: str | None = None


@dataclass(frozen=True)
class Group:
    """A group. `etag` names this state of it, for `if_match`; `enforced_at` is when MinIO was last known to hold it."""

    group_name: str
    description: str | None
    members: tuple[Member, ...]
    grants: tuple[GroupGrant, ...]
    policies: tuple[Policy, ...] = field(repr=False)
    enforced: bool
    etag: str | None = None
    enforced_at: datetime | None = None
    display_name: str | None = None
    website: str | None = None
    joinable: bool = False
    organization: str | None = None


@dataclass(frozen=True)
class JoinRequest:
    """One's own open request for a role in a group."""

    id: str
    role: str
    created_at: datetime


@dataclass(frozen=True)
class ListedGroup:
    """
    A group in a list: one's own, or one that everybody may ask to join (`joinable`). `owners` decide who joins. `role` is one's own, None
    for a group that one is not in; `request` is one's own open request.
    """

    group_name: str
    display_name: str | None
    description: str | None
    website: str | None
    joinable: bool
    owners: tuple[str, ...]
    member_count: int
    role: str | None
    request: JoinRequest | None
    organization: str | None = None


@dataclass(frozen=True)
class AccessRequest:
    """
    Somebody asks for a path with a permission, or for a group with a role; the other two are None. `state` is open, approved, denied,
    withdrawn or superseded (something else is asked for now, or is there by other means). `message`, in the answer to an approval, is a
    sentence for people.
    """

    id: str
    reason: str
    requester: str
    approvers: tuple[str, ...]
    state: str
    granted: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    path: str | None = None
    permission: str | None = None
    group: str | None = None
    role: str | None = None
    message: str | None = None
