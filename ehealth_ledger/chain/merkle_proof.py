"""Prove that a leaf is in a tree, and that one tree begins with another (RFC 9162 section 2.1).

Making a proof needs the roots of complete subtrees, which `Nodes` supplies from wherever they are
kept; checking one needs nothing but its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hmac import compare_digest

from ehealth_ledger.chain.merkle import node_hash, root_from_path

Nodes = Callable[[int, int], bytes]
"""Return the root of the `index`-th complete subtree of 2 to the power of `height` leaves."""


class ProofInvalid(ValueError):  # noqa: N818 - the name is the finding
    """Report a proof that does not lead to the root it was given for."""


def range_root(nodes: Nodes, begin: int, end: int) -> bytes:
    """Hash the leaves from `begin` up to `end`, a range that a proof's recursion came to."""
    size = end - begin
    split = split_at(size)
    if size == split * 2 or size == 1:
        height = size.bit_length() - 1
        return nodes(height, begin >> height)
    return node_hash(range_root(nodes, begin, begin + split), range_root(nodes, begin + split, end))


def split_at(size: int) -> int:
    """Return the largest power of two below the size: where a tree of that size is cut."""
    return 1 << (size - 1).bit_length() - 1 if size > 1 else 0


def prove_inclusion(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """Return the path from leaf `index` to the root of the first `size` leaves (2.1.3.1).

    Raise ValueError where the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("the leaf index is outside the tree")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split_at(end - begin)
        if index < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, begin, middle))
            begin = middle
    return tuple(reversed(path))


def prove_consistency(nodes: Nodes, old: int, new: int) -> tuple[bytes, ...]:
    """Return the hashes that show the tree of `old` leaves inside that of `new` (2.1.4.1).

    Raise ValueError where the sizes are not in that order, or the old tree is empty: every tree
    begins with it, and nothing is to be shown.
    """
    if not 0 < old <= new:
        raise ValueError("consistency is shown between two sizes, the smaller one at least 1")
    path: list[bytes] = []
    begin, end, whole = 0, new, True  # whole: the old tree is this subtree's beginning, untouched
    while old != end:
        middle = begin + split_at(end - begin)
        if old <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(range_root(nodes, begin, end))
    return tuple(reversed(path))


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise ProofInvalid unless the path leads from the leaf to the root (2.1.3.2)."""
    try:
        reached = root_from_path(leaf, index, size, path)
    except ValueError as fault:
        raise ProofInvalid(str(fault)) from fault
    if not compare_digest(reached, root):
        raise ProofInvalid("the inclusion path leads to another root")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise ProofInvalid unless the tree of `new` leaves begins with that of `old` (2.1.4.2)."""
    if not 0 < old <= new:
        raise ProofInvalid("consistency is shown between two sizes, the smaller one at least 1")
    if old == new:
        if path or not compare_digest(old_root, new_root):
            raise ProofInvalid("trees of one size have one root and need no proof")
        return
    if not old & (old - 1):  # a complete subtree of the new tree: the proof leaves it out
        path = (old_root, *path)
    if not path:
        raise ProofInvalid("the consistency proof is too short")
    reached_old, reached_new = _roots_from_path(old, new, path)
    if not compare_digest(reached_old, old_root):
        raise ProofInvalid("the consistency proof belongs to another old root")
    if not compare_digest(reached_new, new_root):
        raise ProofInvalid("the consistency proof leads to another new root")


def is_of_another(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether a path shows that the tree of `new` leaves begins with another one of `old`.

    It does where it leads to the new root from another old root: nobody finds a second path to a
    root. A path that leads nowhere shows nothing, and one from a power of two leaves the old root
    out.
    """
    if not 0 < old < new or not old & (old - 1) or not path:
        return False
    try:
        reached_old, reached_new = _roots_from_path(old, new, path)
    except ProofInvalid:
        return False
    return compare_digest(reached_new, new_root) and not compare_digest(reached_old, old_root)


def _roots_from_path(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    inner, outer = old - 1, new - 1
    while inner & 1:
        inner, outer = inner >> 1, outer >> 1
    reached_old = reached_new = path[0]
    for value in path[1:]:
        if outer == 0:
            raise ProofInvalid("the consistency proof is too long")
        if inner & 1 or inner == outer:
            reached_old = node_hash(value, reached_old)
            reached_new = node_hash(value, reached_new)
            while inner and not inner & 1:
                inner, outer = inner >> 1, outer >> 1
        else:
            reached_new = node_hash(reached_new, value)
        inner, outer = inner >> 1, outer >> 1
    if outer:
        raise ProofInvalid("the consistency proof is too short")
    return reached_old, reached_new
