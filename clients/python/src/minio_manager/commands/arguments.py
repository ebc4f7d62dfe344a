"""What `lake` understands."""

from __future__ import annotations

import argparse

from ..until import span_or_text

PATH = "s3a://bucket/… or '~/…' (quoted, else the shell takes it for your local home)"


def parser() -> argparse.ArgumentParser:
    """The arguments of every command; `command` names it."""
    top = argparse.ArgumentParser(prog="lake", description="Your part of the lake: who reaches it, and sharing it.", allow_abbrev=False)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    login = _command(commands, "login", "keep a service's URL and your token on this machine")
    login.add_argument("--url", help="the service; asked for when not given")
    login.add_argument("--profile", metavar="NAME", help="print an AWS profile for ~/.aws/config")
    _command(commands, "logout", "remove what login and the credentials program have kept")

    share = _command(commands, "share", "share a path of yours, or change how")
    _targets(share)
    share.add_argument("--write", action="store_true", help="they may also write; without it they read")
    share.add_argument("--until", metavar="TIME", type=span_or_text, help="30d, 12h, or 2030-01-31T12:00:00Z")
    share.add_argument("--reason", help="for whoever asks why")

    unshare = _command(commands, "unshare", "end a share; with all when none is named")
    _targets(unshare)

    who = _command(commands, "who", "who reaches a path of yours, and why")
    who.add_argument("path", metavar="PATH", help=PATH)

    shares = _command(commands, "ls-shares", "what you share")
    shares.add_argument("--received", action="store_true", help="what is shared with you")

    _command(commands, "whoami", "whose token is used, and where the lake is")
    return top


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    if name not in ("login", "logout"):
        command.add_argument("--json", action="store_true", help="JSON instead of a table")
    return command


def _targets(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH", help=PATH)
    command.add_argument("--group", dest="groups", metavar="GROUP", action="append", default=[])
    command.add_argument("--user", dest="users", metavar="USER", action="append", default=[])
