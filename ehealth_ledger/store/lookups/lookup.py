"""Give every noun's look-up the same shape, and read many keys by one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact


class Lookup:
    """Answer from what was read when the batch began, kept current by the batch's own facts."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = ()  # what `absorb` wants to be told

    def absorb(self, fact: Fact, position: int) -> None:
        """Take in a fact of this batch: its next commands see it."""


def rows_by(
    cursor: psycopg.Cursor, statement: str, keys: Iterable[Any], *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Read the rows of many keys; the statement has one parameter, the list of them."""
    wanted = list(keys)
    if not wanted:
        return []
    return cursor.execute(statement.encode(), (wanted,), prepare=True, binary=binary).fetchall()
