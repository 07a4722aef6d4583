"""Open the one door to the read side.

Records come in order, checked, with their facts and signed content.

Whoever reads here needs no other module of the write side. Each page is checked as it is read:
positions without a gap, every record hashed again and linked to the one before, every blob against
its digest. Of an erased patient there are no blobs, and whoever reads here forgets the key.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from ehealth_ledger.chain.record import genesis_value
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.erasure import PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.batch import NOTIFY_CHANNEL, Head, read_head
from ehealth_ledger.store.blobs import SubjectKey, packed_about, packed_place
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.erasures import ErasureWatch
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.page import (
    EVERYTHING,
    Checker,
    PageRow,
    Place,
    Share,
    Wanted,
    fetch,
    fetch_selected,
    lacking,
    streams_of,
)
from ehealth_ledger.store.positions import position_before
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.json import Json, resolve

__all__ = ["Listener", "Notification", "Notifications", "Place", "Share", "Stretch", "Wanted"]

READING_CONNECTIONS_MAX: Final = 4
SELECTED_AT_ONCE: Final = 2_000
SCANNED_AT_ONCE: Final = 2_000  # what of a stretch lies in a core's cache is read again at once

_ERASED_COMMANDS: Final = """
    SELECT DISTINCT r.position - r.fact_index FROM records r JOIN erasures e ON e.patient = r.key_id
    WHERE r.log = %s AND r.command_id = ANY(%s) AND r.position BETWEEN %s AND %s
"""
_NO_STREAM: Final[frozenset[UUID]] = frozenset()
_LATER: Final = """
    SELECT min(position) FROM records WHERE log = %s AND position > %s
        AND (%s::bigint IS NULL OR position <= %s)
"""


class _Reading:
    """Hold the signed content that was read last: most pointers into it are of one command."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: tuple[UUID, Json] | None = None

    def of(self, notification: Notification) -> Json:
        """Return what a record's command signed; nobody may alter it."""
        held = self._held
        if held is None or held[0] != notification.command_id:
            held = self._held = notification.command_id, notification.content()
        return held[1]


@dataclass(slots=True)
class Notification:
    """Hand over one record: where it stands, what happened, and what was signed.

    `fact` is None where the subject's key was destroyed; then `content` raises KeyError too. It is
    None also of an erasure that stands in another share of the log than the one that is read.
    `recorded_at` is microseconds UTC. Where a record erases a patient, `erased_streams` names every
    stream of the share read that was the patient's.
    """

    log: str
    position: int
    recorded_at: int
    chain_value: bytes
    command_id: UUID
    stream_id: UUID
    stream_version: int
    topic: str
    fact: Fact | None
    _envelope: bytes | None = field(repr=False)
    _envelope_key: SubjectKey | None = field(repr=False)
    _mapper: FactMapper = field(repr=False)
    key_id: UUID | None = None
    erased_streams: frozenset[UUID] = _NO_STREAM
    _reading: _Reading = field(default_factory=_Reading, repr=False, compare=False)

    def content(self) -> Json:
        """Read the signed content strictly, decimals exact."""
        if self._envelope_key is None or self._envelope is None:
            raise KeyError(self.command_id)
        plaintext = self._mapper.open_envelope(
            self._envelope_key, self.command_id, self._envelope, self.position
        )
        return read_object(Envelope.from_bytes(plaintext).content)

    @property
    def is_sealed_together(self) -> bool:
        """Tell whether fact and signed content are under one key, so that both go or neither."""
        return self._envelope_key is not None and self._envelope_key.key_id == self.key_id

    def said(self, pointer: str) -> Json:
        """Return the part of the signed content that a fact's pointer leads to."""
        part: Json = deepcopy(resolve(self._reading.of(self), pointer))
        return part


class Stretch(NamedTuple):
    """Hold what was wanted of the records up to a place."""

    notifications: list[Notification]
    place: Place


class Notifications:
    """Read one log from any place on."""

    def __init__(self, url: str, mapper: FactMapper, vault: Vault) -> None:
        self._url = url
        self._mapper = mapper
        self._vault = vault
        self._watch = ErasureWatch(vault)
        self._checker = Checker(mapper.ledger, mapper.log)
        self.ledger = mapper.ledger
        self.log = mapper.log
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=READING_CONNECTIONS_MAX,
            kwargs={
                "autocommit": True,
                "options": f"-c search_path={LEDGER_SCHEMA} -c role=ledger_reader -c timezone=UTC",
            },
            name="notifications",
            check=ConnectionPool.check_connection,  # a restarted server costs a look, not an answer
            open=True,
        )

    def close(self) -> None:
        """Give back the connections."""
        self._pool.close()

    def beginning(self) -> Place:
        """Return the place before the first record."""
        return Place(0, genesis_value(self.ledger, self.log))

    def head(self) -> Head:
        """Return where the log ends now."""
        with self._pool.connection() as connection, connection.cursor() as cursor:
            return read_head(cursor, self.log)

    def place_at(self, position: int) -> Place:
        """Return the place after a position; raise LookupError where the log does not reach it."""
        if position == 0:
            return self.beginning()
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT chain_value FROM records WHERE log = %s AND position = %s",
                (self.log, position),
            ).fetchone()
        if row is None:
            raise LookupError(f"{self.log} has no position {position}")
        return Place(position, row[0])

    def position_at(self, moment_us: int) -> int:
        """Return the last position recorded at or before a moment; 0 before the first.

        The moment is in microseconds UTC.
        """
        head = self.head().position
        with self._pool.connection() as connection:
            return position_before(connection, self.log, head, moment_us + 1)

    def standing_at(self, position: int) -> tuple[bytes, int]:
        """Return a record's chain value and time; raise LookupError where there is no such record.

        The time is in microseconds UTC.
        """
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT chain_value, recorded_at FROM records WHERE log = %s AND position = %s",
                (self.log, position),
            ).fetchone()
        if row is None:
            raise LookupError(f"{self.log} has no position {position}")
        return row[0], row[1]

    def chain_values(self, positions: Sequence[int]) -> dict[int, bytes]:
        """Return the chain values of records, by position; of one that is not there, nothing."""
        with self._pool.connection() as connection:
            found = connection.execute(
                "SELECT position, chain_value FROM records WHERE log = %s AND position = ANY(%s)",
                (self.log, list(positions)),
            )
            return dict(found.fetchall())

    def select(
        self, topics: Sequence[str], *, upto: int, subject: UUID | None
    ) -> Iterator[Notification]:
        """Read the records of some topics up to a position in order; of one subject where named.

        Each record is checked by itself: its hash, and its blobs against their digests. Whether
        one is missing in between is `verify`'s to find. Raise LedgerCorrupt at the first altered
        one.
        """
        after = 0
        while True:
            with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
                asked = (self.log, after, upto, topics, subject, SELECTED_AT_ONCE)
                rows = fetch_selected(cursor, *asked)
                gone = self._gone(cursor, rows, EVERYTHING)
                streams = self._streams_of_erased(cursor, rows)
            for row in rows:
                self._checker.check(row, EVERYTHING, gone)
            yield from self._notifications(rows, streams)
            if len(rows) < SELECTED_AT_ONCE:
                return
            after = rows[-1].position

    def read(self, after: Place, limit: int, *, upto: int | None = None) -> list[Notification]:
        """Read at most `limit` records after a place.

        Raise LedgerCorrupt at the first one that is not whole.
        """
        last = after.position + limit if upto is None else min(upto, after.position + limit)
        found = self._read(after, last, EVERYTHING)
        if not found:
            self._check_end(after, upto)
        return found

    def scan(self, after: Place, last: int, wanted: Wanted) -> Iterator[Stretch]:
        """Read what is wanted from a place to a position, which the log must have, in stretches.

        Every record of the share is checked, those of no wanted topic too: whoever reads all the
        shares has checked the whole chain. Raise LedgerCorrupt at the first one that is not whole.
        """
        while after.position < last:
            end = min(after.position + SCANNED_AT_ONCE, last)
            found = self._read(after, end, wanted)
            try:
                after = self.place_at(end)
            except LookupError as fault:
                raise LedgerCorrupt("position.missing", self.log, end) from fault
            yield Stretch(found, after)

    def _read(self, after: Place, last: int, wanted: Wanted) -> list[Notification]:
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            rows = fetch(cursor, self.log, after, last, wanted)
            gone = self._gone(cursor, rows, wanted)
            streams = self._streams_of_erased(cursor, rows, wanted.share)
        for row in rows:
            self._checker.check(row, wanted, gone)
        return self._notifications([row for row in rows if wanted.has(row.topic)], streams)

    def _check_end(self, after: Place, upto: int | None) -> None:
        """Check that nothing is missing after a place where nothing was read; raise LedgerCorrupt.

        A record right after it was appended since.
        """
        with self._pool.connection() as connection:
            (later,) = (
                connection.execute(_LATER, (self.log, after.position, upto, upto)).fetchone() or ()
            )
        expected = after.position + 1
        if later is not None and later != expected:
            raise LedgerCorrupt("position.missing", self.log, expected, f"found {later}")

    def _gone(
        self, cursor: psycopg.Cursor, rows: Sequence[PageRow], wanted: Wanted
    ) -> Container[int]:
        """Return the first positions of commands that an erasure took something of.

        Asked after the page was read: an erasure is recorded before any of its blobs leaves.
        """
        self._watch.look(cursor)
        incomplete = [UUID(bytes=each) for each in lacking(rows, wanted)]
        if not incomplete:
            return ()
        span = (min(row.first_position for row in rows), _last_position(rows))
        asked = (self.log, incomplete, *span)
        return {row[0] for row in cursor.execute(_ERASED_COMMANDS, asked)}

    def _streams_of_erased(
        self, cursor: psycopg.Cursor, rows: Sequence[PageRow], share: Share | None = None
    ) -> Mapping[UUID, frozenset[UUID]]:
        """Name the streams, in this share, of each patient whom a record of this page erases."""
        found: dict[UUID, frozenset[UUID]] = {}
        for row in rows:
            if row.topic == PatientErased.TOPIC:
                patient = UUID(bytes=row.stream_id)
                found[patient] = streams_of(cursor, self.log, patient, share)
        return found

    def _notifications(
        self, rows: Sequence[PageRow], streams: Mapping[UUID, frozenset[UUID]]
    ) -> list[Notification]:
        ids = {row.key_id for row in rows}
        ids |= {row.envelope_key_id for row in rows if row.envelope_key_id is not None}
        named = {each: UUID(bytes=each) for each in ids}
        keys = self._vault.keys(named.values())
        reading = _Reading()
        return [self._notification(row, named, keys, streams, reading) for row in rows]

    def _notification(
        self,
        row: PageRow,
        named: Mapping[bytes, UUID],
        keys: Mapping[UUID, SubjectKey],
        streams: Mapping[UUID, frozenset[UUID]],
        reading: _Reading,
    ) -> Notification:
        key_id = named[row.key_id]
        key = keys.get(key_id)
        stream_id = UUID(bytes=row.stream_id)
        envelope_id = row.envelope_key_id
        erases = row.topic == PatientErased.TOPIC
        return Notification(
            *(self.log, row.position, row.recorded_at, row.chain_value),
            *(UUID(bytes=row.command_id), stream_id, row.stream_version, row.topic),
            self._fact(key, row) if key is not None and row.is_mine else None,
            row.envelope,
            None if envelope_id is None else keys.get(named[envelope_id]),
            self._mapper,
            key_id,
            streams.get(stream_id, _NO_STREAM) if erases else _NO_STREAM,
            reading,
        )

    def _fact(self, key: SubjectKey, row: PageRow) -> Fact:
        place = packed_place(row.command_id, row.fact_index)
        about = packed_about(row.stream_id, row.stream_version, row.topic)
        body = self._mapper.open_body_at(key, row.position, place, about, row.body)
        return self._mapper.read_fact(row.topic, body, row.position)


def _last_position(rows: Sequence[PageRow]) -> int:
    """Return where the last command of a page ends, though the page may be cut before."""
    last = rows[-1]
    return last.first_position + last.fact_count - 1


class Listener:
    """Wake up when a batch was committed; a poll interval bounds the wait whatever is missed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = self._listening()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the next commit, at most `timeout_s`; tell whether one was announced.

        Raise psycopg.OperationalError where the connection is lost; the next call opens another.
        """
        if self._connection.closed:
            self._connection = self._listening()
        return any(True for _ in self._connection.notifies(timeout=timeout_s, stop_after=1))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _listening(self) -> psycopg.Connection:
        connection = connect(self._url, schema=LEDGER_SCHEMA, name="listener")
        connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
        return connection
