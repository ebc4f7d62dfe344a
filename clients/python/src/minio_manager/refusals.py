"""Why a share was refused, as a sentence, where the service has told no more than a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SENTENCES: Mapping[str, str] = {
    "unknown_user": "{name} has not logged in yet",
    "unknown_group": "there is no group of this name",
    "invalid_name": "{name} is no name that a {kind} can have here",
    "own_path": "{name} owns it",
    "too_many_grants": "{name} has as many shares of yours as there may be; end one first",
}


def sentence(kind: str, name: str, code: str | None, message: str | None) -> str:
    """The service's own sentence, else one made of the code, else the code."""
    if message or code is None:
        return message or "refused"
    return SENTENCES.get(code, code).format(name=name, kind=kind.replace("_", " "))


def of_result(result: Mapping[str, Any]) -> str:
    """The sentence for one entry of `Problem.results`."""
    return sentence(str(result.get("kind", "")), str(result.get("name", "")), result.get("code"), result.get("message"))
