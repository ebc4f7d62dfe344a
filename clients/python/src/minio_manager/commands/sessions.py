"""Sessions kept on this machine, so that fifty processes do not ask fifty times. No locks: the last one to ask wins, both are good."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..api.decode import decode
from ..api.values import AwsCredentials
from ..errors import MinioManagerError
from ..local.files import cache_folder, read_private, write_private

# botocore and the other SDKs ask again when 15 minutes are left
FRESH = timedelta(minutes=15)


def cache_file(url: str, token: str, user: str | None) -> Path:
    """One file for a service, a token and a user; the name gives nothing of them away."""
    key = hashlib.sha256("\0".join(("minio-manager/session", url, token, user or "")).encode()).hexdigest()
    return cache_folder() / f"{key[:40]}.json"


def kept(file: Path) -> AwsCredentials | None:
    """The session in the cache, if it has not ended; whatever is wrong with the file is as if there were none."""
    try:
        text = read_private(file)
        session = None if text is None else decode(AwsCredentials, json.loads(text))
    except (MinioManagerError, ValueError):
        return None
    return session if session is not None and left(session) > timedelta(0) else None


def keep(file: Path, session: AwsCredentials) -> None:
    """Into the cache; a folder that cannot be written only means that the next process asks again."""
    try:
        write_private(file, json.dumps({**asdict(session), "Expiration": session.Expiration.isoformat()}))
        _tidy(file.parent)
    except OSError:
        pass


def clear() -> None:
    """Removes every kept session."""
    for file in cache_folder().glob("*.json"):
        file.unlink(missing_ok=True)


def left(session: AwsCredentials) -> timedelta:
    """How long it still works."""
    return session.Expiration - datetime.now(timezone.utc)


def _tidy(folder: Path) -> None:
    """Sessions of former tokens: what has not been written for a day has ended (12 hours at the most)."""
    before = datetime.now(timezone.utc).timestamp() - 86_400
    for file in folder.iterdir():
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
