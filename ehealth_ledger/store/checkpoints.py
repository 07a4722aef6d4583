"""Keep the signed checkpoints of a log, and the lines with which witnesses cosigned them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note, NoteInvalid, SignatureLine, read_line
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.errors import LedgerCorrupt

SIZES_TRIED_MAX: Final = 100

_NOTE: Final = """
    SELECT c.size, c.note,
        ARRAY(SELECT s.line FROM cosignatures s WHERE s.log = c.log AND s.size = c.size
              ORDER BY s.witness)
    FROM checkpoints c
    WHERE c.log = %s AND c.size >= %s ORDER BY c.size {direction} LIMIT 1
"""
_NEWEST: Final = _NOTE.format(direction="DESC")
_FIRST: Final = _NOTE.format(direction="ASC")
_COSIGNED: Final = """
    SELECT size FROM cosignatures WHERE log = %s AND size >= %s
    GROUP BY size HAVING count(*) >= %s ORDER BY size {direction} LIMIT %s
"""
_NEWEST_COSIGNED: Final = _COSIGNED.format(direction="DESC")
_FIRST_COSIGNED: Final = _COSIGNED.format(direction="ASC")
_KEEP: Final = (
    "INSERT INTO checkpoints (log, size, note) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)
_COSIGN: Final = """
    INSERT INTO cosignatures (log, size, witness, line) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""


def keep_checkpoint(connection: psycopg.Connection, log: str, note: Note) -> None:
    """Publish a signed checkpoint; one that stands already stays as it is."""
    size = Checkpoint.parse(note.text).size
    connection.execute(_KEEP, (log, size, note.to_bytes()))


def keep_cosignatures(
    connection: psycopg.Connection, log: str, size: int, lines: Iterable[SignatureLine]
) -> None:
    """Keep what witnesses added to a checkpoint, a line each."""
    for line in lines:
        connection.execute(_COSIGN, (log, size, line.name, str(line)))


def newest_checkpoint(
    connection: psycopg.Connection, log: str, *, covering: int = 0
) -> Note | None:
    """Return the newest checkpoint, with the cosignatures that came in.

    None where none is of `covering` records or more. Raise LedgerCorrupt where it is no note.
    """
    return _ask(connection, _NEWEST, log, covering)


def newest_believed(connection: psycopg.Connection, log: str, policy: Policy) -> Note | None:
    """Return the newest checkpoint that a policy believes; None before the first one."""
    if not policy.cosignatures_min():
        return newest_checkpoint(connection, log)
    return _believed(connection, _NEWEST_COSIGNED, log, 0, policy)


def first_checkpoint(
    connection: psycopg.Connection, log: str, size: int, policy: Policy | None = None
) -> Note | None:
    """Return the first checkpoint of so many records or more that the policy, if any, believes."""
    if policy is None or not policy.cosignatures_min():
        return _ask(connection, _FIRST, log, size)
    return _believed(connection, _FIRST_COSIGNED, log, size, policy)


def _believed(
    connection: psycopg.Connection, statement: str, log: str, least_size: int, policy: Policy
) -> Note | None:
    asked = (log, least_size, policy.cosignatures_min(), SIZES_TRIED_MAX)
    for (size,) in connection.execute(statement.encode(), asked).fetchall():
        note = _ask(connection, _FIRST, log, size)
        if note is not None and _is_believed(note, policy):
            return note
    return None


def _is_believed(note: Note, policy: Policy) -> bool:
    try:
        policy.believe(note)
    except NoteInvalid:
        return False  # not cosigned by so many, or not by these
    return True


def _ask(connection: psycopg.Connection, statement: str, log: str, size: int) -> Note | None:
    row = connection.execute(statement.encode(), (log, size)).fetchone()
    if row is None:
        return None
    found, encoded, lines = row
    try:
        return Note.parse(encoded).and_signed(map(read_line, lines))
    except NoteInvalid as fault:
        raise LedgerCorrupt("checkpoint.altered", log, found, str(fault)) from fault
