"""What lies in a folder of the lake, asked of S3 with the user's own session: S3 decides what may be seen."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from ..api.decode import moment
from ..errors import StorageError
from ..wire.transport import MAX_ANSWER_BYTES, opener
from .keys import Keys
from .signing import signed

SECONDS = 30.0
REFUSALS = {
    "AccessDenied": "neither your own nor shared with you",
    "NoSuchBucket": "there is no such bucket",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
}


@dataclass(frozen=True)
class Entry:
    """An object, or a folder (its path ends in a slash), which has neither size nor time."""

    path: str
    size: int | None = None
    modified: datetime | None = None


def entries(keys: Keys, path: str, limit: int) -> tuple[list[Entry], bool]:
    """What is directly below a path, at most so many; whether there is more. Without a final slash also the object of that name."""
    found = list(islice(_all(keys, path), limit + 1))
    return found[:limit], len(found) > limit


def _all(keys: Keys, path: str) -> Iterator[Entry]:
    bucket, _, key = path.partition("://")[2].partition("/")
    if key and not key.endswith("/"):
        yield from _object(keys, path, f"{bucket}/{key}")
        key += "/"
    query = {"list-type": "2", "prefix": key, "delimiter": "/"}
    while True:
        page = _page(keys, bucket, query, path)
        for each in page.iter("CommonPrefixes"):
            yield Entry(f"s3a://{bucket}/{each.findtext('Prefix', '')}")
        for each in page.iter("Contents"):
            # a folder's own mark is no entry of it
            if (name := each.findtext("Key", "")) != key:
                yield Entry(f"s3a://{bucket}/{name}", int(each.findtext("Size", "0")), moment(each.findtext("LastModified", "")))
        if page.findtext("IsTruncated") != "true":
            return
        query["continuation-token"] = page.findtext("NextContinuationToken", "")


def _object(keys: Keys, path: str, key: str) -> Iterator[Entry]:
    status, headers, _ = _send("HEAD", keys, key, {}, path)
    if status == 200:
        modified = headers.get("Last-Modified")
        yield Entry(f"s3a://{key}", int(headers.get("Content-Length", "0")), parsedate_to_datetime(modified) if modified else None)


def _page(keys: Keys, bucket: str, query: dict[str, str], path: str) -> ElementTree.Element:
    status, _, body = _send("GET", keys, bucket, query, path)
    root = _parsed(body)
    if root is None:
        raise StorageError(f"{path} cannot be listed: {keys.endpoint} answered {status}, but not as S3 does")
    if status != 200:
        code = root.findtext("Code", str(status))
        raise StorageError(f"{path} cannot be listed: {REFUSALS.get(code) or root.findtext('Message') or code}")
    return root


def _parsed(body: bytes) -> ElementTree.Element | None:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    return root


def _send(method: str, keys: Keys, key: str, query: dict[str, str], path: str) -> tuple[int, Any, bytes]:
    url, headers = signed(method, keys, key, query)
    try:
        with opener(url).open(urllib.request.Request(url, headers=headers, method=method), timeout=SECONDS) as answer:
            return answer.status, answer.headers, answer.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise StorageError(f"{path} cannot be listed: {keys.endpoint} cannot be reached: {reason}") from None
