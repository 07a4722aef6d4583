"""Read a log in large pages: the records, and what lies at their positions beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from ehealth_ledger.chain.record import DIGEST_BYTES, LEAF_PREFIX, encode_after_log, record_start
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.stored_fact import StoredFact

if TYPE_CHECKING:
    import psycopg

PAGE_RECORDS: Final = 2_000
POSITION_MIN: Final = -(2**63)
POSITION_MAX: Final = 2**63 - 1


class RecordRow(NamedTuple):
    """Hold a record's columns as stored."""

    position: int
    ledger: UUID
    command_id: UUID
    fact_index: int
    fact_count: int
    stream_id: UUID
    stream_version: int
    topic: str
    recorded_at: int
    key_id: UUID
    body_digest: bytes
    envelope_digest: bytes
    previous: bytes
    chain_value: bytes

    def is_intact(self, log: str) -> bool:
        """Tell whether the columns hash to the chain value beside them."""
        # The record's format fixes the width of digests; packing would cut a longer one short.
        if not (
            len(self.body_digest) == DIGEST_BYTES
            and len(self.envelope_digest) == DIGEST_BYTES
            and len(self.previous) == DIGEST_BYTES
        ):
            return False
        return self.computed(log) == self.chain_value

    def computed(self, log: str) -> bytes:
        """Hash the columns."""
        return sha256(LEAF_PREFIX + self.encoded(log)).digest()

    def encoded(self, log: str) -> bytes:
        """Write the bytes of the record that the columns say."""
        return record_start(self.ledger, log) + encode_after_log(
            self.position,
            self.command_id.bytes,
            self.fact_index,
            self.fact_count,
            self.stream_id.bytes,
            self.stream_version,
            self.topic,
            self.recorded_at,
            self.key_id.bytes,
            self.body_digest,
            self.envelope_digest,
            self.previous,
        )

    def stored_fact(self, body: bytes) -> StoredFact:
        """Return what opening the body needs."""
        return StoredFact(
            *(self.position, self.command_id, self.fact_index, self.stream_id),
            *(self.stream_version, self.topic, self.key_id, body),
        )


class EnvelopeRow(NamedTuple):
    """Hold an envelope's row."""

    position: int
    command_id: UUID
    key_id: UUID
    blob: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a stretch of the log; the blobs are all those between its first and last position."""

    records: list[RecordRow]
    bodies: dict[int, bytes]
    envelopes: dict[int, EnvelopeRow]


_RECORDS: Final = """
    SELECT position, ledger, command_id, fact_index, fact_count, stream_id, stream_version, topic,
           recorded_at, key_id, body_digest, envelope_digest, previous, chain_value
    FROM records WHERE log = %s AND position >= %s::bigint ORDER BY position LIMIT %s
"""
_RECORDS_AT: Final = """
    SELECT r.position, r.ledger, r.command_id, r.fact_index, r.fact_count, r.stream_id,
           r.stream_version, r.topic, r.recorded_at, r.key_id, r.body_digest, r.envelope_digest,
           r.previous, r.chain_value, b.blob
    FROM records r LEFT JOIN bodies b USING (log, position)
    WHERE r.log = %s AND r.position = ANY(%s::bigint[]) ORDER BY r.position
"""
_BODIES: Final = """
    SELECT position, blob FROM bodies WHERE log = %s AND position BETWEEN %s::bigint AND %s::bigint
"""
_ENVELOPES: Final = """
    SELECT position, command_id, key_id, blob FROM envelopes
    WHERE log = %s AND position BETWEEN %s::bigint AND %s::bigint
"""


def first_record(connection: psycopg.Connection, log: str) -> RecordRow | None:
    """Read what stands at position 1 or, where it is missing, after it."""
    with connection.cursor(binary=True) as cursor:
        return next((RecordRow(*row) for row in _read(cursor, _RECORDS, log, 1, 1)), None)


def pages(connection: psycopg.Connection, log: str) -> Iterator[Page]:
    """Read the whole log in order, with what lies before its first record and after its last."""
    start = POSITION_MIN
    with connection.cursor(binary=True) as cursor:
        while True:
            records = [RecordRow(*row) for row in _read(cursor, _RECORDS, log, start, PAGE_RECORDS)]
            is_last = len(records) < PAGE_RECORDS
            end = POSITION_MAX if is_last else records[-1].position
            yield _page(cursor, log, records, start, end)
            if is_last:
                return
            start = end + 1


def stretch(connection: psycopg.Connection, log: str, first: int, last: int) -> Iterator[Page]:
    """Read the positions from `first` to `last`, and what lies beside them."""
    with connection.cursor(binary=True) as cursor:
        while first <= last:
            count = min(PAGE_RECORDS, last - first + 1)
            end = first + count - 1
            rows = (RecordRow(*row) for row in _read(cursor, _RECORDS, log, first, count))
            yield _page(cursor, log, [row for row in rows if row.position <= end], first, end)
            first = end + 1


def scattered(
    connection: psycopg.Connection, log: str, positions: Sequence[int]
) -> Iterator[tuple[RecordRow, bytes | None]]:
    """Read records from any places, with their bodies where they are; one query a page.

    The positions are in order. Raise LedgerCorrupt at the first that has no record.
    """
    with connection.cursor(binary=True) as cursor:
        for at in range(0, len(positions), PAGE_RECORDS):
            asked = list(positions[at : at + PAGE_RECORDS])
            found = [
                (RecordRow(*row), body) for *row, body in _read(cursor, _RECORDS_AT, log, asked)
            ]
            if len(found) != len(asked):
                there = {row.position for row, _ in found}
                missing = next(each for each in asked if each not in there)
                raise LedgerCorrupt("position.missing", log, missing)
            yield from found


def _page(
    cursor: psycopg.Cursor, log: str, records: list[RecordRow], first: int, last: int
) -> Page:
    """Read what lies beside some records."""
    bodies = dict(_read(cursor, _BODIES, log, first, last))
    envelopes = {row[0]: EnvelopeRow(*row) for row in _read(cursor, _ENVELOPES, log, first, last)}
    return Page(records, bodies, envelopes)


def _read(cursor: psycopg.Cursor, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    return cursor.execute(statement.encode(), parameters, prepare=True).fetchall()
