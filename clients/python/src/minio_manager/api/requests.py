"""Asking for somebody's path or for a place in a group, and deciding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ..until import Until, expiry
from .calls import Calls, Permission, segment
from .decode import decode
from .values import AccessRequest

RequestState = Literal["open", "approved", "denied", "superseded", "withdrawn"]
GroupRole = Literal["member", "reader", "owner"]


class RequestCalls(Calls):
    """An owner sees what is asked for the own paths and groups; an approval is an ordinary share, or an ordinary membership."""

    def request_access(self, path: str, permission: Permission, reason: str) -> AccessRequest:
        """Asks the owner of a path. Another permission than an open request asks for is a new one. `reason`: 1 to 500 characters."""
        body = {"path": path, "permission": permission, "reason": reason}
        return decode(AccessRequest, self._send("POST", "/access-requests", body).body)

    def request_membership(self, group: str, role: GroupRole, reason: str) -> AccessRequest:
        """
        Asks the owners of a group for a place in it. Another role than an open request asks for is a new one. `reason`: 1 to 500
        characters.
        """
        body = {"group": group, "role": role, "reason": reason}
        return decode(AccessRequest, self._send("POST", "/access-requests", body).body)

    def access_requests(self, role: Literal["owner", "requester"] = "owner", state: RequestState | None = None) -> Iterator[AccessRequest]:
        """What is asked of the user (`owner`), or what the user asked for (`requester`)."""
        query = {"role": role} if state is None else {"role": role, "state": state}
        return self._items(AccessRequest, "/access-requests", query)

    def approve(self, id: str, permission: Permission, *, until: Until | None = None) -> AccessRequest:
        """Grants what is named: what was asked for, or less."""
        expires = {} if until is None else {"expires_at": expiry(until)}
        return self._decide(id, "approve", {"permission": permission, **expires})

    def approve_membership(self, id: str, role: GroupRole) -> AccessRequest:
        """Puts the requester into the group with the named role: what was asked for, or less."""
        return self._decide(id, "approve", {"role": role})

    def deny(self, id: str) -> AccessRequest:
        """Refuses what was asked for."""
        return self._decide(id, "deny", None)

    def withdraw(self, id: str) -> AccessRequest:
        """Takes back a request of one's own."""
        return self._decide(id, "withdraw", None)

    def _decide(self, id: str, decision: str, body: object) -> AccessRequest:
        # a second decision is a Conflict: what may have been received is not sent again
        answer = self._send("POST", f"/access-requests/{segment(id)}/{decision}", body, repeatable=False)
        return decode(AccessRequest, answer.body)
