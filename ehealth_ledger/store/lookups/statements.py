"""Look up statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import Formed, StatementFormed, StatementFormedV2
from ehealth_ledger.pricing.statement import FoldedStatement, StatementKey
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.values.identifiers import StatementId

Fold = Callable[[psycopg.Cursor, StatementKey], FoldedStatement | None]


class Statements(Lookup):
    """Serve `aggregates.lookups.StatementLookup`; an unannounced question raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (StatementFormed, StatementFormedV2)

    def __init__(
        self,
        cursor: psycopg.Cursor,
        keys: set[StatementKey],
        first_records: set[StatementId],
        fold: Fold,
    ) -> None:
        self._cursor = cursor
        self._fold = fold
        self._formed = {key: self._read(key) for key in keys}
        self._firsts = {each: self._read_first(each) for each in first_records}

    def of(self, key: StatementKey) -> StatementId | None:
        """Return the statement already formed for a contract, package and period."""
        return self._formed[key]

    def folded(self, key: StatementKey) -> FoldedStatement | None:
        """Return the statement folded outside the lock, checked to be complete under it."""
        return self._fold(self._cursor, key)

    def first_record_of(self, statement: StatementId) -> tuple[int, str] | None:
        """Return the position and chain value of the record that formed a statement."""
        return self._firsts[statement]

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in a formed statement."""
        if isinstance(fact, Formed):
            self._formed[fact.key] = fact.statement

    def _read(self, key: StatementKey) -> StatementId | None:
        row = self._cursor.execute(
            "SELECT statement FROM statements WHERE contract = %s AND package = %s AND period = %s",
            (key.contract, key.package, key.period),
        ).fetchone()
        return None if row is None else StatementId(row[0])

    def _read_first(self, statement: StatementId) -> tuple[int, str] | None:
        row = self._cursor.execute(
            "SELECT position, chain_value FROM records WHERE stream_id = %s AND stream_version = 1",
            (statement,),
        ).fetchone()
        return None if row is None else (row[0], row[1].hex())
