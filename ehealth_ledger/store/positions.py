"""Find a moment's place in a log: times never decrease along it, so no index on time is needed."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from ehealth_ledger.errors import LedgerCorrupt

_RECORDED: Final = "SELECT recorded_at FROM records WHERE log = %s AND position = %s"


def position_before(
    reading: psycopg.Connection | psycopg.Cursor[Any], log: str, head: int, moment: int
) -> int:
    """Return the last position up to `head` recorded before a moment; 0 before the first.

    The moment is in microseconds UTC. The answer is found by halving.
    """
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        row = reading.execute(_RECORDED, (log, middle)).fetchone()
        if row is None:
            raise LedgerCorrupt("position.missing", log, middle)
        low, high = (middle, high) if row[0] < moment else (low, middle - 1)
    return low
