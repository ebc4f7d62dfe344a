"""Answers of the service as frozen dataclasses. What this version does not know in an answer is left out."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union

from ..errors import UnexpectedAnswer

T = TypeVar("T")


def decode(kind: type[T], body: object) -> T:
    """Makes a dataclass of parsed JSON. Raises UnexpectedAnswer where something is missing or of another type; it never repeats values."""
    return typing.cast(T, _value(kind, body, kind.__name__))


def moment(text: str) -> datetime:
    """A time of RFC 3339."""
    return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in "Zz" else text)


def _dataclass(kind: Any, body: object, where: str) -> object:
    if not isinstance(body, Mapping):
        raise UnexpectedAnswer(f"{where} is not an object in the answer")
    given: dict[str, object] = {}
    hints = _hints(kind)
    for field in dataclasses.fields(kind):
        if field.name in body:
            given[field.name] = _value(hints[field.name], body[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise UnexpectedAnswer(f"{where}.{field.name} is missing in the answer")
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(kind: Any, value: object, where: str) -> object:
    origin = typing.get_origin(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        inner = [part for part in typing.get_args(kind) if part is not type(None)]
        return None if value is None else _value(inner[0], value, where)
    if origin is tuple and isinstance(value, list):
        item = typing.get_args(kind)[0]
        return tuple(_value(item, each, f"{where}[{index}]") for index, each in enumerate(value))
    if origin is not None and isinstance(value, Mapping) and issubclass(origin, Mapping):
        return value
    if kind is datetime and isinstance(value, str):
        return _moment(value, where)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, where)
    # JSON's true is no number, and Python's is
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise UnexpectedAnswer(f"{where} has an unexpected type in the answer")


def _moment(text: str, where: str) -> datetime:
    try:
        return moment(text)
    except ValueError:
        raise UnexpectedAnswer(f"{where} is not a time in the answer") from None
