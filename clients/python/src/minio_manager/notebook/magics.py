"""`%load_ext minio_manager.notebook`: the functions, and `%share`, `%unshare`, `%who`."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from ..errors import MinioManagerError
from ..until import argument
from . import calls, frames, requests, snippets
from .paths import SCHEMES

FUNCTIONS: dict[str, Any] = {
    "share": calls.share,
    "unshare": calls.unshare,
    "who_can_read": calls.who_can_read,
    "who_can_write": calls.who_can_write,
    "my_shares": calls.my_shares,
    "shared_with_me": calls.shared_with_me,
    "request_access": requests.request_access,
    "join_group": requests.join_group,
    "my_requests": requests.my_requests,
    "approve": requests.approve,
    "deny": requests.deny,
    "my_groups": requests.my_groups,
    "groups": requests.groups,
    "my_home": calls.my_home,
    "my_files": calls.my_files,
    "my_credentials": snippets.my_credentials,
    "lake": frames.lake,
}


class MagicError(MinioManagerError):
    """A magic was not understood."""


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise MagicError(f"{message}; {self.format_usage().strip()}")

    def exit(self, status: int = 0, message: str | None = None) -> Any:
        raise MagicError(message or self.format_usage().strip())


def load(shell: Any) -> None:
    """What IPython calls for `%load_ext`."""
    frames.enable()
    shell.push(FUNCTIONS)
    known = shell.find_line_magic("who")
    shell.register_magic_function(_share, "line", "share")
    shell.register_magic_function(_unshare, "line", "unshare")
    shell.register_magic_function(_Who(known), "line", "who")


def unload(shell: Any) -> None:
    """What IPython calls for `%unload_ext`."""
    shell.drop_by_id(FUNCTIONS)
    magics = shell.magics_manager.magics["line"]
    for name in ("share", "unshare"):
        magics.pop(name, None)
    ours = magics.get("who")
    if isinstance(ours, _Who):
        magics["who"] = ours.known


def _share(line: str) -> Any:
    """%share PATH GROUP… [--user USER]… [--write] [--until TIME] [--await-login]"""
    parser = _targets("%share")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--until", type=argument)
    parser.add_argument("--await-login", action="store_true")
    given = parser.parse_args(shlex.split(line))
    permission: Any = "write" if given.write else "read"
    return calls.share(given.path, given.groups, given.users, permission, given.until, await_login=given.await_login)


def _unshare(line: str) -> Any:
    """%unshare PATH [GROUP…] [--user USER]…: with all when none is named"""
    given = _targets("%unshare").parse_args(shlex.split(line))
    return calls.unshare(given.path, given.groups, given.users)


class _Who:
    """%who PATH: who can read it; any other line is IPython's own %who"""

    def __init__(self, known: Any) -> None:
        self.known = known

    def __call__(self, line: str) -> Any:
        path = line.strip().strip("\"'")
        if path.startswith((*SCHEMES, "~/")) or self.known is None:
            return calls.who_can_read(path)
        return self.known(line)


def _targets(name: str) -> argparse.ArgumentParser:
    parser = _Arguments(prog=name, add_help=False, allow_abbrev=False)
    parser.add_argument("path")
    parser.add_argument("groups", nargs="*")
    parser.add_argument("--user", dest="users", action="append", default=[])
    return parser
