"""The client of one service and one token."""

from __future__ import annotations

from .api.credentials import CredentialCalls
from .api.groups import GroupCalls
from .api.requests import RequestCalls
from .api.sharing import SharingCalls
from .errors import ConfigurationError
from .local.login import kept
from .settings import service_url, token_source
from .wire.transport import Transport


class Client(CredentialCalls, SharingCalls, GroupCalls, RequestCalls):
    """
    minio-manager at `url` with `token`; without them what the environment says (`settings`), else what `lake login` has kept. `user` is
    for services and administrators: whose credentials and shares are meant. `timeout`: seconds for a whole call with its repetitions.
    `retries`: how often a call is repeated at the most, where that is safe. Can be used by several threads; holds no connection, so there
    is nothing to close.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        user: str | None = None,
        timeout: float = 10.0,
        retries: int = 3,
    ) -> None:
        if timeout <= 0 or retries < 0:
            raise ConfigurationError("timeout must be more than 0 seconds, retries 0 or more")
        login = kept(url, token)
        if login is not None:
            url, token, user = login.url, login.token, login.user if user is None else user
        self._user = user
        self._transport = Transport(service_url(url), token_source(token), timeout=timeout, retries=retries)

    @property
    def url(self) -> str:
        """Where the service is."""
        return self._transport.url

    def token(self) -> str:
        """The token as it would be sent now."""
        return self._transport.token()

    def __repr__(self) -> str:
        return f"Client({self.url!r}{f', user={self._user!r}' if self._user else ''})"
