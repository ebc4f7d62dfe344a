"""`lake`: one's part of the lake from a terminal."""

from __future__ import annotations

import io
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from ..api.shares import TargetResult
from ..api.values import Me
from ..errors import MinioManagerError
from ..notebook import calls, requests, snippets
from ..notebook.paths import PathError
from ..notebook.tables import Table
from .arguments import parser
from .login import login, logout


def main(argv: Sequence[str] | None = None) -> int:
    """0: done; 1: not, or not for everybody; 2: not understood."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal that lacks a letter of a path shows its number
        sys.stdout.reconfigure(errors="backslashreplace")
    given = parser().parse_args(argv)
    try:
        return COMMANDS[given.command](given)
    except PathError as error:
        return _failed(f"{error}{_expanded(given)}")
    except MinioManagerError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `lake … | head`: nobody reads on; the interpreter must not try once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _share(given: Namespace) -> int:
    permission: Any = "write" if given.write else "read"
    told = (given.path, given.groups, given.users, permission, given.until, given.reason, given.await_login)
    return _changed(given, calls.share(*told))


def _unshare(given: Namespace) -> int:
    return _changed(given, calls.unshare(given.path, given.groups, given.users))


def _who(given: Namespace) -> int:
    return _show(given, calls.who_can_read(given.path, given.expand))


def _list(given: Namespace) -> int:
    return _show(given, calls.shared_with_me() if given.received else calls.my_shares())


def _ls(given: Namespace) -> int:
    return _show(given, calls.my_files(given.path, given.limit))


def _groups(given: Namespace) -> int:
    return _show(given, requests.groups(given.joinable))


def _join(given: Namespace) -> int:
    return _show(given, requests.join_group(given.group, given.reason, given.level))


def _request(given: Namespace) -> int:
    return _show(given, requests.request_access(given.path, given.reason, given.level))


def _requests(given: Namespace) -> int:
    return _show(given, requests.my_requests(None if given.all else "open"))


def _approve(given: Namespace) -> int:
    return _show(given, requests.approve(given.id, given.level, given.until))


def _deny(given: Namespace) -> int:
    return _show(given, requests.deny(given.id))


def _credentials(given: Namespace) -> int:
    """With a tool only its snippet, so that a shell can take it as it is."""
    connection = snippets.my_credentials(given.show_secrets)
    texts = {given.tool: connection[given.tool]} if given.tool else dict(connection.snippets)
    shown = {name.replace(" ", "_"): value for name, value in connection.facts.items()}
    plain = texts[given.tool] if given.tool else connection
    print(json.dumps({**shown, "snippets": texts}, indent=2) if given.json else plain, flush=True)
    return 0


def _whoami(given: Namespace) -> int:
    client = calls.client()
    columns = ("user", "home", "service", "endpoint", "region")
    cells: Callable[[Me], Sequence[str]] = lambda me: (me.user_name, me.home_path or "", client.url, me.endpoint, me.region)  # noqa: E731
    return _show(given, Table("you are", columns, [client.me()], cells))


def _changed(given: Namespace, table: Table[TargetResult]) -> int:
    _show(given, table)
    return 1 if any(result.status == "refused" for result in table) else 0


def _show(given: Namespace, table: Table[Any]) -> int:
    print(json.dumps([_plain(item) for item in table], indent=2) if given.json else table, flush=True)
    return 0


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _expanded(given: Namespace) -> str:
    """The most usual slip: `~/reports/` without quotes has become a local path before we see it."""
    home = os.path.expanduser("~").rstrip("/")
    path = str(getattr(given, "path", ""))
    return f" (quote it: '~{path[len(home) :]}', else the shell replaces ~)" if home and path.startswith(f"{home}/") else ""


def _failed(text: str) -> int:
    print(f"lake: {text}", file=sys.stderr)
    return 1


COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "login": login,
    "logout": logout,
    "whoami": _whoami,
    "ls": _ls,
    "credentials": _credentials,
    "share": _share,
    "unshare": _unshare,
    "who": _who,
    "ls-shares": _list,
    "groups": _groups,
    "join": _join,
    "request": _request,
    "requests": _requests,
    "approve": _approve,
    "deny": _deny,
}

if __name__ == "__main__":
    sys.exit(main())
