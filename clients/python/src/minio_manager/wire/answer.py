"""What an HTTP answer means: a value, or the exception that says what went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import Any
from urllib.parse import urlsplit

from ..errors import BY_STATUS, FieldError, MinioManagerError, Problem, UnexpectedAnswer


@dataclass(frozen=True)
class RawAnswer:
    """As it came; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """Seconds, from a number or a date of HTTP."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time())
        except (TypeError, ValueError, IndexError, OverflowError):
            return None


@dataclass(frozen=True)
class Answer:
    """A successful answer; `body` is None where there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)


def understand(raw: RawAnswer, url: str) -> Answer:
    """The value of an answer below 300; raises what any other one means. `url` is the service's, for the text."""
    if raw.status >= 300:
        raise failure(raw, url)
    if raw.status == 204 or not raw.body:
        return Answer(raw.status, raw.headers, None)
    body = _json(raw)
    if body is None:
        raise UnexpectedAnswer(
            f"{url} answered with {raw.media_type or 'something'} that is not JSON, so it is not minio-manager or a proxy stands"
            f" before it{_excerpt(raw)}"
        )
    return Answer(raw.status, raw.headers, body)


def failure(raw: RawAnswer, url: str) -> MinioManagerError:
    """The exception for an answer of 300 and above."""
    if raw.status < 400:
        return UnexpectedAnswer(
            f"{url} answered with a redirect ({raw.status}{_place(raw)}), which is not followed: the token is meant for {url} only."
            " Give the URL that the service really has"
        )
    body = _json(raw)
    known = BY_STATUS.get(raw.status, Problem)
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        return known(
            raw.status,
            body["code"],
            str(body.get("title", "")),
            str(body.get("detail", "")),
            errors=[FieldError(str(e.get("field", "")), str(e.get("rule", ""))) for e in _objects(body, "errors")],
            results=_objects(body, "results"),
            request_id=str(body["request_id"]) if body.get("request_id") else raw.headers.get("x-request-id"),
            retry_after=raw.retry_after,
        )
    title = _phrase(raw.status)
    detail = f"{url} answered {raw.status} {title}, but not as minio-manager does: a proxy, or another service{_excerpt(raw)}"
    return known(raw.status, f"http_{raw.status}", title, detail, retry_after=raw.retry_after)


def _json(raw: RawAnswer) -> Any:
    try:
        return json.loads(raw.body)
    except (ValueError, RecursionError):
        return None


def _objects(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = body.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "of an unknown kind"


def _place(raw: RawAnswer) -> str:
    """Where a redirect leads, without path and query: they may hold what is not for a log."""
    try:
        parts = urlsplit(raw.headers.get("location", ""))
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    return f" to {parts.scheme}://{host}{f':{port}' if port else ''}" if host else ""


def _excerpt(raw: RawAnswer) -> str:
    """The first words of a page for people."""
    text = raw.body[:4096].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1>|\Z)", " ", text)
    text = " ".join(re.sub(r"(?s)<[^>]*>", " ", text).split())
    text = "".join(letter for letter in text if letter.isprintable())[:160]
    return f": {text}" if text else ""
