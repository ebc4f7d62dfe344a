"""When a share ends: one reading of it for programs, notebooks and command lines."""

from __future__ import annotations

import argparse
import re
from datetime import date, datetime, time, timedelta, timezone

from .api.decode import moment
from .errors import MinioManagerError

Until = datetime | date | timedelta | str

SPAN = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
FORMS = '"30d", "12h", "2w" (from now on), "2030-01-31" (that day included, UTC) or "2030-01-31T12:00:00Z"'


class UntilError(MinioManagerError, ValueError):
    """What was given as the end of a share is no moment."""


def expiry(until: Until) -> str:
    """
    The moment as the service takes it: of `30d`, `12h` or `2w` from now on, a date (that day included, in UTC), a moment of ISO 8601 with
    its time zone, a timedelta, a date or an aware datetime. A moment without a time zone is refused: it would mean another one on another
    machine.
    """
    try:
        when = _moment(until)
    except OverflowError:
        raise UntilError("the end of a share is too far away") from None
    if when.tzinfo is None or when.utcoffset() is None:
        raise UntilError("the end of a share needs a time zone: 2030-01-31T12:00:00Z, or datetime(..., tzinfo=timezone.utc)")
    return when.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def argument(text: str) -> str:
    """The same as a type of argparse, which shows no other error than its own."""
    try:
        return expiry(text)
    except UntilError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(until: Until) -> datetime:
    if isinstance(until, timedelta):
        return datetime.now(timezone.utc) + until
    if isinstance(until, datetime):
        return until
    if isinstance(until, date):
        return datetime.combine(until + timedelta(days=1), time(), timezone.utc)
    return _read(until.strip()) if isinstance(until, str) else _refused(until)


def _read(text: str) -> datetime:
    if span := SPAN.fullmatch(text):
        return datetime.now(timezone.utc) + timedelta(**{UNITS[span[2]]: int(span[1])})
    try:
        return _moment(date.fromisoformat(text)) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else moment(text)
    except ValueError:
        return _refused(text)


def _refused(until: object) -> datetime:
    shown = until if isinstance(until, str) else type(until).__name__
    raise UntilError(f"{shown[:40]!r} is no end of a share: write {FORMS}")
