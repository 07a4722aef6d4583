"""Prove a run of neighbouring leaves at once: the roots of everything to its left and its right.

The recursion is that of RFC 9162 section 2.1. A run of one leaf has the hashes of its inclusion
path, from the left to the right; a run that is the whole tree needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hmac import compare_digest

from ehealth_ledger.chain.merkle import node_hash
from ehealth_ledger.chain.merkle_proof import Nodes, ProofInvalid, range_root, split_at


def prove_range(nodes: Nodes, first: int, end: int, size: int) -> tuple[bytes, ...]:
    """Return the roots beside the leaves from `first` up to `end`, in a tree of `size` leaves.

    Raise ValueError where the tree has no such leaves.
    """
    if not 0 <= first < end <= size:
        raise ValueError("the run of leaves is outside the tree")
    return tuple(_outside(nodes, first, end, 0, size))


def _outside(nodes: Nodes, first: int, end: int, begin: int, stop: int) -> Iterator[bytes]:
    if stop <= first or end <= begin:
        yield range_root(nodes, begin, stop)
    elif not (first <= begin and stop <= end):
        middle = begin + split_at(stop - begin)
        yield from _outside(nodes, first, end, begin, middle)
        yield from _outside(nodes, first, end, middle, stop)


def check_range(
    leaves: Sequence[bytes], first: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofInvalid unless the leaves stand in the tree from index `first` on."""
    end = first + len(leaves)
    if not 0 <= first < end <= size:
        raise ProofInvalid("the run of leaves is outside the tree")
    beside = iter(path)
    reached = _root(leaves, first, beside, 0, size)
    if next(beside, None) is not None:
        raise ProofInvalid("the proof of the run is too long")
    if not compare_digest(reached, root):
        raise ProofInvalid("the run leads to another root")


def _root(
    leaves: Sequence[bytes], first: int, beside: Iterator[bytes], begin: int, stop: int
) -> bytes:
    if stop <= first or first + len(leaves) <= begin:
        given = next(beside, None)
        if given is None:
            raise ProofInvalid("the proof of the run is too short")
        return given
    if stop - begin == 1:
        return leaves[begin - first]
    middle = begin + split_at(stop - begin)
    left = _root(leaves, first, beside, begin, middle)
    return node_hash(left, _root(leaves, first, beside, middle, stop))
