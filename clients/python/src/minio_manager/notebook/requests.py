"""Asking for access, and deciding what others ask for; the groups that one is in."""

from __future__ import annotations

from ..api.calls import Permission
from ..api.requests import GroupRole, RequestState
from ..api.values import AccessRequest, ListedGroup
from ..errors import MinioManagerError
from ..until import Until
from . import calls
from .tables import Table

# of the id, which is random: enough to tell open requests apart
SHORT = 8
COLUMNS = ("id", "asked by", "for", "permission", "state", "decided by", "reason")


class RequestError(MinioManagerError):
    """There is no such request, or it takes no such answer."""


def request_access(path: str, reason: str, permission: Permission = "read") -> Table[AccessRequest]:
    """Asks the owner of a path; it is shared once the owner approves."""
    return _table("asked for", [calls.client().request_access(calls.resolve(path), permission, reason)])


def join_group(group: str, reason: str, role: GroupRole = "member") -> Table[AccessRequest]:
    """Asks the owners of a group for a place in it; `groups(joinable=True)` lists those that one may find."""
    return _table("asked for", [calls.client().request_membership(group, role, reason)])


def my_requests(state: RequestState | None = "open") -> Table[AccessRequest]:
    """What waits for one's own decision, then what one has asked for; with `state=None` also what was decided."""
    client = calls.client()
    found = [*client.access_requests("owner", state), *client.access_requests("requester", state)]
    return _table("requests", list({each.id: each for each in found}.values()))


def approve(id: str, permission: Permission | GroupRole | None = None, until: Until | None = None) -> Table[AccessRequest]:
    """
    Gives what was asked for, or less: `permission` is "read" or "write" for a path, "reader", "member" or "owner" for a group. `until` as
    in `share`.
    """
    request = _open(id)
    client = calls.client()
    if request.group is None:
        level = permission or request.permission
        if level in ("read", "write"):
            return _table("approved", [client.approve(request.id, "write" if level == "write" else "read", until=until)])
        raise RequestError(f'a path is approved for "read" or "write", not for "{level}"')
    if until is not None:
        raise RequestError("a place in a group has no end")
    wanted = permission or request.role
    roles: tuple[GroupRole, ...] = ("member", "reader", "owner")
    for role in roles:
        if role == wanted:
            return _table("approved", [client.approve_membership(request.id, role)])
    raise RequestError(f'a place in a group is "reader", "member" or "owner", not "{wanted}"')


def deny(id: str) -> Table[AccessRequest]:
    """Refuses what was asked for."""
    return _table("denied", [calls.client().deny(_open(id).id)])


def my_groups() -> Table[ListedGroup]:
    """The groups that one is in; owners decide who else is."""
    return groups()


def groups(joinable: bool = False) -> Table[ListedGroup]:
    """The groups that one is in, or with `joinable=True` all that everybody may ask to join (`join_group`)."""
    found = calls.client().groups(joinable=joinable)
    if not joinable:
        return Table("my groups", ("group", "name", "role"), found, _own)
    return Table("groups to join", ("group", "name", "about", "owners", "members", "you"), found, _joinable)


def _own(group: ListedGroup) -> tuple[str, ...]:
    return (group.group_name, group.display_name or "", group.role or "")


def _joinable(group: ListedGroup) -> tuple[str, ...]:
    about = " ".join(part for part in (group.description, group.website) if part)
    own = group.role or (f"asked for {group.request.role}" if group.request else "")
    return (group.group_name, group.display_name or "", about, ", ".join(group.owners), str(group.member_count), own)


def _open(id: str) -> AccessRequest:
    """The request that waits for one's decision, by its id or the beginning of it."""
    found = [each for each in calls.client().access_requests("owner", "open") if each.id.startswith(id)] if id else []
    exact = [each for each in found if each.id == id] or found
    if len(exact) == 1:
        return exact[0]
    many = f'several open requests begin with "{id}"' if exact else f'no open request "{id}" waits for your decision'
    raise RequestError(f"{many}; my_requests() and `lake requests` list them")


def _table(title: str, requests: list[AccessRequest]) -> Table[AccessRequest]:
    note = " ".join(request.message for request in requests if request.message)
    return Table(title, COLUMNS, requests, _request, note)


def _request(request: AccessRequest) -> tuple[str, ...]:
    what = request.path or f"group {request.group}"
    level = request.granted or request.permission or request.role or ""
    return (request.id[:SHORT], request.requester, what, level, request.state, _decider(request), request.reason)


def _decider(request: AccessRequest) -> str:
    """Who has decided, or who will."""
    return request.decided_by or ", ".join(request.approvers) or "an owner of the group, or an administrator"
