"""Who reaches a path, and why, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..api.calls import Permission
from ..api.shares import Access, Because, Reacher
from .tables import Table, when

Expand = bool | str | Iterable[str]


def who(access: Access, permission: Permission, expand: Expand = False, page: str | None = None) -> Table[Reacher]:
    """
    A row for each user and each group, with all reasons; after a group of `expand`, its members as far as the service shows them. `page`:
    where the same is as a picture.
    """
    found = [each for reacher in access.principals for each in (reacher, *_members(reacher, expand))]
    shown = [reacher for reacher in found if permission == "read" or reacher.permission != "read"]
    hidden = sorted(each.name for each in access.principals if _opened(each, expand) and each.member_count and not each.members)
    notes = [f"the members of {', '.join(hidden)} are shown to members only"] if hidden else []
    notes += [f"as a picture: {page}"] if page else []
    return Table(f"{access.path}: who can {permission}", ("who", "may", "because of"), shown, _reacher, "; ".join(notes))


def _opened(reacher: Reacher, expand: Expand) -> bool:
    if reacher.kind != "group" or isinstance(expand, bool):
        return reacher.kind == "group" and expand is True
    return reacher.name in ([expand] if isinstance(expand, str) else list(expand))


def _members(reacher: Reacher, expand: Expand) -> Iterator[Reacher]:
    for member in reacher.members if _opened(reacher, expand) else ():
        reads = member.role == "reader"
        because = tuple(replace(each, permission="read") if reads else each for each in reacher.because)
        yield Reacher("user", member.user_name, "read" if reads else reacher.permission, because)


def _reacher(reacher: Reacher) -> tuple[str, ...]:
    name = reacher.name
    if reacher.kind != "user":
        members = "" if reacher.member_count is None else f" ({reacher.member_count})"
        name = f"{reacher.kind} {reacher.name}{members}"
    reasons = [_reason(because) for because in reacher.because]
    if reacher.because_left_out:
        reasons.append(f"and {reacher.because_left_out} more")
    return (name, reacher.permission, "; ".join(dict.fromkeys(reasons)))


def _reason(because: Because) -> str:
    """Level and end of each: the row's own level says nothing of how long it lasts."""
    via = f"policy {because.policy_name}" if because.via == "foreign_policy" and because.policy_name else because.via.replace("_", " ")
    end = because.expires_at or (because.grant and because.grant.expires_at)
    return f"{via}: {because.permission}{f' until {when(end)}' if end else ''}"
