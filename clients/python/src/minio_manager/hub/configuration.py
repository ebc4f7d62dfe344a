"""The one call in jupyterhub_config.py."""

from __future__ import annotations

from traitlets.config import Config

from .hook import compose, hook_of
from .page import add_page
from .settings import settings

SLOT = "pre_spawn_hook"


def setup(c: Config) -> None:
    """
    Gives every server of this hub what it needs for the lake; after the lines with `c.MinioManager` and after any hook of one's own,
    which goes on and runs first. Raises ConfigurationError when that cannot work, so that the hub does not start.
    """
    made = settings(c)
    if made.page_url:
        add_page(c, made)
    hook = hook_of(made)
    # a hook that is set for a class of spawners hides the one of all spawners
    sections = {name for name, section in c.items() if isinstance(section, Config) and SLOT in section}
    for name in sections | {"Spawner"}:
        present = c[name].get(SLOT)
        c[name][SLOT] = compose(present, hook) if present else hook
