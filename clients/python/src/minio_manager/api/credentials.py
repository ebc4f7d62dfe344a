"""Pair, sessions, access keys, the profile."""

from __future__ import annotations

from ..settings import Place, s3_place
from .calls import Calls, segment
from .decode import decode
from .values import AccessKey, AwsCredentials, Credentials, NewAccessKey, Profile, Session


class CredentialCalls(Calls):
    """A user's own credentials. The first call for a new user creates it."""

    _home: str | None = None

    def credentials(self, *, rotate: bool = False) -> Credentials:
        """The present pair, the same for every caller; with `rotate` a new one, see `rotate()`."""
        return self.rotate() if rotate else self._pair(rotate=False)

    def rotate(self, *, revoke_sessions: bool = False, revoke_access_keys: bool = False) -> Credentials:
        """
        A new pair; the one before stops. Sessions and access keys stay unless they are to be revoked. Never sent again once the service
        may have received it, because that would rotate twice.
        """
        return self._pair(rotate=True, revoke_sessions=revoke_sessions, revoke_access_keys=revoke_access_keys)

    def session(self, duration_seconds: int = 3600) -> Session:
        """Credentials that end by themselves, after 900 to 43,200 seconds."""
        body = {"duration_seconds": duration_seconds}
        return decode(Session, self._send("POST", self._of_user("/sessions"), body).body)

    def aws_credentials(self) -> AwsCredentials:
        """A session of the person whose token it is, as SDKs fetch it: the same for calls within some seconds. Forbidden for a service."""
        return decode(AwsCredentials, self._send("GET", "/credentials/aws").body)

    def end_sessions(self) -> bool:
        """Ends every session of the user. False: MinIO does not answer, it is done as soon as it does."""
        return self._send("DELETE", self._of_user("/sessions")).status == 204

    def access_keys(self) -> list[AccessKey]:
        """The access keys, without their secrets."""
        return list(self._items(AccessKey, self._of_user("/access-keys")))

    def create_access_key(self, name: str, *, expires_in_seconds: int | None = None) -> NewAccessKey:
        """
        An access key for a tool that cannot send session tokens; it ends after 960 to 31,535,000 seconds (30 days when not given). The
        secret is in this answer only.
        """
        body = {"name": name} if expires_in_seconds is None else {"name": name, "expires_in_seconds": expires_in_seconds}
        return decode(NewAccessKey, self._send("POST", self._of_user("/access-keys"), body, repeatable=False).body)

    def delete_access_key(self, access_key: str) -> None:
        """Ends an access key; also fine when there is none."""
        self._send("DELETE", self._of_user(f"/access-keys/{segment(access_key)}"))

    def profile(self) -> Profile:
        """What is known of the user; NotFound for another one who has never been here."""
        return decode(Profile, self._send("GET", self._of_user()).body)

    @property
    def home(self) -> str:
        """The user's own part of the lake, `s3a://…/`; asked once. NotFound for another user who has had no credentials yet."""
        if self._home is None:
            me = self._known or self.me()
            own = me.kind == "person" and me.user_name == self.user
            self._home = me.home_path if own and me.home_path else self.profile().home_path
        return self._home

    @property
    def place(self) -> Place:
        """Where S3 is for this machine; asked once."""
        me = self._known or self.me()
        return s3_place(self._transport.url, Place(me.endpoint, me.region))

    def _pair(self, *, rotate: bool, **more: bool) -> Credentials:
        body = {"rotate": rotate, **more}
        return decode(Credentials, self._send("POST", self._of_user(), body, repeatable=not rotate).body)
