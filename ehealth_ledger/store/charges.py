"""Have closed periods folded before their statement is judged, and prove that no line is missed."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg_pool import ConnectionPool

from ehealth_ledger.pricing.statement import FoldedStatement, StatementKey
from ehealth_ledger.store.folding.lines import LineFold
from ehealth_ledger.store.folding.processes import FoldingProcesses
from ehealth_ledger.store.mapper import FactMapper

CACHED_FOLDS_MAX: Final = 1_000


class PeriodFolder:
    """Fold periods outside the head's lock, and check under it that no charge was missed.

    The check is by count and last position. With `processes` several are folded at once.
    """

    def __init__(self, mapper: FactMapper, processes: FoldingProcesses | None = None) -> None:
        self._lines = LineFold(mapper.ledger, mapper.log, mapper.vault.keys)
        self._processes = processes
        self._folded: dict[StatementKey, FoldedStatement] = {}

    def prepare(self, reading: ConnectionPool, key: StatementKey) -> None:
        """Fold now, without a lock; the result waits for the law. Blocking, safe on any thread."""

        def here() -> FoldedStatement | None:
            with reading.connection() as connection, connection.cursor() as cursor:
                return self._lines.fold(cursor, key)

        statement = here() if self._processes is None else self._processes.fold(key, here)
        if statement is not None:
            if len(self._folded) >= CACHED_FOLDS_MAX:
                self._folded.clear()
            self._folded[key] = statement

    def complete(self, cursor: psycopg.Cursor, key: StatementKey) -> FoldedStatement | None:
        """Return what the statement of all charges the log holds now adds up to.

        Fold again where some came in between.
        """
        count, last = self._lines.end_of(cursor, key)
        if count == 0:
            return None
        prepared = self._folded.pop(key, None)
        if prepared is not None and (prepared.count, prepared.as_of) == (count, last):
            return prepared
        return self._lines.fold(cursor, key)
