"""Read a log's Merkle tree at any size it has had: tiles, entries, roots, proofs.

Full tiles are stored; what is not full yet is put together from the records and the tiles below.
The log only grows, so whatever is read at a size that was committed never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import psycopg

from ehealth_ledger.chain.merkle_edge import EMPTY_ROOT
from ehealth_ledger.chain.merkle_proof import (
    Nodes,
    prove_consistency,
    prove_inclusion,
    range_root,
)
from ehealth_ledger.chain.record import DIGEST_BYTES
from ehealth_ledger.chain.tiles import TILE_WIDTH, Tile, join_entries, nodes_of
from ehealth_ledger.errors import LedgerCorrupt

_FULL: Final = "SELECT hashes FROM tiles WHERE log = %s AND level = %s AND index = %s"
_LEAVES: Final = """
    SELECT chain_value FROM records WHERE log = %s AND position > %s AND position <= %s
    ORDER BY position
"""
_ROOTS: Final = """
    SELECT root FROM tiles WHERE log = %s AND level = %s AND index >= %s AND index < %s
    ORDER BY index
"""
_ENTRIES: Final = """
    SELECT record_bytes(r) FROM records r WHERE r.log = %s AND r.position > %s AND r.position <= %s
    ORDER BY r.position
"""


class Tree:
    """Read one log's tree of its first `size` records; the log must be that long."""

    def __init__(self, connection: psycopg.Connection, log: str, size: int) -> None:
        self._connection = connection
        self._log = log
        self.size: Final = size

    def at(self, size: int) -> Tree:
        """Return the tree as it was at another size."""
        return Tree(self._connection, self._log, size)

    def read(self, tile: Tile) -> bytes:
        """Return a tile's hashes, joined; raise ValueError where the tree is too small for it.

        Raise LedgerCorrupt where what it is made of is not stored.
        """
        self._check(tile)
        joined = b"".join(self._hashes(tile))
        if len(joined) != tile.width * DIGEST_BYTES:
            raise LedgerCorrupt("tile.missing", self._log, tile.size_needed, tile.path)
        return joined

    def _hashes(self, tile: Tile) -> Sequence[bytes]:
        first, end = tile.first, tile.first + tile.width
        if tile.width == TILE_WIDTH:
            rows = self._ask(_FULL, self._log, tile.level, tile.index)
        elif tile.level == 0:
            rows = self._ask(_LEAVES, self._log, first, end)
        else:
            rows = self._ask(_ROOTS, self._log, tile.level - 1, first, end)
        return [row[0] for row in rows]

    def entries(self, tile: Tile) -> bytes:
        """Return the records beneath a tile of level 0, as an entry bundle."""
        self._check(tile)
        return join_entries(self._records(tile.first, tile.first + tile.width))

    def entry(self, index: int) -> bytes:
        """Return the record whose hash is the leaf at an index."""
        return self._records(index, index + 1)[0]

    @cached_property
    def nodes(self) -> Nodes:
        """Return where proofs take their hashes from."""
        return nodes_of(self.size, self.read)

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first `size` records; of all of the tree's by default."""
        count = self.size if size is None else size
        return range_root(self.nodes, 0, count) if count else EMPTY_ROOT

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """Return the path from a leaf to the root."""
        return prove_inclusion(self.nodes, index, self.size)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """Return the hashes that show the tree of `old` records at the beginning of this one."""
        return prove_consistency(self.nodes, old, self.size)

    def _records(self, first: int, end: int) -> list[bytes]:
        found = [bytes(row[0]) for row in self._ask(_ENTRIES, self._log, first, end)]
        if len(found) != end - first:
            raise LedgerCorrupt("position.missing", self._log, first + len(found) + 1)
        return found

    def _check(self, tile: Tile) -> None:
        if tile.size_needed > self.size:
            raise ValueError("the tree is too small for this tile")

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor(binary=True) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()
