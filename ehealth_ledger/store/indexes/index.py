"""Declare an index table, and say what a fact changes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ehealth_ledger.events.fact import Fact

Row = tuple[Any, ...]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Describe one table; its columns hold UUIDs, text, whole numbers, days, booleans.

    The first `key_columns` columns are its primary key. A table that only grows is written by COPY
    and protected from every change; in another one a row can be replaced or dropped.
    """

    name: str
    columns: tuple[str, ...]
    key_columns: int = 1
    grows_only: bool = True

    def key(self, row: Row) -> Key:
        """Return a row's primary key."""
        return row[: self.key_columns]

    def ended(self, row: Row, day: date) -> Row | None:
        """Return a row that is in force on no later day than this one; None where on no day."""
        named = dict(zip(self.columns, row, strict=True))
        if named["first_day"] > day:
            return None
        return (*(named | {"last_day": min(named["last_day"], day)}).values(),)

    def dropped(self, by: Key, rows: Mapping[Key, object]) -> list[Key]:
        """List the keys, of these rows, that a drop takes away."""
        if len(by) == self.key_columns:
            return [by] if by in rows else []
        return [key for key in rows if key[: len(by)] == by]


@dataclass(frozen=True, slots=True)
class Put:
    """Add a row, or replace the one of the same key where the table does not only grow."""

    index: Index
    row: Row


@dataclass(frozen=True, slots=True)
class Drop:
    """Take away the row of a key, or all rows whose keys begin so; there may be none."""

    index: Index
    key: Key


@dataclass(frozen=True, slots=True)
class End:
    """End on a day all rows whose keys begin so, in a table that has `first_day` and `last_day`.

    A row that begins after that day goes; one that has ended by then stays as it is.
    """

    index: Index
    key: Key
    day: date


Change = Put | Drop | End
Changes = Callable[[Any, int], Iterator[Change]]
"""Say what a fact at a position changes. Any: the table of `catalogue.py` keeps facts apart."""

ChangesByFact = dict[type[Fact], Changes]
