"""Look up when months close."""

from __future__ import annotations

from typing import ClassVar

import psycopg

from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.values.time import Month


class CutOffs(Lookup):
    """Serve `aggregates.lookups.CutOffLookup`; unannounced, any question raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (CutOffSet,)

    def __init__(self, cursor: psycopg.Cursor, *, wanted: bool) -> None:
        self._cut_offs: dict[str, int] | None = (
            dict(cursor.execute("SELECT period, at FROM cut_offs").fetchall()) if wanted else None
        )

    def at(self, period: Month) -> int | None:
        """Return the cut-off of a month, microseconds UTC."""
        if self._cut_offs is None:
            raise KeyError(period)
        return self._cut_offs.get(period)

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a cut-off is a moment
        """Take in a cut-off."""
        if isinstance(fact, CutOffSet) and self._cut_offs is not None:
            self._cut_offs[fact.period] = fact.at
