"""Grow a Merkle tree leaf by leaf, keeping only its right edge (RFC 9162 section 2.1).

A tree of n leaves is a row of complete subtrees, one for each bit of n, the largest first. Their
roots are the edge: all that is needed to append, and to name the tree's root. At most 64 hashes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from ehealth_ledger.chain.merkle import NODE_PREFIX, node_hash
from ehealth_ledger.chain.record import DIGEST_BYTES

TILE_HEIGHT: Final = 8  # a tile spans eight levels: 256 hashes (C2SP tlog-tiles)
EMPTY_ROOT: Final = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class TileNode:
    """Name the root of a complete subtree of 256 to the power of `level` leaves, from the left."""

    level: int
    index: int
    hash: bytes

    @property
    def end(self) -> int:
        """Return the size of the tree at which this subtree became complete."""
        return (self.index + 1) << (self.level * TILE_HEIGHT)


class Edge(NamedTuple):
    """Hold the roots of the complete subtrees of a tree of `size` leaves, the largest first."""

    size: int
    hashes: tuple[bytes, ...]

    @classmethod
    def from_bytes(cls, size: int, joined: bytes) -> Edge:
        """Read an edge back; raise ValueError where it cannot be one of a tree of that size."""
        count = size.bit_count()
        if size < 0 or len(joined) != count * DIGEST_BYTES:
            raise ValueError(f"a tree of {size} leaves has an edge of {count} hashes")
        return cls(
            size,
            tuple(joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES)),
        )

    def to_bytes(self) -> bytes:
        """Join the hashes: what `from_bytes` reads."""
        return b"".join(self.hashes)

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far."""
        if not self.hashes:
            return EMPTY_ROOT
        value = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            value = node_hash(left, value)
        return value

    def extend(self, leaves: Iterable[bytes]) -> tuple[Edge, list[TileNode]]:
        """Append leaf hashes; return the new edge and the roots of the tiles that became full."""
        size, edge = self.size, list(self.hashes)
        full: list[TileNode] = []
        for value in leaves:
            # Two subtrees of one height become one, as often as a carry runs through the size.
            carried, height = size, 0
            while carried & 1:
                value = sha256(NODE_PREFIX + edge.pop() + value).digest()
                carried >>= 1
                height += 1
                if height % TILE_HEIGHT == 0:
                    full.append(TileNode(height // TILE_HEIGHT, carried, value))
            edge.append(value)
            size += 1
        return Edge(size, tuple(edge)), full


EMPTY_EDGE: Final = Edge(0, ())
