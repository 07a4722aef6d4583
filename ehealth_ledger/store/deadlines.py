"""Read what is due, each with the fact that made it so."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.stored_fact import StoredFact

_DUE: Final = """
    SELECT d.kind, d.id, d.due_at, r.position, r.command_id, r.fact_index, r.stream_id,
           r.stream_version, r.topic, r.key_id, b.blob
    FROM deadlines d
    LEFT JOIN records r ON r.log = %(log)s AND r.position = d.position
    LEFT JOIN bodies b ON b.log = r.log AND b.position = r.position
    WHERE d.due_at <= %(until)s AND (d.due_at, d.kind, d.id) > (%(at)s, %(kind)s, %(id)s)
    ORDER BY d.due_at, d.kind, d.id LIMIT %(limit)s
"""


class Place(NamedTuple):
    """Say how far a reading of what is due has come."""

    due_at: int
    kind: str
    id: UUID


class Due(NamedTuple):
    """Say what is due since when (microseconds UTC) and by which fact, at which position.

    `fact` is None where its person was erased: then nobody can act on it any more.
    """

    kind: str
    id: UUID
    due_at: int
    position: int
    fact: Fact | None

    @property
    def place(self) -> Place:
        """Return where in the order of what is due this stands."""
        return Place(self.due_at, self.kind, self.id)


BEGINNING: Final = Place(-1, "", UUID(int=0))


def read_due(
    cursor: psycopg.Cursor, mapper: FactMapper, *, until: int, after: Place, limit: int
) -> list[Due]:
    """Read at most `limit` rows due by a moment (microseconds UTC), the oldest first."""
    asked = {**after._asdict(), "at": after.due_at, "log": mapper.log}
    rows = cursor.execute(_DUE, {**asked, "until": until, "limit": limit}).fetchall()
    stored = [StoredFact(*row[3:]) for row in rows if row[3] is not None]
    facts = {each.position: each.fact for each in mapper.open_facts(stored)}
    return [
        Due(kind, thing, due_at, position or 0, facts.get(position))
        for kind, thing, due_at, position, *_ in rows
    ]


def count_due(cursor: psycopg.Cursor, until: int) -> int:
    """Count what is due by a moment."""
    row = cursor.execute("SELECT count(*) FROM deadlines WHERE due_at <= %s", (until,)).fetchone()
    return 0 if row is None else int(row[0])
