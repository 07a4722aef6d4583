"""Grow the super-log again from the checkpoints it names; its own checkpoints must be of it.

Findings stand at the number of the entry, from 1, or at the size of the super-log's tree. After an
entry that is damaged or missing nothing of it is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.chain.checkpoint import origin_of
from ehealth_ledger.chain.merkle_edge import EMPTY_ROOT
from ehealth_ledger.chain.note import Note, NoteInvalid, VerifierKey
from ehealth_ledger.chain.super_log import SUPER, SuperLog, log_of, read_entry
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.kept import Kept
from ehealth_ledger.store.fsck.tree import ROWS_AT_ONCE, CheckpointCheck

_ENTRIES: Final = """
    SELECT s.index, s.log, s.size, s.nodes, c.note, o.size, o.note
    FROM super_log s LEFT JOIN checkpoints c USING (log, size)
    FULL JOIN (SELECT size, note FROM checkpoints WHERE log = %s) o ON o.size = s.index + 1
    ORDER BY coalesce(s.index + 1, o.size)
"""


def check_super_log(
    connection: psycopg.Connection,
    ledger: UUID,
    keys: Sequence[VerifierKey],
    findings: Findings,
    kept: Sequence[Kept] = (),
) -> None:
    """Check every entry, the tree beside it, and every checkpoint over it; memory stays flat."""
    origin = origin_of(ledger, SUPER)
    grown, own = SuperLog(origin), CheckpointCheck(SUPER, origin, keys, findings)
    is_whole = True
    with connection.cursor(name="super_log") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        for index, log, size, nodes, note, signed, signed_note in cursor.execute(
            _ENTRIES, (SUPER,)
        ):
            if index is not None and is_whole:
                number = grown.edge.size + 1
                wrong = _entry(grown, (index, log, size, nodes, note))
                is_whole = wrong is None
                if wrong is not None:
                    findings.add(Kind.TREE_ALTERED, SUPER, number, wrong)
                for told, whence in kept:
                    if is_whole and told.size == number and told.root != grown.edge.root():
                        said = f"{whence} has another root"
                        findings.add(Kind.CHECKPOINT_CONTRADICTED, SUPER, number, said)
            if signed is not None:
                root = grown.edge.root() if grown.edge.size else EMPTY_ROOT
                if is_whole and signed == grown.edge.size:
                    own.check(signed, signed_note, root)
                elif is_whole:
                    said = "the super-log is not that long"
                    findings.add(Kind.CHECKPOINT_CONTRADICTED, SUPER, signed, said)
                else:
                    own.check(signed, signed_note, None)
    for told, whence in kept:
        if is_whole and told.size > grown.edge.size:
            said = f"{whence} is of more entries"
            findings.add(Kind.CHECKPOINT_CONTRADICTED, SUPER, told.size, said)


def _entry(grown: SuperLog, row: tuple[int, str, int, bytes, bytes | None]) -> str | None:
    """Take the next entry; say what is wrong with its row."""
    index, log, size, nodes, note = row
    if index != grown.edge.size:
        return f"entry {grown.edge.size + 1} is missing"
    if note is None:
        return "an entry of no checkpoint"
    try:
        entry = Note.parse(note).text.encode()
        said = read_entry(entry, grown.origin)
        if (log_of(said.origin), said.size) != (log, size):
            return "an entry of another checkpoint"
        expected = b"".join(grown.take(entry))
    except NoteInvalid as fault:
        return str(fault)
    return None if nodes == expected else "another tree"
