"""Fold a closed period's charges into its statement, from the charges' own records."""

from __future__ import annotations

from typing import Final

import psycopg

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.charge import Accrued
from ehealth_ledger.pricing.statement import Line, Statement, StatementKey, fold
from ehealth_ledger.store.mapper import FactMapper, StoredFact

CACHED_FOLDS_MAX: Final = 1_000


class PeriodFolder:
    """Fold periods outside the head's lock, and check under it that no charge was missed.

    The check is by count and last position.
    """

    def __init__(self, mapper: FactMapper) -> None:
        self._mapper = mapper
        self._folded: dict[StatementKey, Statement] = {}

    def prepare(self, cursor: psycopg.Cursor, key: StatementKey) -> None:
        """Fold now, without a lock; the result waits for the law."""
        statement = self._fold(cursor, key)
        if statement is not None:
            if len(self._folded) >= CACHED_FOLDS_MAX:
                self._folded.clear()
            self._folded[key] = statement

    def complete(self, cursor: psycopg.Cursor, key: StatementKey) -> Statement | None:
        """Return the statement of all charges the log holds now.

        Fold again where some came in between.
        """
        row = cursor.execute(
            "SELECT count(*), max(position) FROM charges c "
            "WHERE contract = %s AND package = %s AND period = %s "
            "AND NOT EXISTS (SELECT 1 FROM withdrawn_charges w WHERE w.charge = c.charge)",
            (key.contract, key.package, key.period),
        ).fetchone()
        if row is None or row[0] == 0:
            return None
        prepared = self._folded.pop(key, None)
        if prepared is not None and (len(prepared.lines), prepared.as_of) == row:
            return prepared
        return self._fold(cursor, key)

    def _fold(self, cursor: psycopg.Cursor, key: StatementKey) -> Statement | None:
        rows = cursor.execute(
            "SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, "
            "r.topic, r.key_id, b.blob "
            "FROM charges c JOIN records r ON r.log = %s AND r.position = c.position "
            "JOIN bodies b ON b.log = r.log AND b.position = r.position "
            "WHERE c.contract = %s AND c.package = %s AND c.period = %s "
            "AND NOT EXISTS (SELECT 1 FROM withdrawn_charges w WHERE w.charge = c.charge) "
            "ORDER BY c.position",
            (self._mapper.log, key.contract, key.package, key.period),
        ).fetchall()
        lines: list[Line] = []
        provider, payer = None, None
        for recorded in self._mapper.open_facts([StoredFact(*row) for row in rows]):
            fact = recorded.fact
            if not isinstance(fact, Accrued):
                raise LedgerCorrupt("charge.not_a_charge", self._mapper.log, recorded.position)
            lines.append(fact.line(recorded.position))
            provider, payer = fact.provider, fact.payer
        if provider is None or payer is None:
            return None
        return fold(key, provider, payer, lines)
