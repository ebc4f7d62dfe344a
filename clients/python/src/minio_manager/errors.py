"""What can go wrong. No message holds a token or a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class MinioManagerError(Exception):
    """Everything that this package raises on purpose."""


class ConfigurationError(MinioManagerError):
    """The URL, the token or another setting is missing or cannot be used."""


class Unreachable(MinioManagerError):
    """There was no answer: no connection, none in time, or one that was cut off."""


class UnexpectedAnswer(MinioManagerError):
    """Something answered that is not minio-manager, or not one that this package knows: a proxy's page, a redirect."""


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
        text = self.detail or self.title
        broken = [f"{error.field}: {error.rule}" for error in self.errors]
        refused = [
            f"{result.get('kind', '')} {result.get('name', '')}: {result.get('code') or result.get('status', '')}".strip()
            for result in self.results
        ]
        reasons = "; ".join([*broken, *refused])
        return f"{text}{f' ({reasons})' if reasons else ''} [{self.status} {self.code}]"

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
