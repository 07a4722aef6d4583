"""Write commands to the log in one transaction: lock the head, place, hash, COPY, move the head.

This is the only code that appends. The committer calls it for many commands at once; the recorder's `insert_events`
for one. Sealing happens before, so what is done under the head's lock is placing, hashing and writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.chain.record import LEAF_PREFIX, Record

NOTIFY_CHANNEL: Final = "ehealth_records"


class SealedFact(NamedTuple):
    """Hold one fact ready to be placed: its stream, its topic, the key and the sealed body."""

    stream_id: UUID
    stream_version: int
    topic: str
    key_id: UUID
    body: bytes


class SealedCommand(NamedTuple):
    """Hold one command ready to be placed: its facts and its sealed envelope."""

    command_id: UUID
    key_id: UUID
    envelope: bytes
    facts: Sequence[SealedFact]


@dataclass(frozen=True, slots=True)
class Head:
    """Say where a log ends; position 0 before the first record. `recorded_at` is microseconds UTC."""

    ledger: UUID
    log: str
    position: int
    chain_value: bytes
    recorded_at: int


class LogMissing(Exception):  # noqa: N818 - the name is the finding
    """Report a log that `db init` has not begun."""


def lock_head(cursor: psycopg.Cursor, log: str) -> Head:
    """Lock the log's head row for this transaction: it orders every writer."""
    row = cursor.execute(
        "SELECT ledger, position, chain_value, recorded_at FROM heads WHERE log = %s FOR UPDATE",
        (log,),
        prepare=True,
    ).fetchone()
    return _head(log, row)


def read_head(cursor: psycopg.Cursor, log: str) -> Head:
    """Read where the log ends, without waiting for a writer."""
    row = cursor.execute(
        "SELECT ledger, position, chain_value, recorded_at FROM heads WHERE log = %s", (log,)
    ).fetchone()
    return _head(log, row)


def _head(log: str, row: tuple[UUID, int, bytes, int] | None) -> Head:
    if row is None:
        raise LogMissing(f"log {log!r} has no head; run `ehealth-ledger db init`")
    return Head(row[0], log, row[1], row[2], row[3])


def begin_log(cursor: psycopg.Cursor, ledger: UUID, log: str) -> None:
    """Put the head of an empty log in place; an existing one stays as it is."""
    cursor.execute(
        "INSERT INTO heads (log, ledger, position, chain_value, recorded_at) "
        "VALUES (%s, %s, 0, genesis_value(%s, %s), 0) ON CONFLICT (log) DO NOTHING",
        (log, ledger, ledger, log),
    )
    cursor.execute("SELECT provide_partitions(%s, 0)", (log,))


def append(
    cursor: psycopg.Cursor, head: Head, commands: Iterable[SealedCommand], recorded_at: int
) -> tuple[Head, list[Placement]]:
    """Place the commands after the locked head and write them; return the new head and where each stands.

    The database re-hashes every record (trigger `verified`) before the head moves. The caller commits.
    """
    ledger, log = head.ledger, head.log
    position, chain_value = head.position, head.chain_value
    bodies, envelopes, records = _Copy(3), _Copy(5), _Copy(15)
    log_field = _sized(log.encode())
    placements: list[Placement] = []
    for command in commands:
        first = position + 1
        count = len(command.facts)
        envelope_digest = sha256(command.envelope).digest()
        envelopes.add(
            log_field,
            _ENVELOPE.pack(8, first, 16, command.command_id.bytes, 16, command.key_id.bytes),
            _sized(command.envelope),
        )
        for index, fact in enumerate(command.facts):
            position += 1
            record = Record(
                ledger,
                log,
                position,
                command.command_id,
                index,
                count,
                fact.stream_id,
                fact.stream_version,
                fact.topic,
                recorded_at,
                fact.key_id,
                sha256(fact.body).digest(),
                envelope_digest,
                chain_value,
            )
            chain_value = sha256(LEAF_PREFIX + record.encode()).digest()
            bodies.add(log_field, _BODY.pack(8, position), _sized(fact.body))
            records.add(log_field, *_record_fields(record, chain_value))
        placements.append(
            Placement(ledger, log, command.command_id, first, position, chain_value, recorded_at)
        )
    if position == head.position:
        return head, placements
    _copy(cursor, "COPY bodies (log, position, blob) FROM STDIN (FORMAT BINARY)", bodies)
    _copy(
        cursor,
        "COPY envelopes (log, position, command_id, key_id, blob) FROM STDIN (FORMAT BINARY)",
        envelopes,
    )
    _copy(
        cursor,
        "COPY records (log, position, ledger, command_id, fact_index, fact_count, stream_id, stream_version, topic, "
        "recorded_at, key_id, body_digest, envelope_digest, previous, chain_value) FROM STDIN (FORMAT BINARY)",
        records,
    )
    cursor.execute(
        "UPDATE heads SET position = %s, chain_value = %s, recorded_at = %s WHERE log = %s",
        (position, chain_value, recorded_at, log),
        prepare=True,
    )
    cursor.execute(f"NOTIFY {NOTIFY_CHANNEL}")
    return Head(ledger, log, position, chain_value, recorded_at), placements


def write_receipts(cursor: psycopg.Cursor, receipts: Sequence[Receipt]) -> None:
    """Store what every caller is promised; the command id is unique for ever."""
    rows = _Copy(10)
    for receipt in receipts:
        placed = receipt.placement
        rows.add(
            _sized(placed.command_id.bytes),
            _sized(placed.log.encode()),
            _RECEIPT.pack(
                *(8, placed.first_position, 8, placed.last_position),
                *(32, placed.chain_value, 8, placed.recorded_at),
                *(8, receipt.index, 8, receipt.size),
            ),
            _sized(b"".join(receipt.path)),
            _sized(receipt.signature),
        )
    _copy(
        cursor,
        "COPY receipts (command_id, log, first_position, last_position, chain_value, recorded_at, batch_index, "
        "batch_size, path, signature) FROM STDIN (FORMAT BINARY)",
        rows,
    )


# Rows of binary COPY packed by hand: a 2-byte field count, then each field as length and bytes. Measured about 25 %
# faster than the driver's write_row at hundreds of rows; the append path is the one place where that matters.
_BODY: Final = Struct(">iq")
_ENVELOPE: Final = Struct(">iq i16s i16s")
_RECEIPT: Final = Struct(">iq iq i32s iq iq iq")
_RECORD_START: Final = Struct(">iq i16s i16s iq iq i16s iq")
_RECORD_END: Final = Struct(">iq i16s i32s i32s i32s i32s")
_INT32: Final = Struct(">i")
_INT16: Final = Struct(">h")
_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER: Final = b"\xff\xff"


def _sized(field: bytes) -> bytes:
    return _INT32.pack(len(field)) + field


def _record_fields(record: Record, chain_value: bytes) -> tuple[bytes, bytes, bytes]:
    return (
        _RECORD_START.pack(
            *(8, record.position, 16, record.ledger.bytes, 16, record.command_id.bytes),
            *(8, record.fact_index, 8, record.fact_count),
            *(16, record.stream_id.bytes, 8, record.stream_version),
        ),
        _sized(record.topic.encode()),
        _RECORD_END.pack(
            *(8, record.recorded_at, 16, record.key_id.bytes, 32, record.body_digest),
            *(32, record.envelope_digest, 32, record.previous, 32, chain_value),
        ),
    )


class _Copy:
    """Collect rows of one COPY."""

    def __init__(self, fields: int) -> None:
        self._start = _INT16.pack(fields)
        self.pieces: list[bytes] = [_COPY_HEADER]

    def add(self, *fields: bytes) -> None:
        self.pieces.append(self._start)
        self.pieces.extend(fields)


def _copy(cursor: psycopg.Cursor, statement: str, rows: _Copy) -> None:
    rows.pieces.append(_COPY_TRAILER)
    with cursor.copy(statement.encode()) as copy:
        copy.write(b"".join(rows.pieces))
