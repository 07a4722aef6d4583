"""Tell what the records before a position said of one thing: read when it is asked, seldom."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.store.fsck.due import STREAMS
from ehealth_ledger.store.fsck.facts import Bodies
from ehealth_ledger.store.fsck.pages import RecordRow

S = TypeVar("S")


class Unreadable(Exception):  # noqa: N818 - the name is the finding
    """Report a past of which a record is damaged, and named where it stands, or erased."""


class StreamPast:
    """Fold a stream's records up to a position of the walk."""

    def __init__(self, connection: psycopg.Connection, log: str, bodies: Bodies) -> None:
        self._connection = connection
        self._log = log
        self._bodies = bodies

    def before(self, kind: type[S], stream: UUID, position: int) -> S | None:
        """Return a thing as of the record before a position; None where there was none.

        Raise Unreadable where a record of the past cannot be read.
        """
        state: object | None = None
        asked = (self._log, [stream], position)
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(STREAMS.encode(), asked, prepare=True).fetchall()
        for _, fact in self._bodies.anywhere((RecordRow(*row[:14]), row[14]) for row in rows):
            if fact is None:
                raise Unreadable
            state = evolve(state, fact)
        return state if isinstance(state, kind) else None
