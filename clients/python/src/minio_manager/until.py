"""When a share ends."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from .api.decode import moment
from .errors import MinioManagerError

Until = datetime | timedelta | str


class UntilError(MinioManagerError, ValueError):
    """What was given as the end of a share is no moment."""


def expiry(until: Until) -> str:
    """
    The moment as the service takes it: of an aware datetime, of a timedelta from now, or of text of ISO 8601 with its time zone.
    One without a time zone is refused: it would mean another moment on another machine.
    """
    if isinstance(until, timedelta):
        try:
            return _text(datetime.now(timezone.utc) + until)
        except OverflowError:
            raise UntilError("the end of a share is too far away") from None
    if isinstance(until, str):
        try:
            until = moment(until.strip())
        except ValueError:
            raise UntilError("an end is written as 2030-01-31T12:00:00Z") from None
    if until.tzinfo is None or until.utcoffset() is None:
        raise UntilError("the end of a share needs a time zone: 2030-01-31T12:00:00Z, or datetime(..., tzinfo=timezone.utc)")
    return _text(until)


def _text(when: datetime) -> str:
    return when.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SPAN = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def span_or_text(text: str) -> Until:
    """For command lines: `12h`, `30d` from now on, or the moment itself."""
    match = SPAN.fullmatch(text)
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else text
