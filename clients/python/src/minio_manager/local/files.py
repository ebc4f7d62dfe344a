"""Files that only their owner reads, replaced as a whole."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from ..errors import ConfigurationError


def config_folder() -> Path:
    """XDG_CONFIG_HOME/minio-manager."""
    return _folder("XDG_CONFIG_HOME", ".config")


def cache_folder() -> Path:
    """XDG_CACHE_HOME/minio-manager/sessions."""
    return _folder("XDG_CACHE_HOME", ".cache") / "sessions"


def write_private(file: Path, text: str) -> None:
    """Replaces the file at once, so that nobody reads a half; mode 0600 from its first byte on. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as output:
            output.write(text)
        os.replace(fresh, file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def read_private(file: Path) -> str | None:
    """The text; None where there is no file. One that others may read or write is refused."""
    try:
        with file.open(encoding="utf-8") as text:
            mode = os.fstat(text.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise ConfigurationError(f"{file} is open to others than you: chmod 600 {file}")
            return text.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from None


def _folder(variable: str, below_home: str) -> Path:
    base = os.environ.get(variable, "")
    # the XDG rules: a path that is not absolute is ignored
    root = Path(base) if os.path.isabs(base) else Path.home() / below_home
    return root / "minio-manager"
