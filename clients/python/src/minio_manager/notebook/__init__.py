"""For notebooks: sharing by one line. `%load_ext minio_manager.notebook`, or import the functions."""

from typing import Any

from .calls import (
    my_home,
    my_shares,
    request_access,
    share,
    shared_with_me,
    unshare,
    use,
    who_can_read,
    who_can_write,
)
from .frames import Saved, enable, lake
from .magics import load, unload
from .paths import PathError
from .tables import Table

__all__ = [
    "PathError",
    "Saved",
    "Table",
    "enable",
    "lake",
    "my_home",
    "my_shares",
    "request_access",
    "share",
    "shared_with_me",
    "unshare",
    "use",
    "who_can_read",
    "who_can_write",
]


def load_ipython_extension(shell: Any) -> None:
    """For `%load_ext minio_manager.notebook`."""
    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """For `%unload_ext minio_manager.notebook`."""
    unload(shell)
