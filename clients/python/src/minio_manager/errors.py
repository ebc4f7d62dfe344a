"""What can go wrong. No message holds a token or a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .refusals import of_result


class MinioManagerError(Exception):
    """Everything that this package raises on purpose. IPython and notebooks show it in one line; `traceback.print_exc()` shows all."""

    def _render_traceback_(self) -> list[str]:
        text = "".join(letter if letter.isprintable() else " " for letter in str(self))
        return [f"{type(self).__name__}: {text}"]


class ConfigurationError(MinioManagerError):
    """The URL, the token or another setting is missing or cannot be used."""


class Unreachable(MinioManagerError):
    """There was no answer: no connection, none in time, or one that was cut off."""


class UnexpectedAnswer(MinioManagerError):
    """Something answered that is not minio-manager, or not one that this package knows: a proxy's page, a redirect."""


class StorageError(MinioManagerError, OSError):
    """S3 itself refused, or did not answer."""

    @classmethod
    def of(cls, what: str, error: OSError) -> StorageError:
        """What could not be done, and what a tool's error says of the reason."""
        text = " ".join(str(error).split())
        if isinstance(error, PermissionError) or any(code in text for code in ("ACCESS_DENIED", "AccessDenied", "HTTP status 403")):
            return cls(f"{what}: neither your own nor shared with you in this way")
        if isinstance(error, FileNotFoundError):
            return cls(f"{what}: there is nothing of this name")
        return cls(f"{what}: {text[:300]}")


@dataclass(frozen=True)
class FieldError:
    """One broken rule of one field."""

    field: str
    rule: str


class Problem(MinioManagerError):
    """
    The service refused. `code` is its name for the reason (docs and OpenAPI list them), `errors` the broken rules of a 400 or 422,
    `results` what became of each target where all were refused, `retry_after` the seconds to wait as the service said it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        results: Sequence[Mapping[str, Any]] = (),
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(status, code, title, detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.results = tuple(dict(result) for result in results)
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        # where the rules are beside it, the service's detail only points at them, or repeats a single one
        text = "" if "`errors`" in self.detail else self.detail or self.title
        broken = [f"{error.field}: {error.rule}" for error in self.errors]
        refused = [of_result(result) for result in self.results if result.get("status", "refused") == "refused"]
        reasons = "; ".join(dict.fromkeys(reason for reason in (*broken, *refused) if reason not in text))
        told = f"{text} ({reasons})" if text and reasons else text or reasons
        return f"{told} [{self.status} {self.code}]"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), self.args, self.__dict__)


class Unauthorised(Problem):
    """401: the token is missing, wrong or has ended."""


class Forbidden(Problem):
    """403: not for this caller."""


class NotFound(Problem):
    """404: not there, or not to be seen by this caller."""


class Conflict(Problem):
    """409 or 412: it contradicts what is there, or it has changed since it was read."""


class Invalid(Problem):
    """400 or 422: a rule is broken, or every target was refused."""


class RateLimited(Problem):
    """429: too many calls; `retry_after` says when to come again."""


class Unavailable(Problem):
    """502, 503 or 504: the service, or what it depends on, does not work now."""


BY_STATUS: Mapping[int, type[Problem]] = {
    400: Invalid,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    422: Invalid,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
