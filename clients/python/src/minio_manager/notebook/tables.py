"""Results as small tables: text in a terminal, HTML in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from html import escape
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Table(Sequence[T], Generic[T]):
    """Iterates over the answers themselves; what is shown of each are its `cells`."""

    def __init__(self, title: str, columns: Sequence[str], items: Iterable[T], cells: Callable[[T], Sequence[str]], note: str = "") -> None:
        self.title = title
        self.columns = tuple(clean(column) for column in columns)
        self.note = note
        self._items = tuple(items)
        self._rows = tuple(tuple(clean(cell) for cell in cells(item)) for item in self._items)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The cells of each item, as they are shown."""
        return self._rows

    def to_pandas(self) -> Any:
        """The cells as a pandas DataFrame."""
        try:
            import pandas
        except ImportError:
            raise ImportError("pandas is not installed here") from None
        return pandas.DataFrame([list(row) for row in self._rows], columns=list(self.columns))

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._items[index]

    def __repr__(self) -> str:
        lines = [clean(self.title)]
        if self._rows:
            widths = [max(map(len, column)) for column in zip(self.columns, *self._rows, strict=True)]
            for row in (self.columns, *self._rows):
                lines.append("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        else:
            lines.append("  nothing")
        return "\n".join([*lines, *([clean(self.note)] if self.note else [])])

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{html(column)}</th>" for column in self.columns)
        body = "".join("<tr>" + "".join(f"<td style='text-align:left'>{html(cell)}</td>" for cell in row) + "</tr>" for row in self._rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self._rows else "<p>nothing</p>"
        note = f"<p>{html(self.note)}</p>" if self.note else ""
        return f"<div><p><b>{html(self.title)}</b></p>{table}{note}</div>"


def clean(text: str) -> str:
    """One line without control characters: what others wrote must not move a cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def when(moment: datetime | None) -> str:
    """To the minute, in UTC."""
    return "" if moment is None else moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def html(text: str) -> str:
    """Text of others as text of a page."""
    return escape(clean(text), quote=True)
