"""HTTP by urllib: a call that is bounded as a whole and repeated where that is safe. No redirect is followed."""

from __future__ import annotations

import errno
import http.client
import json
import random
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..errors import MinioManagerError, UnexpectedAnswer, Unreachable
from ..settings import TokenSource
from ..version import __version__
from .answer import Answer, RawAnswer, understand

MAX_ANSWER_BYTES = 10 * 1024 * 1024
USER_AGENT = f"minio-manager-client/{__version__}"


@dataclass(frozen=True)
class Request:
    """What is sent, but for the token."""

    method: str
    url: str
    headers: Mapping[str, str]
    data: bytes | None


@dataclass(frozen=True)
class Lost:
    """An attempt without an answer. `received`: the service may have carried it out. `lasting`: another attempt fails as well."""

    reason: str
    received: bool = True
    lasting: bool = False


Outcome = RawAnswer | Lost | MinioManagerError


class Transport:
    """Calls of one service. `timeout`: seconds for a whole call, its repetitions and waits included."""

    def __init__(self, url: str, token: TokenSource, *, timeout: float, retries: int) -> None:
        self.url = url
        self.token = token
        self._timeout = timeout
        self._retries = retries
        self._opener = opener(url)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """
        Sends and gives the answer. A call that is not `repeatable` is only sent again when it certainly was not carried out: the
        connection was refused, or the service said 429. Raises Unreachable, UnexpectedAnswer or a Problem.
        """
        deadline = time.monotonic() + self._timeout
        # half of a pair of UTF-16 has no UTF-8: the service refuses it, so it must arrive
        asked = f"?{urlencode(query, errors='surrogatepass')}" if query else ""
        data = None if body is None else json.dumps(body).encode()
        request = Request(method, f"{self.url}{path}{asked}", headers or {}, data)
        for attempt in range(self._retries + 1):
            outcome = self._attempt(request, deadline)
            pause = _pause(outcome, attempt, repeatable)
            if pause is None or attempt == self._retries or time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
        if isinstance(outcome, MinioManagerError):
            raise outcome
        if isinstance(outcome, Lost):
            raise Unreachable(f"{self.url} cannot be reached: {outcome.reason}")
        return understand(outcome, self.url)

    def _attempt(self, request: Request, deadline: float) -> Outcome:
        """In a thread of its own: neither a name that does not resolve nor an answer that drips may hold the caller beyond the deadline."""
        left = max(0.05, deadline - time.monotonic())
        outcomes: list[Outcome] = []
        thread = threading.Thread(
            target=lambda: outcomes.append(self._outcome(request, left)),
            name="minio-manager-call",
            daemon=True,
        )
        thread.start()
        thread.join(left + 0.05)
        return outcomes[0] if outcomes else Lost(f"no answer within {self._timeout:g} s", lasting=True)

    def _outcome(self, request: Request, seconds: float) -> Outcome:
        try:
            token = self.token()
            headers = {**request.headers, "Accept": "application/json", "User-Agent": USER_AGENT, "Authorization": f"Bearer {token}"}
            if request.data is not None:
                headers["Content-Type"] = "application/json"
            sent = urllib.request.Request(request.url, data=request.data, headers=headers, method=request.method)
            ends = time.monotonic() + seconds
            with self._opener.open(sent, timeout=seconds) as response:
                return _received(response, token, ends)
        except MinioManagerError as error:
            return error
        except urllib.error.URLError as error:
            return _unsent(error.reason)
        except (OSError, http.client.HTTPException) as error:
            return Lost(_words(error))


def opener(url: str) -> urllib.request.OpenerDirector:
    """Knows http and https only, follows no redirect, and asks no proxy for what is on this machine."""
    made = urllib.request.OpenerDirector()
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.UnknownHandler(),
    ):
        made.add_handler(handler)
    return made


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own, in any spelling."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    # an IPv4 address inside an IPv6 one is what it is; Python says so only from 3.13 on
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _received(response: Any, token: str, ends: float) -> Outcome:
    headers = {name.lower(): value for name, value in response.headers.items()}
    declared = headers.get("content-length", "")
    expected = int(declared) if declared.isascii() and declared.isdigit() else None
    body = bytearray()
    while expected is None or len(body) < expected:
        chunk = response.read1(65_536)
        if not chunk:
            break
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return UnexpectedAnswer(f"the answer is larger than {MAX_ANSWER_BYTES // 1024**2} MiB")
        if time.monotonic() > ends:
            return Lost("the answer came too slowly", lasting=True)
    if expected is not None and len(body) < expected and response.status != 204:
        return Lost("the answer was cut off")
    raw = RawAnswer(response.status, headers, bytes(body))
    if raw.status < 300 and "json" in raw.media_type:
        return raw
    # a page of errors may repeat the request's headers
    return RawAnswer(raw.status, headers, raw.body.replace(token.encode(), b"***"))


def _unsent(reason: object) -> Lost:
    """What urllib reports of connecting and sending: only some of it tells for certain that nothing was carried out."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Lost(f"its certificate is not accepted ({reason.verify_message})", received=False, lasting=True)
    refused = isinstance(reason, (ConnectionRefusedError, socket.gaierror))
    nowhere = isinstance(reason, OSError) and reason.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH)
    return Lost(_words(reason), received=not (refused or nowhere))


def _words(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, (http.client.RemoteDisconnected, http.client.IncompleteRead, ConnectionResetError)):
        return "the connection was cut off"
    if isinstance(reason, http.client.HTTPException):
        return "the answer is not HTTP"
    return str(getattr(reason, "strerror", None) or reason)


def _pause(outcome: Outcome, attempt: int, repeatable: bool) -> float | None:
    """Seconds until the next attempt; None: there is none."""
    backoff = min(2.0, 0.1 * 2.0**attempt) * random.uniform(0.5, 1.0)
    if isinstance(outcome, Lost):
        again = not outcome.lasting and (repeatable or not outcome.received)
        return backoff if again else None
    if isinstance(outcome, RawAnswer) and (outcome.status == 429 or (outcome.status == 503 and repeatable)):
        return backoff if outcome.retry_after is None else outcome.retry_after + backoff / 10
    return None
