"""What `lake` understands."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TypeAlias

from ..until import argument

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
PATH = "s3a://bucket/… or '~/…' (quoted, else the shell takes it for your local home)"
UNTIL = "30d, 12h, 2w, 2030-01-31 or 2030-01-31T12:00:00Z"
CODES = "exit codes: 0 done · 1 not done, or not for everyone · 2 not understood"

EXAMPLES: Mapping[str, str] = {
    "login": "lake login --url https://minio-manager.example.org\nlake login --profile lake >> ~/.aws/config",
    "logout": "lake logout",
    "whoami": "lake whoami",
    "ls": "lake ls\nlake ls '~/reports/'\nlake ls s3a://cdm-lake/users-warehouse/alice/reports/",
    "share": "lake share '~/reports/' --group KBase --user bob --until 30d\nlake share '~/reports/' --user carol --write --await-login",
    "unshare": "lake unshare '~/reports/' --user bob\nlake unshare '~/reports/'",
    "who": "lake who '~/reports/'\nlake who '~/reports/' --expand KBase",
    "ls-shares": "lake ls-shares\nlake ls-shares --received",
    "groups": "lake groups\nlake groups --joinable",
    "join": "lake join Genomics --reason 'new here'\nlake join Genomics --reason 'I only look' --as reader",
    "request": "lake request s3a://cdm-lake/users-warehouse/dave/reports/ --reason 'for the review'",
    "requests": "lake requests\nlake requests --all",
    "approve": "lake approve 1f0c2a9e\nlake approve 1f0c2a9e --as read --until 30d",
    "deny": "lake deny 1f0c2a9e",
    "credentials": 'lake credentials\nlake credentials duckdb\neval "$(lake credentials shell --show-secrets)"',
}
FIRST = ("login", "share", "who", "ls", "credentials")


def parser() -> argparse.ArgumentParser:
    """The arguments of every command; `command` names it."""
    top = argparse.ArgumentParser(
        prog="lake",
        description="Your part of the lake: what is in it, who reaches it, and sharing it.",
        epilog=_epilog("\n".join(EXAMPLES[name].split("\n")[0] for name in FIRST), "lake COMMAND --help shows more"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _oneself(commands)
    _sharing(commands)
    _requests(commands)
    return top


def _oneself(commands: Commands) -> None:
    login = _command(commands, "login", "keep a service's URL and your token on this machine")
    login.add_argument("--url", help="the service; asked for when not given")
    login.add_argument("--profile", metavar="NAME", help="print an AWS profile for ~/.aws/config")
    _command(commands, "logout", "remove what login and the credentials program have kept")
    _command(commands, "whoami", "whose token is used, and where the lake is")
    ls = _command(commands, "ls", "what lies in a folder")
    ls.add_argument("path", metavar="PATH", nargs="?", default="~/", help=f"{PATH}; your home when not given")
    ls.add_argument("--limit", metavar="N", type=_count, default=1000, help="show at most N entries (1000)")
    credentials = _command(commands, "credentials", "how your own tools reach the lake")
    credentials.add_argument(
        "tool", metavar="TOOL", nargs="?", help="python, pandas, spark, duckdb, rclone, aws or shell; all when not given"
    )
    credentials.add_argument("--show-secrets", action="store_true", help="also print the keys of a session, which ends within an hour")


def _sharing(commands: Commands) -> None:
    share = _command(commands, "share", "share a path of yours, or change how")
    _targets(share)
    share.add_argument("--write", action="store_true", help="they may also write; without it they read")
    share.add_argument("--until", metavar="TIME", type=argument, help=UNTIL)
    share.add_argument("--reason", help="for whoever asks why")
    share.add_argument("--await-login", action="store_true", help="a share with somebody who has never logged in waits for the first login")
    _targets(_command(commands, "unshare", "end a share; with all when none is named"))
    who = _command(commands, "who", "who reaches a path of yours, and why")
    who.add_argument("path", metavar="PATH", help=PATH)
    who.add_argument("--expand", metavar="GROUP", action="append", default=[], help="also list the members of this group")
    shares = _command(commands, "ls-shares", "what you share")
    shares.add_argument("--received", action="store_true", help="what is shared with you")
    groups = _command(commands, "groups", "the groups that you are in")
    groups.add_argument("--joinable", action="store_true", help="the groups that you may ask to join")


def _requests(commands: Commands) -> None:
    join = _command(commands, "join", "ask for a place in a group")
    join.add_argument("group", metavar="GROUP")
    join.add_argument("--as", dest="level", metavar="ROLE", default="member", help="reader, member (when not given) or owner")
    request = _command(commands, "request", "ask for somebody's path")
    request.add_argument("path", metavar="PATH", help=PATH)
    request.add_argument("--as", dest="level", metavar="LEVEL", default="read", help="read (when not given) or write")
    for command in (join, request):
        command.add_argument("--reason", required=True, help="for whoever decides")
    requests = _command(commands, "requests", "what waits for your decision, and what you have asked for")
    requests.add_argument("--all", action="store_true", help="also what was decided")
    approve = _command(commands, "approve", "give what was asked for, or less")
    approve.add_argument("id", metavar="ID", help="as `lake requests` shows it")
    approve.add_argument("--as", dest="level", metavar="LEVEL", help="less than was asked for: read, or reader or member")
    approve.add_argument("--until", metavar="TIME", type=argument, help=UNTIL)
    _command(commands, "deny", "refuse what was asked for").add_argument("id", metavar="ID", help="as `lake requests` shows it")


def _command(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=_epilog(EXAMPLES[name], CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if name not in ("login", "logout"):
        command.add_argument("--json", action="store_true", help="JSON instead of a table")
    return command


def _epilog(examples: str, more: str) -> str:
    indented = "\n".join(f"  {line}" for line in examples.split("\n"))
    return f"examples:\n{indented}\n\n{more}"


def _targets(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH", help=PATH)
    command.add_argument("--group", dest="groups", metavar="GROUP", action="append", default=[])
    command.add_argument("--user", dest="users", metavar="USER", action="append", default=[])


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of entries")
    return int(text)
