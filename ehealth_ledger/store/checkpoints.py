"""Keep the signed checkpoints of a log, and the lines with which witnesses cosigned them.

What stands there is believed for its signature alone. A row that is no checkpoint of its log and
size, or that no key of the log signed, is passed over by everybody here; `verify` names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note, NoteInvalid, SignatureLine, VerifierKey, read_line
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.super_log import SUPER, log_of

SIZES_TRIED_MAX: Final = 100
ROWS_AT_ONCE: Final = 20
SIZE_MAX: Final = 2**63 - 1

_ROWS: Final = """
    SELECT c.size, c.note,
        ARRAY(SELECT s.line FROM cosignatures s WHERE s.log = c.log AND s.size = c.size
              ORDER BY s.witness)
    FROM checkpoints c
    WHERE c.log = %s AND c.size > %s AND c.size <= %s ORDER BY c.size {direction} LIMIT %s
"""
_DOWN: Final = _ROWS.format(direction="DESC")
_UP: Final = _ROWS.format(direction="ASC")
_LENGTH: Final = """
    SELECT coalesce((SELECT position FROM heads WHERE log = %(log)s),
        (SELECT max(index) + 1 FROM super_log WHERE %(log)s = %(super)s), 0)
"""
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


class Row(NamedTuple):
    """Hold what stands among a log's checkpoints at a size, and beneath it; nothing is checked."""

    log: str
    size: int
    encoded: bytes
    lines: Sequence[str]

    def note(self, keys: Sequence[VerifierKey] = ()) -> Note | None:
        """Return the checkpoint with its cosignatures; None where it is none of this log and size.

        Where keys of the log are given, one of them must have signed it.
        """
        known = [each for each in keys if log_of(each.name) == self.log]
        try:
            note = Note.parse(self.encoded)
            said = Checkpoint.parse(note.text)
            signed = note.signed_by([each for each in known if each.name == said.origin])
        except NoteInvalid:
            return None
        if (log_of(said.origin), said.size) != (self.log, self.size) or (known and not signed):
            return None
        return note.and_signed(_readable(self.lines))


def keep_checkpoint(connection: psycopg.Connection, log: str, note: Note) -> bool:
    """Publish a signed checkpoint; one that stands already stays as it is.

    Tell whether this one stands now: another may have taken its place.
    """
    connection.execute(_KEEP, (log, Checkpoint.parse(note.text).size, note.to_bytes()))
    return is_kept(connection, log, note)


def is_kept(connection: psycopg.Connection, log: str, note: Note) -> bool:
    """Tell whether this checkpoint stands at its size, and not another."""
    size = Checkpoint.parse(note.text).size
    kept = [each.note() for each in rows_between(connection, log, size - 1, size)]
    return any(each is not None and each.text == note.text for each in kept)


def keep_cosignatures(
    connection: psycopg.Connection, log: str, size: int, lines: Iterable[SignatureLine]
) -> None:
    """Keep what witnesses added to a checkpoint, a line each."""
    for line in lines:
        connection.execute(_COSIGN, (log, size, line.name, str(line)))


def rows_between(
    connection: psycopg.Connection, log: str, after: int, upto: int = SIZE_MAX
) -> Iterator[Row]:
    """Give what stands at sizes above `after`, the largest first, whoever put it there."""
    asked = _DOWN.encode()
    while rows := connection.execute(asked, (log, after, upto, ROWS_AT_ONCE)).fetchall():
        yield from (Row(log, *row) for row in rows)
        upto = rows[-1][0] - 1


def _rows_up(connection: psycopg.Connection, log: str, after: int, upto: int) -> Iterator[Row]:
    """Give the same, the smallest size first."""
    asked = _UP.encode()
    while rows := connection.execute(asked, (log, after, upto, ROWS_AT_ONCE)).fetchall():
        yield from (Row(log, *row) for row in rows)
        after = rows[-1][0]


def newest_checkpoint(
    connection: psycopg.Connection, log: str, keys: Sequence[VerifierKey] = ()
) -> Note | None:
    """Return the newest checkpoint that one of the log's keys signed, with its cosignatures.

    None before the first one. Where no key of the log is known, the newest that may be one: the log
    must be that long.
    """
    return _first_of(rows_between(connection, log, 0, _upto(connection, log, keys)), keys)


def newest_believed(connection: psycopg.Connection, log: str, policy: Policy) -> Note | None:
    """Return the newest checkpoint that a policy believes; None before the first one."""
    if not policy.cosignatures_min():
        return newest_checkpoint(connection, log, _keys(policy))
    return _believed(connection, _NEWEST_COSIGNED, log, 0, policy)


def first_checkpoint(
    connection: psycopg.Connection,
    log: str,
    size: int,
    policy: Policy | None = None,
    keys: Sequence[VerifierKey] = (),
) -> Note | None:
    """Return the first checkpoint of so many records or more that the policy believes.

    Without one, the first that one of the log's keys signed, as `newest_checkpoint` does.
    """
    if policy is not None and policy.cosignatures_min():
        return _believed(connection, _FIRST_COSIGNED, log, size, policy)
    known = keys if policy is None else _keys(policy)
    return _first_of(_rows_up(connection, log, size - 1, _upto(connection, log, known)), known)


def _believed(
    connection: psycopg.Connection, statement: str, log: str, least_size: int, policy: Policy
) -> Note | None:
    asked, keys = (log, least_size, policy.cosignatures_min(), SIZES_TRIED_MAX), _keys(policy)
    for (size,) in connection.execute(statement.encode(), asked).fetchall():
        for row in rows_between(connection, log, size - 1, size):
            note = row.note(keys)
            if note is not None and _is_believed(note, policy):
                return note
    return None


def _is_believed(note: Note, policy: Policy) -> bool:
    try:
        policy.believe(note)
    except NoteInvalid:
        return False  # not cosigned by so many, or not by these
    return True


def _keys(policy: Policy) -> list[VerifierKey]:
    return [each.key for each in policy.logs]


def _first_of(rows: Iterable[Row], keys: Sequence[VerifierKey]) -> Note | None:
    notes = (each.note(keys) for each in rows)
    return next((note for note in notes if note is not None), None)


def _upto(connection: psycopg.Connection, log: str, keys: Sequence[VerifierKey]) -> int:
    """Return up to which size a checkpoint may be one; by its signature, where a key is known."""
    is_known = any(log_of(each.name) == log for each in keys)
    return SIZE_MAX if is_known else _length(connection, log)


def _length(connection: psycopg.Connection, log: str) -> int:
    row = connection.execute(_LENGTH, {"log": log, "super": SUPER}).fetchone()
    return 0 if row is None else int(row[0])


def _readable(lines: Iterable[str]) -> Iterator[SignatureLine]:
    for line in lines:
        with suppress(NoteInvalid):
            yield read_line(line)
