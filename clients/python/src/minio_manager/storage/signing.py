"""Signature version 4 of a request without a body, by the standard library alone. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import quote, urlencode, urlsplit

from .keys import Keys

EMPTY = hashlib.sha256(b"").hexdigest()


def signed(method: str, keys: Keys, key: str, query: Mapping[str, str], now: datetime | None = None) -> tuple[str, dict[str, str]]:
    """The URL and the headers of a request for `bucket/key`."""
    moment = (now or datetime.now(timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(keys.endpoint)
    path = f"{parts.path.rstrip('/')}/{quote(key, safe='/-_.~')}"
    asked = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
    headers = {"host": parts.netloc, "x-amz-content-sha256": EMPTY, "x-amz-date": moment, "x-amz-security-token": keys.session_token}
    names = ";".join(headers)
    canonical = "\n".join([method, path, asked, *(f"{name}:{value}" for name, value in headers.items()), "", names, EMPTY])
    scope = f"{moment[:8]}/{keys.region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = f"AWS4{keys.secret_key}".encode()
    for part in (moment[:8], keys.region, "s3", "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    signature = hmac.digest(secret, text.encode(), "sha256").hex()
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return f"{parts.scheme}://{parts.netloc}{path}{f'?{asked}' if asked else ''}", headers
