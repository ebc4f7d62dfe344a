"""Paths of the lake as people write them."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import MinioManagerError

SCHEMES = ("s3a://", "s3://")


class PathError(MinioManagerError, ValueError):
    """What was given is no path of the lake; the text says what to write."""


def lake_path(text: object, home: Callable[[], str]) -> str:
    """
    The path as the service takes it: `s3a://…` and `s3://…` stay as they are, `~/…` is below one's home. Anything else is refused: a
    relative or a local path would be a guess. `home` is only asked for where it is needed.
    """
    if not isinstance(text, str):
        raise PathError(_not_text(text))
    if text.startswith(SCHEMES):
        return text
    if text.startswith("~/"):
        return home().rstrip("/") + text[1:]
    raise PathError(f"{_short(text)} is no path of the lake: {_instead(text)}")


def object_url(path: str) -> str:
    """`s3://…`, as pandas and s3fs spell it."""
    return f"s3://{path.partition('://')[2]}"


def within_s3(path: str) -> str:
    """`bucket/key`, as pyarrow spells it."""
    return path.partition("://")[2].rstrip("/")


def is_csv(path: str) -> bool:
    """Whether the name says that it is CSV, plain or compressed."""
    name, _, last = path.lower().rpartition(".")
    return last == "csv" or (last in ("gz", "bz2", "zip", "xz", "zst") and name.endswith(".csv"))


def folder_url(path: str) -> str:
    """`s3a://…/`, as Spark spells a folder."""
    return f"s3a://{path.partition('://')[2].rstrip('/')}/"


def _not_text(given: object) -> str:
    kind = type(given).__name__
    if kind == "DataFrame":
        return 'a DataFrame does not know its path: write df.lake.save("~/reports/x.parquet").share(...), or give the path'
    return f'a path is given as text, not as {kind}: "~/reports/" or "s3a://bucket/reports/"'


def _instead(text: str) -> str:
    if text in ("", "~"):
        return 'write "~/reports/" for a folder of your own'
    if text.startswith("~"):
        return 'only your own home has a short name; write "s3a://bucket/…" for somebody else\'s'
    if text.startswith("/"):
        return f'it is a path of this machine; write "~/reports/" for your own part of the lake, or "s3a://bucket{_short(text)[1:-1]}"'
    if "://" in text:
        return 'write "s3a://bucket/…"'
    return f'write "~/{_short(text)[1:-1]}" for your own, or "s3a://bucket/…"'


def _short(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f'"{shown[:60]}…"' if len(shown) > 60 else f'"{shown}"'
