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
from psycopg import pq

from ehealth_ledger.chain.fields import encode
from ehealth_ledger.chain.merkle_edge import Edge
from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.chain.record import LEAF_PREFIX, encode_after_log, record_start
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.binary_copy import BinaryCopy, copy_statement, sized
from ehealth_ledger.store.conveyor import Conveyor, failure

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

    `recorded_at` is microseconds UTC, `edge` the right edge of the tree of all records so far.
    """

    ledger: UUID
    log: str
    position: int
    chain_value: bytes
    recorded_at: int
    edge: Edge


class LogMissing(Exception):  # noqa: N818 - the name is the finding
    """Report a log that `db init` has not begun."""


def lock_head(cursor: psycopg.Cursor, log: str) -> Head:
    """Lock the log's head row for this transaction: it orders every writer."""
    row = cursor.execute(
        f"{_HEAD} WHERE log = %s FOR UPDATE".encode(),
        (log,),
        prepare=True,
    ).fetchone()
    return _head(log, row)


def begin_under_lock(connection: psycopg.Connection, log: str) -> Head:
    """Begin a transaction and lock the log's head row, by one message to the server."""
    result = connection.pgconn.exec_(f"BEGIN; {_HEAD} WHERE log = '{log}' FOR UPDATE".encode())
    if result.status != pq.ExecStatus.TUPLES_OK:
        raise failure(connection.pgconn, result)
    if not result.ntuples:
        return _head(log, None)
    ledger, position, value, at, edge = ((result.get_value(0, n) or b"").decode() for n in range(5))
    row = (UUID(ledger), int(position), _bytes(value), int(at), _bytes(edge))
    return _head(log, row)


def read_head(cursor: psycopg.Cursor, log: str) -> Head:
    """Read where the log ends, without waiting for a writer."""
    row = cursor.execute(f"{_HEAD} WHERE log = %s".encode(), (log,)).fetchone()
    return _head(log, row)


def _head(log: str, row: tuple[UUID, int, bytes, int, bytes] | None) -> Head:
    if row is None:
        raise LogMissing(f"log {log!r} has no head; run `ehealth-ledger db init`")
    ledger, position, chain_value, recorded_at, edge = row
    try:
        return Head(
            ledger, log, position, chain_value, recorded_at, Edge.from_bytes(position, edge)
        )
    except ValueError as fault:
        raise LedgerCorrupt("tree.altered", log, position, str(fault)) from fault


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


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
    started = sha256(
        LEAF_PREFIX + record_start(ledger, log)
    )  # what every record's hash begins with
    row_start = encode(ledger, log)
    log_field = sized(log.encode())
    placements: list[Placement] = []
    leaves: list[bytes] = []
    for command_id, key_id, envelope, facts in commands:
        first = position + 1
        id_bytes = command_id.bytes
        envelope_digest = sha256(envelope).digest()
        envelopes.add(
            log_field,
            _ENVELOPE.pack(8, first, 16, id_bytes, 16, key_id.bytes, len(envelope)),
            envelope,
        )
        for index, (stream_id, version, topic, fact_key_id, body) in enumerate(facts):
            position += 1
            record = encode_after_log(
                *(position, id_bytes, index, len(facts), stream_id.bytes, version, topic),
                *(recorded_at, fact_key_id.bytes, sha256(body).digest(), envelope_digest),
                chain_value,
            )
            leaf = started.copy()
            leaf.update(record)
            chain_value = leaf.digest()
            leaves.append(chain_value)
            bodies.add(log_field, _BODY.pack(8, position, len(body)), body)
            records.add(row_start, record, _DIGEST_LENGTH, chain_value)
        placements.append(
            Placement(ledger, log, command_id, first, position, chain_value, recorded_at)
        )
    if not placements:
        return Placed(head, head, placements, bodies, envelopes, records)
    edge, _ = head.edge.extend(leaves)  # the tiles that are full now, the database cuts
    after = Head(ledger, log, position, chain_value, recorded_at, edge)
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
    cursor.execute(_move_head(placed.head).encode())
    cursor.execute(NOTIFY)


def send(conveyor: Conveyor, placed: Placed, signature: bytes) -> None:
    """Do what `write` does, without waiting, and keep the signature that promises it.

    Whoever drains the conveyor learns whether it went well.
    """
    if not placed.placements:
        return
    conveyor.copy(copy_statement(*_BODIES), placed.bodies.rows())
    conveyor.copy(copy_statement(*_ENVELOPES), placed.envelopes.rows())
    conveyor.copy(copy_statement(*_RECORDS), placed.records.rows())
    conveyor.execute(
        _KEEP_SIGNATURE.format(
            log=placed.head.log,
            first=placed.placements[0].first_position,
            last=placed.head.position,
            size=len(placed.placements),
            signature=signature.hex(),
        )
    )
    conveyor.execute(_move_head(placed.head))


def _move_head(head: Head) -> str:
    """Write the values into the statement: numbers, hexadecimal and the log's name."""
    return _MOVE_HEAD.format(
        position=head.position,
        chain_value=head.chain_value.hex(),
        recorded_at=head.recorded_at,
        edge=head.edge.to_bytes().hex(),
        log=head.log,
    )


_HEAD: Final = "SELECT ledger, position, chain_value, recorded_at, edge FROM heads"
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
_MOVE_HEAD: Final = (
    "UPDATE heads SET position = {position}, chain_value = '\\x{chain_value}', "
    "recorded_at = {recorded_at}, edge = '\\x{edge}' WHERE log = '{log}'"
)
_KEEP_SIGNATURE: Final = (
    "INSERT INTO receipts (log, first_position, last_position, size, signature) "
    "VALUES ('{log}', {first}, {last}, {size}, '\\x{signature}')"
)
_BODY: Final = Struct(">iq i")
_ENVELOPE: Final = Struct(">iq i16s i16s i")
_DIGEST_LENGTH: Final = Struct(">i").pack(32)
