"""The pre-spawn hook. A server always starts: with credentials, or with the reason why there are none."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..errors import ConfigurationError, MinioManagerError
from .credentials import Found, Holder, container, fetch, unasked
from .environment import Place, applied, of_failure, of_service, one_line
from .settings import MinioManager

Hook = Callable[[Any], Any]
# Not the event loop's own threads: while the service hangs, the hub needs those for names and log-ins.
THREADS = 16


def compose(first: Hook, second: Hook) -> Hook:
    """One pre-spawn hook of two, plain functions or coroutines, one after the other. What the first raises ends the spawn, as ever."""

    async def both(spawner: Any) -> None:
        for hook in (first, second):
            result = hook(spawner)
            if inspect.isawaitable(result):
                await result

    return both


def hook_of(settings: MinioManager) -> Hook:
    """The hook by these settings. A function, because the hub copies its configuration."""
    last: Place | None = None
    pool = ThreadPoolExecutor(THREADS, "minio-manager")

    async def ask(spawner: Any) -> Found:
        holder = await _holder(settings, spawner)
        return await asyncio.get_running_loop().run_in_executor(pool, fetch, settings, holder)

    async def minio_manager(spawner: Any) -> None:
        nonlocal last
        try:
            found = await asyncio.wait_for(ask(spawner), settings.timeout)
            last = found.place
            now = found.environment
        except Exception as error:
            reason = one_line(_reason(settings, error))
            spawner.log.warning("minio-manager: server %r of %s starts without credentials: %s", spawner.name, spawner.user.name, reason)
            now = {**_without_answer(settings, last, spawner), **of_failure(reason)}
        spawner.environment = applied(spawner.environment, {**now, **settings.extra_environment})

    return minio_manager


def _without_answer(settings: MinioManager, last: Place | None, spawner: Any) -> dict[str, str]:
    """
    A server whose SDKs fetch credentials themselves can do so once the service is back; but only with a place: an SDK that knows no
    endpoint would show them to AWS.
    """
    place = unasked(settings, last)
    if settings.mode != "container" or place is None:
        return of_service(settings.url, settings.endpoint, settings.region)
    return container(settings, place, spawner.api_token)


async def _holder(settings: MinioManager, spawner: Any) -> Holder:
    if settings.mode == "container":
        return Holder(spawner.api_token)
    user = settings.user_name(spawner) if settings.user_name is not None else None
    if not settings.use_user_token:
        return Holder(settings.service_token(), user or spawner.user.name)
    return Holder(_token_in(await spawner.user.get_auth_state(), settings.auth_state_key), user)


def _token_in(auth_state: Any, key: str) -> str:
    if not auth_state:
        raise ConfigurationError("the hub keeps no auth_state of this user: set c.Authenticator.enable_auth_state, and log in again")
    for part in key.split("."):
        auth_state = auth_state.get(part) if isinstance(auth_state, Mapping) else None
    if not isinstance(auth_state, str) or not auth_state:
        raise ConfigurationError(f"there is no token in auth_state under {key}: log in again")
    return auth_state


def _reason(settings: MinioManager, error: Exception) -> str:
    """In words, without what a foreign exception may repeat."""
    if isinstance(error, MinioManagerError):
        return str(error)
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return f"{settings.url} did not answer within {settings.timeout:g} s"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"the hook failed: {type(error).__name__} at {place.filename}:{place.lineno}"
