"""Write commands to the log in one transaction: lock the head, place, hash, COPY, move the head.

This is the only code that appends. The committer calls it for many commands at once; the recorder's
`insert_events` for one. What arrives here is sealed already; only placing, hashing and writing are
left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.fields import encode
from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.chain.record import LEAF_PREFIX, Record, record_start
from ehealth_ledger.store.binary_copy import BinaryCopy, copy_statement, sized
from ehealth_ledger.store.conveyor import Conveyor

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
    """Say where a log ends; position 0 before the first record.

    `recorded_at` is microseconds UTC.
    """

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
    """Place the commands after the locked head and write them.

    Return the new head and where each command stands.

    The database re-hashes every record (trigger `verified`) before the head moves. The caller
    commits.
    """
    placed = place(head, commands, recorded_at)
    write(cursor, placed)
    return placed.head, placed.placements


class Placed(NamedTuple):
    """Hold a batch whose every byte is decided.

    These are the head it follows, the head it makes, and its rows.
    """

    base: Head
    head: Head
    placements: list[Placement]
    bodies: BinaryCopy
    envelopes: BinaryCopy
    records: BinaryCopy


def place(head: Head, commands: Iterable[SealedCommand], recorded_at: int) -> Placed:
    """Give the commands the positions after a head, hash and chain them; nothing is written yet.

    A field of a record and a field of a COPY row have the same form, so a record is encoded once:
    those bytes are hashed, and those bytes are sent.
    """
    ledger, log = head.ledger, head.log
    position, chain_value = head.position, head.chain_value
    bodies, envelopes, records = BinaryCopy(3), BinaryCopy(5), BinaryCopy(15)
    start = record_start(ledger, log)
    row_start = encode(ledger, log)
    log_field = sized(log.encode())
    placements: list[Placement] = []
    for command_id, key_id, envelope, facts in commands:
        first = position + 1
        count = len(facts)
        envelope_digest = sha256(envelope).digest()
        envelopes.add(
            log_field,
            _ENVELOPE.pack(8, first, 16, command_id.bytes, 16, key_id.bytes, len(envelope)),
            envelope,
        )
        for index, fact in enumerate(facts):
            position += 1
            body = fact.body
            record = Record(
                *(ledger, log, position, command_id, index, count, fact.stream_id),
                *(fact.stream_version, fact.topic, recorded_at, fact.key_id),
                *(sha256(body).digest(), envelope_digest, chain_value),
            ).encode_after_log()
            chain_value = sha256(b"".join((LEAF_PREFIX, start, record))).digest()
            bodies.add(log_field, _BODY.pack(8, position, len(body)), body)
            records.add(row_start, record, _DIGEST_LENGTH, chain_value)
        placements.append(
            Placement(ledger, log, command_id, first, position, chain_value, recorded_at)
        )
    after = Head(ledger, log, position, chain_value, recorded_at) if placements else head
    return Placed(head, after, placements, bodies, envelopes, records)


def write(cursor: psycopg.Cursor, placed: Placed) -> None:
    """Write a placed batch under the lock of the head it follows, and move the head.

    Wait for each step.
    """
    if not placed.placements:
        return
    placed.bodies.write(cursor, *_BODIES)
    placed.envelopes.write(cursor, *_ENVELOPES)
    placed.records.write(cursor, *_RECORDS)
    head = placed.head
    cursor.execute(
        _MOVE_HEAD.format("%s", "%s", "%s", "%s"),
        (head.position, head.chain_value, head.recorded_at, head.log),
    )
    cursor.execute(NOTIFY)


def send(conveyor: Conveyor, placed: Placed) -> None:
    """Do what `write` does, without waiting.

    Whoever drains the conveyor learns whether it went well.
    """
    if not placed.placements:
        return
    conveyor.copy(copy_statement(*_BODIES), placed.bodies.rows())
    conveyor.copy(copy_statement(*_ENVELOPES), placed.envelopes.rows())
    conveyor.copy(copy_statement(*_RECORDS), placed.records.rows())
    conveyor.execute(_MOVE_HEAD.format("$1", "$2", "$3", "$4"), *_head_row(placed.head))


def receipt_rows(receipts: Sequence[Receipt]) -> BinaryCopy:
    """Pack what every caller is promised; the command id is unique for ever."""
    rows = BinaryCopy(10)
    for receipt in receipts:
        placed = receipt.placement
        rows.add(
            sized(placed.command_id.bytes),
            sized(placed.log.encode()),
            _RECEIPT.pack(
                *(8, placed.first_position, 8, placed.last_position),
                *(32, placed.chain_value, 8, placed.recorded_at),
                *(8, receipt.index, 8, receipt.size),
            ),
            sized(b"".join(receipt.path)),
            sized(receipt.signature),
        )
    return rows


def _head_row(head: Head) -> tuple[bytes, bytes, bytes, bytes]:
    return (
        str(head.position).encode(),
        b"\\x" + head.chain_value.hex().encode(),
        str(head.recorded_at).encode(),
        head.log.encode(),
    )


NOTIFY: Final = f"NOTIFY {NOTIFY_CHANNEL}"
_BODIES: Final = ("bodies", "log, position, blob")
_ENVELOPES: Final = ("envelopes", "log, position, command_id, key_id, blob")
_RECORDS: Final = (
    "records",  # in the order of the record's fields, the chain value last
    (
        "ledger, log, position, command_id, fact_index, fact_count, stream_id, stream_version, "
        "topic, recorded_at, key_id, body_digest, envelope_digest, previous, chain_value"
    ),
)
RECEIPTS: Final = (
    "receipts",
    (
        "command_id, log, first_position, last_position, chain_value, recorded_at, batch_index, "
        "batch_size, path, signature"
    ),
)
_MOVE_HEAD: Final = (
    "UPDATE heads SET position = {}, chain_value = {}, recorded_at = {} WHERE log = {}"
)
_BODY: Final = Struct(">iq i")
_ENVELOPE: Final = Struct(">iq i16s i16s i")
_DIGEST_LENGTH: Final = Struct(">i").pack(32)
_RECEIPT: Final = Struct(">iq iq i32s iq iq iq")
