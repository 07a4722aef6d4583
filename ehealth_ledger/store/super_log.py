"""Keep the super-log: append the logs' checkpoints, read its tree, sign for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.merkle_edge import TILE_HEIGHT, Edge
from ehealth_ledger.chain.merkle_proof import Nodes
from ehealth_ledger.chain.note import Note, NoteInvalid
from ehealth_ledger.chain.record import DIGEST_BYTES
from ehealth_ledger.chain.super_log import SUPER, completed, log_of, nodes_from
from ehealth_ledger.chain.tiles import Tile
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.checkpoints import is_kept
from ehealth_ledger.store.signer import Signer, SignerRefused
from ehealth_ledger.store.tree import Tree

_SIZE: Final = "SELECT coalesce(max(index) + 1, 0) FROM super_log"
_NODES: Final = "SELECT nodes FROM super_log WHERE index = %s"
_ROW: Final = """
    SELECT substr(s.nodes, %(height)s * 32 + 1, 32)
    FROM generate_series(%(first)s::bigint, %(end)s::bigint - 1) AS wanted (number)
    JOIN super_log s ON s.index = ((wanted.number + 1) << %(height)s) - 1
    ORDER BY s.index
"""
_ENTRIES: Final = """
    SELECT c.note FROM super_log s JOIN checkpoints c USING (log, size)
    WHERE s.index >= %s AND s.index < %s ORDER BY s.index
"""
_PLACE: Final = """
    SELECT index FROM super_log WHERE log = %s AND size = coalesce(%s,
        (SELECT max(size) FROM super_log WHERE log = %s AND index < %s)) AND index < %s
"""
_LAST: Final = "SELECT max(size) FROM super_log WHERE log = %s"
_APPEND: Final = "INSERT INTO super_log (index, log, size, nodes) VALUES (%s, %s, %s, %s)"


class SuperTree(Tree):
    """Read the super-log's tree of its first `size` entries; it must be that long."""

    def __init__(self, connection: psycopg.Connection, size: int) -> None:
        super().__init__(connection, SUPER, size)

    def at(self, size: int) -> SuperTree:
        """Return the tree as it was at another size."""
        return SuperTree(self._connection, size)

    def place(self, log: str, size: int | None = None) -> int | None:
        """Return the index of a log's checkpoint, the newest by default; None where none is here.

        `size` is that of the log.
        """
        rows = self._ask(_PLACE, log, size, log, self.size, self.size)
        return None if not rows else int(rows[0][0])

    @cached_property
    def nodes(self) -> Nodes:
        """Return where proofs take their hashes from."""
        return nodes_from(self._kept)

    def _hashes(self, tile: Tile) -> Sequence[bytes]:
        asked = {
            "height": tile.level * TILE_HEIGHT,
            "first": tile.first,
            "end": tile.first + tile.width,
        }
        with self._connection.cursor(binary=True) as cursor:
            return [row[0] for row in cursor.execute(_ROW.encode(), asked)]

    def _records(self, first: int, end: int) -> list[bytes]:
        try:
            found = [Note.parse(row[0]).text.encode() for row in self._ask(_ENTRIES, first, end)]
        except NoteInvalid as fault:
            raise LedgerCorrupt("checkpoint.altered", SUPER, first + 1, str(fault)) from fault
        if len(found) != end - first:
            raise LedgerCorrupt("position.missing", SUPER, first + len(found) + 1)
        return found

    def _kept(self, index: int) -> tuple[bytes, ...]:
        rows = self._ask(_NODES, index)
        if not rows:
            raise LedgerCorrupt("position.missing", SUPER, index + 1)
        joined = bytes(rows[0][0])
        # As many subtrees end with a leaf as the number of leaves up to it is divisible by twos.
        wanted = ((index + 1) & -(index + 1)).bit_length() * DIGEST_BYTES
        if len(joined) != wanted:
            raise LedgerCorrupt("tile.altered", SUPER, index + 1, f"{len(joined)} bytes of nodes")
        return tuple(joined[at : at + DIGEST_BYTES] for at in range(0, wanted, DIGEST_BYTES))


def size_of(connection: psycopg.Connection) -> int:
    """Return how many entries the super-log has."""
    row = connection.execute(_SIZE).fetchone()
    return 0 if row is None else int(row[0])


def append(connection: psycopg.Connection, notes: Iterable[Note]) -> None:
    """Append checkpoints of logs, those that are longer than the log's last; signed already.

    One in whose place another note stands is left out: the next one of its log covers it.
    Raise SignerRefused where one is shorter than what stands here.
    """
    size = size_of(connection)
    edge = _edge(SuperTree(connection, size))
    for note in notes:
        checkpoint = Checkpoint.parse(note.text)
        log = log_of(checkpoint.origin)
        row = connection.execute(_LAST, (log,)).fetchone()
        last = 0 if row is None or row[0] is None else int(row[0])
        if checkpoint.size < last:
            raise SignerRefused(f"the super-log has seen {last} records of {log} already")
        if checkpoint.size > last and is_kept(connection, log, note):
            index = edge.size
            edge, nodes = completed(edge, leaf_hash(note.text.encode()))
            connection.execute(_APPEND, (index, log, checkpoint.size, b"".join(nodes)))


def _edge(tree: SuperTree) -> Edge:
    hashes, begin = [], 0
    for height in reversed(range(tree.size.bit_length())):
        if tree.size >> height & 1:
            hashes.append(tree.nodes(height, begin >> height))
            begin += 1 << height
    return Edge(tree.size, tuple(hashes))


class SuperSigner(Signer):
    """Sign the super-log's checkpoints, under the same refusals as a log's."""

    def sign_over(self, connection: psycopg.Connection, notes: Sequence[Note]) -> Note | None:
        """Append what the logs' signers have signed, and return the newest checkpoint over it.

        Nothing is appended to a super-log that does not go on from what was signed last. Raise as
        `sign` does.
        """
        with self._alone():
            self._signed_before(connection, *self._stand(connection))
            append(connection, notes)
            return self._next(connection)

    def _stand(self, connection: psycopg.Connection) -> tuple[int, bytes]:
        tree = SuperTree(connection, size_of(connection))
        return tree.size, tree.root()

    def _tree(self, connection: psycopg.Connection, size: int) -> Tree:
        return SuperTree(connection, size)
