"""Fold a closed period's charges into its statement, from the charges' own records."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.charge_lines import WrittenLine, write_line
from ehealth_ledger.pricing.statement import FoldedStatement, Heading, StatementKey, format_of
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.money import KOPIYKAS_MAX

CACHED_FOLDS_MAX: Final = 1_000

# The positions of a closed set: its charges but the withdrawn, and its corrections.
_LINES: Final = """
    SELECT c.position FROM charges c
    WHERE c.contract = %(contract)s AND c.package = %(package)s AND c.period = %(period)s
      AND NOT EXISTS (SELECT FROM withdrawn_charges w WHERE w.charge = c.charge)
    UNION ALL
    SELECT a.position FROM adjustments a
    WHERE a.contract = %(contract)s AND a.package = %(package)s AND a.period = %(period)s
"""


_POSITIONS: Final = f"SELECT position FROM ({_LINES}) AS lines ORDER BY position"  # noqa: S608 - our own
_COUNT: Final = f"SELECT count(*), max(position) FROM ({_LINES}) AS lines"  # noqa: S608 - our own
_FACTS: Final = f"""
    SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, r.topic,
           r.key_id, b.blob
    FROM ({_LINES}) AS lines
    JOIN records r ON r.log = %(log)s AND r.position = lines.position
    JOIN bodies b ON b.log = r.log AND b.position = r.position
    ORDER BY lines.position
"""  # noqa: S608 - our own text


def positions_of(connection: psycopg.Connection, key: StatementKey) -> list[int]:
    """Return where the lines of a closed set stand."""
    asked = {"contract": key.contract, "package": key.package, "period": key.period}
    rows = connection.execute(_POSITIONS.encode(), asked).fetchall()
    return [position for (position,) in rows]


class PeriodFolder:
    """Fold periods outside the head's lock, and check under it that no charge was missed.

    The check is by count and last position.
    """

    def __init__(self, mapper: FactMapper) -> None:
        self._mapper = mapper
        self._folded: dict[StatementKey, FoldedStatement] = {}

    def prepare(self, cursor: psycopg.Cursor, key: StatementKey) -> None:
        """Fold now, without a lock; the result waits for the law."""
        statement = self._fold(cursor, key)
        if statement is not None:
            if len(self._folded) >= CACHED_FOLDS_MAX:
                self._folded.clear()
            self._folded[key] = statement

    def complete(self, cursor: psycopg.Cursor, key: StatementKey) -> FoldedStatement | None:
        """Return what the statement of all charges the log holds now adds up to.

        Fold again where some came in between.
        """
        row = cursor.execute(_COUNT, self._asked(key)).fetchone()
        if row is None or row[0] == 0:
            return None
        prepared = self._folded.pop(key, None)
        if prepared is not None and (prepared.count, prepared.as_of) == row:
            return prepared
        return self._fold(cursor, key)

    def _fold(self, cursor: psycopg.Cursor, key: StatementKey) -> FoldedStatement | None:
        rows = cursor.execute(_FACTS, self._asked(key), binary=True).fetchall()
        if not rows:
            return None
        lines: list[WrittenLine] = []
        for stored, body in self._mapper.open_bodies([StoredFact(*row) for row in rows]):
            line = None if body is None else write_line(stored.topic, body, stored.position)
            if line is None:
                raise LedgerCorrupt("charge.not_a_charge", self._mapper.log, stored.position)
            lines.append(line)
        total, last = sum(line.amount for line in lines), lines[-1]
        if abs(total) > KOPIYKAS_MAX:
            raise ValueError("the total does not fit a bigint")
        heading = Heading(
            key,
            LegalEntityId(UUID(last.provider)),
            LegalEntityId(UUID(last.payer)),
            as_of=last.position,
            count=len(lines),
            total=total,
            format=format_of(plain=all(line.is_plain for line in lines)),
        )
        before, after = heading.around()
        digest = sha256(before)
        digest.update(b",".join(line.text for line in lines))
        digest.update(after)
        return FoldedStatement(heading.as_of, heading.count, heading.total, digest.hexdigest())

    def _asked(self, key: StatementKey) -> dict[str, object]:
        return {
            "log": self._mapper.log,
            "contract": key.contract,
            "package": key.package,
            "period": key.period,
        }
