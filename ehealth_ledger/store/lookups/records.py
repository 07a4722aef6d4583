"""Look up what the ledger says of its own past."""

from __future__ import annotations

from typing import Any

import psycopg

from ehealth_ledger.store.lookups.lookup import Lookup, rows_by


class Records(Lookup):
    """Serve `aggregates.lookups.RecordLookup`; an unannounced position raises KeyError.

    A record of the batch itself can be named by nobody: its chain value is not known yet.
    """

    def __init__(self, cursor: psycopg.Cursor, positions: set[int]) -> None:
        self._values: dict[int, Any] = dict.fromkeys(positions)
        self._values.update(
            (position, value.hex())
            for position, value in rows_by(
                cursor,
                "SELECT position, chain_value FROM records "
                "WHERE log = 'records' AND position = ANY(%s)",
                positions,
            )
        )

    def chain_value(self, position: int) -> str | None:
        """Return the chain value of a record, in hexadecimal; None where there is none yet."""
        value: str | None = self._values[position]
        return value
