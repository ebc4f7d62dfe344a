"""For notebooks: sharing by one line. `%load_ext minio_manager.notebook`, or import the functions."""

from typing import Any

from .calls import my_files, my_home, my_shares, share, shared_with_me, unshare, use, who_can_read, who_can_write
from .frames import Saved, enable, lake
from .magics import load, unload
from .paths import PathError
from .requests import approve, deny, groups, join_group, my_groups, my_requests, request_access
from .snippets import my_credentials
from .tables import Table

__all__ = [
    "PathError",
    "Saved",
    "Table",
    "approve",
    "deny",
    "enable",
    "groups",
    "join_group",
    "lake",
    "my_credentials",
    "my_files",
    "my_groups",
    "my_home",
    "my_requests",
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
