"""Prove that an entry is in a list without showing the list (RFC 9162 section 2.1, SHA-256).

leaf = SHA-256(0x00 ‖ entry)      node = SHA-256(0x01 ‖ left ‖ right)      empty tree = SHA-256("")
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ehealth_ledger.chain.record import LEAF_PREFIX

NODE_PREFIX: Final = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry of the list."""
    return sha256(LEAF_PREFIX + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into their parent."""
    return sha256(NODE_PREFIX + left + right).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the tree from the leaves up; an odd last node rises to the next level unchanged."""
    tree = [list(leaves)]
    while len(tree[-1]) > 1:
        below = tree[-1]
        above = [node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        tree.append(above)
    return tree


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of the leaf hashes."""
    return levels(leaves)[-1][0] if leaves else sha256(b"").digest()


def inclusion_path(tree: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """Return the siblings from leaf `index` up to the root of a tree made by `levels`."""
    path: list[bytes] = []
    for level in tree[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return tuple(path)


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that the path leads to (RFC 9162 section 2.1.3.2).

    Raise ValueError when it cannot fit.
    """
    if not 0 <= index < size:
        raise ValueError("the leaf index is outside the tree")
    last, value, at = size - 1, leaf, 0
    while last > 0:
        if index % 2 or index != last:
            if at == len(path):
                raise ValueError("the inclusion path is too short")
            value = node_hash(path[at], value) if index % 2 else node_hash(value, path[at])
            at += 1
        index, last = index >> 1, last >> 1
    if at != len(path):
        raise ValueError("the inclusion path is too long")
    return value
