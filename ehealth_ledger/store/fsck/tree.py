"""Build the tree again from the records: edge, every tile and every checkpoint must be of it.

Findings stand at the size of the tree at which they show. After a record that is damaged or missing
no leaf is known any more, so nothing of the tree is judged from there on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.cosignature import cosigned_at
from ehealth_ledger.chain.merkle_edge import EMPTY_EDGE, TileNode
from ehealth_ledger.chain.note import COSIGNATURE, Note, NoteInvalid, VerifierKey, read_line
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.chain.tiles import TILE_WIDTH, Tile
from ehealth_ledger.store.fsck.finding import NO_POSITION, Findings, Kind
from ehealth_ledger.store.fsck.kept import Kept
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.tables import HeadRow

ROWS_AT_ONCE: Final = 2_000
TILE_LEVEL_MAX: Final = 6  # a full tile above it would need 2^64 records

_TILES: Final = """
    SELECT t.level, t.index, t.hashes, t.root
    FROM tiles t JOIN unnest(%s::smallint[], %s::bigint[]) AS w (level, index) USING (level, index)
    WHERE t.log = %s
"""
_CHECKPOINTS: Final = """
    SELECT size, note FROM checkpoints WHERE log = %s AND size > %s AND size <= %s ORDER BY size
"""
_SURPLUS_TILES: Final = """
    SELECT log, level, index FROM tiles
    WHERE log <> %(log)s OR level NOT BETWEEN 0 AND %(level_max)s OR index < 0
       OR index >= %(size)s::bigint >> (8 * level + 8)
    ORDER BY log, level, index
"""
_SURPLUS_CHECKPOINTS: Final = """
    SELECT log, size FROM checkpoints
    WHERE log NOT IN (%(log)s, %(super)s) OR size < 1 OR (log = %(log)s AND size > %(size)s)
    ORDER BY log, size
"""
_COSIGNATURES: Final = """
    SELECT s.log, s.size, s.witness, s.line, c.note
    FROM cosignatures s LEFT JOIN checkpoints c USING (log, size) ORDER BY s.log, s.size, s.witness
"""


class _Full(NamedTuple):
    """Hold what a full tile must hold."""

    tile: Tile
    hashes: bytes
    root: bytes


class GrownTree:
    """Grow one log's tree beside the walk; memory holds at most 256 hashes a level."""

    def __init__(
        self,
        connection: psycopg.Connection,
        ledger: UUID,
        log: str,
        keys: Sequence[VerifierKey],
        findings: Findings,
        kept: Sequence[Kept] = (),
    ) -> None:
        """Take the keys to believe, and the log's checkpoints that were kept outside."""
        self._connection = connection
        self._log = log
        self._kept = sorted(kept, key=lambda each: each.checkpoint.size)
        self._own = CheckpointCheck(log, origin_of(ledger, log), keys, findings)
        self._findings = findings
        self._edge = EMPTY_EDGE
        self._rows: list[list[bytes]] = [[]]  # of each level, the hashes of the tile not yet full
        self._is_judged = True

    def take(self, rows: Sequence[RecordRow], intact: Sequence[RecordRow]) -> None:
        """Take a page's records; compare the tiles and checkpoints that they complete."""
        if not self._is_judged:
            return
        begun = self._edge.size
        leaves: list[bytes] = []
        sound = {row.position for row in intact}
        for row in rows:
            if row.position != begun + len(leaves) + 1 or row.position not in sound:
                self._is_judged = False
                break
            leaves.append(row.chain_value)
        full: list[_Full] = []
        end = begun + len(leaves)
        own, kept = dict(self._checkpoints(begun, end)), self._kept_until(begun, end)
        for size in sorted({*own, *(each.checkpoint.size for each in kept), end}):
            full += self._grow(leaves[self._edge.size - begun : size - begun])
            if size in own:
                self._own.check(size, own[size], self._edge.root())
            for told, whence in kept:
                if told.size == size and told.root != self._edge.root():
                    self._contradicts(size, f"{whence} has another root")
        self._check_tiles(full)

    def check_length(self, size: int) -> None:
        """Name what was kept outside of a longer log than the one of `size` records here."""
        for told, whence in self._kept:
            if told.size > size:
                self._contradicts(told.size, f"{whence} is of more records")

    def _kept_until(self, begun: int, end: int) -> list[Kept]:
        return [each for each in self._kept if begun < each.checkpoint.size <= end]

    def _contradicts(self, size: int, said: str) -> None:
        self._findings.add(Kind.CHECKPOINT_CONTRADICTED, self._log, size, said)

    def check_edge(self, head: HeadRow | None) -> None:
        """Compare the head's edge with that of all records."""
        if head is None or not self._is_judged or head.position != self._edge.size:
            return
        if head.edge != self._edge.to_bytes():
            self._findings.add(Kind.TREE_ALTERED, self._log, head.position)

    def _grow(self, leaves: Sequence[bytes]) -> list[_Full]:
        self._edge, nodes = self._edge.extend(leaves)
        self._rows[0].extend(leaves)
        return [self._filled(node) for node in nodes]

    def _filled(self, node: TileNode) -> _Full:
        """Take a full tile's hashes out of its level, and put its root into the one above."""
        row = self._rows[node.level - 1]
        hashes = b"".join(row[:TILE_WIDTH])
        del row[:TILE_WIDTH]
        if node.level == len(self._rows):
            self._rows.append([])
        self._rows[node.level].append(node.hash)
        return _Full(Tile(node.level - 1, node.index), hashes, node.hash)

    def _check_tiles(self, full: Sequence[_Full]) -> None:
        if not full:
            return
        named = [each.tile.level for each in full], [each.tile.index for each in full]
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_TILES.encode(), (*named, self._log)).fetchall()
        stored = {(level, index): (hashes, root) for level, index, hashes, root in rows}
        for tile, hashes, root in full:
            found = stored.get((tile.level, tile.index))
            if found is None:
                self._findings.add(Kind.TILE_MISSING, self._log, tile.size_needed, tile.path)
            elif found != (hashes, root):
                self._findings.add(Kind.TILE_ALTERED, self._log, tile.size_needed, tile.path)

    def _checkpoints(self, after: int, upto: int) -> list[tuple[int, bytes]]:
        return self._connection.execute(_CHECKPOINTS, (self._log, after, upto)).fetchall()


class CheckpointCheck:
    """Check one log's checkpoints: a note of this log and size, signed if its key is known."""

    def __init__(
        self, log: str, origin: str, keys: Sequence[VerifierKey], findings: Findings
    ) -> None:
        self._log = log
        self._origin = origin
        self._keys = [each for each in keys if each.name == origin]
        self._findings = findings

    def check(self, size: int, encoded: bytes, root: bytes | None) -> None:
        """Check a checkpoint against the root at its size; None where that is not known."""
        try:
            note = Note.parse(encoded)
            said = Checkpoint.parse(note.text)
            signed = note.signed_by(self._keys)
        except NoteInvalid as fault:
            self._findings.add(Kind.CHECKPOINT_ALTERED, self._log, size, str(fault))
            return
        if (self._keys and not signed) or (said.origin, said.size) != (self._origin, size):
            self._findings.add(Kind.CHECKPOINT_ALTERED, self._log, size)
            return
        self._findings.checkpoints += bool(signed)
        self._findings.checkpoints_without_key += not signed
        if root is not None and said.root != root:
            self._findings.add(Kind.CHECKPOINT_CONTRADICTED, self._log, size, "another root")


def check_surplus_of_tree(
    connection: psycopg.Connection, log: str, head: HeadRow | None, findings: Findings
) -> None:
    """Find tiles and checkpoints of a longer log than stands here, or of another."""
    if head is not None:
        asked = {"log": log, "super": SUPER, "size": head.position, "level_max": TILE_LEVEL_MAX}
        for stray, level, index in connection.execute(_SURPLUS_TILES, asked):
            is_possible = stray == log and 0 <= level <= TILE_LEVEL_MAX and index >= 0
            at = Tile(level, index).size_needed if is_possible else NO_POSITION
            findings.add(Kind.TILE_SURPLUS, stray, at, f"level {level}, index {index}")
        for stray, size in connection.execute(_SURPLUS_CHECKPOINTS, asked):
            findings.add(Kind.CHECKPOINT_CONTRADICTED, stray, size, "the log is not that long")


def check_cosignatures(
    connection: psycopg.Connection, keys: Sequence[VerifierKey], findings: Findings
) -> None:
    """Find lines beneath no checkpoint, and those that a known witness's key does not hold for."""
    witnesses = [each for each in keys if each.kind == COSIGNATURE]
    with connection.cursor(name="cosignatures") as cursor:  # not all of them in memory
        cursor.itersize = ROWS_AT_ONCE
        for log, size, witness, text, note in cursor.execute(_COSIGNATURES):
            try:
                held = _is_held(witness, text, note, witnesses)
            except NoteInvalid:
                findings.add(Kind.COSIGNATURE_ALTERED, log, size, witness)
                continue
            findings.cosignatures += held
            findings.cosignatures_without_key += not held


def _is_held(witness: str, text: str, note: bytes | None, keys: Sequence[VerifierKey]) -> bool:
    """Tell whether a line holds under one of the keys; False where its key is not among them.

    Raise NoteInvalid where it does not hold, or stands beneath no checkpoint or another's name.
    """
    line = read_line(text)
    if note is None or line.name != witness:
        raise NoteInvalid("the line is of no checkpoint, or of another witness")
    checkpoint = Note.parse(note).text
    known = [key for key in keys if line.is_of(key)]
    for key in known:
        cosigned_at(checkpoint, line, key)
    return bool(known)
