"""What the hook uses of a spawner of JupyterHub; the real one is in test/e2e/clients/hub.spec.ts."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from traitlets.config import Config

from minio_manager.hub import setup


class User:
    def __init__(self, name: str, auth_state: Any) -> None:
        self.name = name
        self._auth_state = auth_state

    async def get_auth_state(self) -> Any:
        return self._auth_state


class Spawner:
    log = logging.getLogger("hub")

    def __init__(self, name: str, *, token: str = "nobodys", auth_state: Any = None) -> None:
        self.user = User(name, auth_state)
        self.name = ""
        self.api_token = token
        self.environment: dict[str, Any] = {}


def configured(**settings: Any) -> Config:
    """A hub's configuration with these settings, after setup."""
    c = Config()
    c.MinioManager.update(settings)
    setup(c)
    return c


def spawn(spawner: Spawner, c: Config) -> dict[str, Any]:
    """The server's environment."""
    asyncio.run(c.Spawner.pre_spawn_hook(spawner))
    return spawner.environment
