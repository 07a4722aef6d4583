"""Keep the states of streams in memory, exact as of the head that was last seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.erased import ERASED
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.batch import Head
from ehealth_ledger.store.erasures import ErasureWatch
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.stored_fact import StoredFact

CACHED_STREAMS_MAX: Final = 200_000


class Stream(NamedTuple):
    """Hold a stream's version (0 before its first fact) and its aggregate's state."""

    version: int
    state: object | None


EMPTY: Final = Stream(0, None)


class StreamCache:
    """Serve streams under the head's lock; another writer's records drop what they touched."""

    def __init__(self, mapper: FactMapper) -> None:
        self._mapper = mapper
        self._streams: dict[UUID, Stream] = {}
        self._position = 0
        self._erasures = ErasureWatch(mapper.vault)
        self._erased_here = True  # whether erasures may stand that this cache has not heard of

    def catch_up(self, cursor: psycopg.Cursor, head: Head) -> None:
        """Forget the streams that others wrote to since the last batch, and those of the erased."""
        if head.position > self._position or self._erased_here:
            self._forget_erased(cursor)
        if head.position > self._position and self._streams:
            rows = cursor.execute(
                "SELECT DISTINCT stream_id FROM records WHERE log = %s AND position > %s",
                (head.log, self._position),
            )
            for (stream_id,) in rows:
                self._streams.pop(stream_id, None)
        self._position = head.position

    def load(self, cursor: psycopg.Cursor, wanted: Iterable[UUID]) -> dict[UUID, Stream]:
        """Return the wanted streams, reading those not in memory by one query."""
        found: dict[UUID, Stream] = {}
        missing: list[UUID] = []
        for stream_id in wanted:
            stream = self._streams.get(stream_id)
            if stream is None:
                missing.append(stream_id)
                found[stream_id] = EMPTY
            else:
                found[stream_id] = stream
        if missing:
            rows = cursor.execute(
                "SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, "
                "r.topic, r.key_id, b.blob "
                "FROM records r LEFT JOIN bodies b ON b.log = r.log AND b.position = r.position "
                "WHERE r.stream_id = ANY(%s) ORDER BY r.stream_id, r.stream_version",
                (missing,),
                prepare=True,
                binary=True,
            ).fetchall()
            for recorded in self._mapper.open_facts([StoredFact(*row) for row in rows]):
                before = found[recorded.originator_id]
                state = ERASED if recorded.fact is None else evolve(before.state, recorded.fact)
                found[recorded.originator_id] = Stream(recorded.originator_version, state)
        return found

    def look_again(self) -> None:
        """Hear of the erasures that this process itself has just recorded, at the next batch."""
        self._erased_here = True

    def _forget_erased(self, cursor: psycopg.Cursor) -> None:
        erased = self._erasures.look(cursor)
        self._erased_here = False
        if erased and self._streams:
            rows = cursor.execute(
                "SELECT DISTINCT stream_id FROM records WHERE key_id = ANY(%s)", (erased,)
            )
            for (stream_id,) in rows:
                self._streams.pop(stream_id, None)

    def keep(self, head: Head, streams: Mapping[UUID, Stream]) -> None:
        """Remember the streams as a batch that ends at `head` leaves them."""
        self._position = head.position
        for stream_id, stream in streams.items():
            if stream.version:
                self._streams[stream_id] = stream
        while len(self._streams) > CACHED_STREAMS_MAX:  # the oldest go first
            del self._streams[next(iter(self._streams))]


def advance(stream: Stream, fact: Fact) -> Stream:
    """Take one more fact into a stream."""
    return Stream(stream.version + 1, evolve(stream.state, fact))
