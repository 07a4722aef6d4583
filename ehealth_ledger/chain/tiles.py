"""Cut a tree into tiles of 256 hashes, and read any of its nodes back from them (C2SP tlog-tiles).

The tile at level l and index n holds the roots of the subtrees of 256^l leaves from n · 256 on.
Its path is `tile/<l>/<n>[.p/<width>]`, the index in groups of three digits, all but the last after
an `x`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from ehealth_ledger.chain.merkle import node_hash
from ehealth_ledger.chain.merkle_edge import TILE_HEIGHT
from ehealth_ledger.chain.merkle_proof import Nodes
from ehealth_ledger.chain.record import DIGEST_BYTES

TILE_WIDTH: Final = 1 << TILE_HEIGHT
LEVEL_MAX: Final = 63
ENTRY_BYTES_MAX: Final = 0xFFFF
INDEX_MAX: Final = 2**63 // TILE_WIDTH
_ENTRY_LENGTH: Final = Struct(">H")
_INDEX: Final = re.compile(r"(?:x[0-9]{3}/){0,6}[0-9]{3}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Tile:
    """Name a tile: its level, its index within the level, and how many hashes it holds."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Return the tile's path below the log's prefix."""
        return f"tile/{self.level}/{self.place}"

    @property
    def entries_path(self) -> str:
        """Return the path of the entries beneath a tile of level 0."""
        return f"tile/entries/{self.place}"

    @property
    def place(self) -> str:
        """Write index and width as both kinds of path do."""
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return index_path(self.index) + partial

    @property
    def first(self) -> int:
        """Return the index of the first hash within the level."""
        return self.index * TILE_WIDTH

    @property
    def size_needed(self) -> int:
        """Return the smallest tree in which every hash of this tile is known."""
        return (self.first + self.width) << (self.level * TILE_HEIGHT)


def index_path(index: int) -> str:
    """Write a tile's index: 1234067 is x001/x234/067."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def read_place(level: int, place: str) -> Tile:
    """Read `<n>[.p/<width>]`, or raise ValueError: one tile has one spelling."""
    name, partial, width = place.partition(".p/")
    if _INDEX.fullmatch(name) is None:
        raise ValueError("a tile's index is written in groups of three digits")
    index = int(name.replace("x", "").replace("/", ""))
    if partial and (_NUMBER.fullmatch(width) is None or not 0 < int(width) < TILE_WIDTH):
        raise ValueError("a partial tile holds 1 to 255 hashes")
    tile = Tile(level, index, int(width) if partial else TILE_WIDTH)
    if tile.place != place or not 0 <= level <= LEVEL_MAX or index > INDEX_MAX:
        raise ValueError("no tile is spelled so")
    return tile


def read_level(text: str) -> int:
    """Read a tile's level, or raise ValueError."""
    if _NUMBER.fullmatch(text) is None or int(text) > LEVEL_MAX:
        raise ValueError("a tile's level is a number from 0 to 63")
    return int(text)


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """Name the tiles of a tree of `new` leaves that one of `old` leaves did not have."""
    level = 0
    while count := new >> (level * TILE_HEIGHT):
        full, partial = divmod(count, TILE_WIDTH)
        before = old >> (level * TILE_HEIGHT)
        for index in range(before // TILE_WIDTH, full):
            yield Tile(level, index)
        if partial and count != before:
            yield Tile(level, full, partial)
        level += 1


ReadTile = Callable[[Tile], bytes]
"""Return a tile's hashes, joined."""


class TileNodes:
    """Read the roots of complete subtrees from the tiles of a tree of `size` leaves.

    Each tile is asked for once. Raise ValueError where a tile has another length than its width
    says, or the tree has no such subtree.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        self._size = size
        self._read = read
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, height: int, index: int) -> bytes:
        """Return the root of the `index`-th complete subtree of 2^height leaves."""
        if (index + 1) << height > self._size:
            raise ValueError("the tree has no such complete subtree")
        level, above = divmod(height, TILE_HEIGHT)
        first = index << above
        hashes = self._hashes(level, first // TILE_WIDTH)
        at = first % TILE_WIDTH
        row = [
            hashes[each * DIGEST_BYTES : (each + 1) * DIGEST_BYTES]
            for each in range(at, at + (1 << above))
        ]
        while len(row) > 1:
            row = [node_hash(row[each], row[each + 1]) for each in range(0, len(row), 2)]
        return row[0]

    def _hashes(self, level: int, index: int) -> bytes:
        known = self._known.get((level, index))
        if known is None:
            width = min(TILE_WIDTH, (self._size >> (level * TILE_HEIGHT)) - index * TILE_WIDTH)
            known = self._read(Tile(level, index, width))
            if len(known) != width * DIGEST_BYTES:
                raise ValueError(f"a tile of width {width} has {width * DIGEST_BYTES} bytes")
            self._known[level, index] = known
        return known


def nodes_of(size: int, read: ReadTile) -> Nodes:
    """Read complete subtrees of a tree of `size` leaves from its tiles."""
    return TileNodes(size, read)


def join_entries(entries: Sequence[bytes]) -> bytes:
    """Write an entry bundle: each entry after its length, 2 bytes big-endian."""
    return b"".join(_ENTRY_LENGTH.pack(len(each)) + each for each in entries)


def split_entries(bundle: bytes) -> list[bytes]:
    """Read an entry bundle; raise ValueError where a length does not fit what follows."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + _ENTRY_LENGTH.size
        end = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or end > len(bundle):
            raise ValueError("an entry is shorter than its length says")
        entries.append(bundle[start:end])
        at = end
    return entries
