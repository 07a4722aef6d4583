"""Bytes that two readers must not read differently: fields and Merkle paths."""

from __future__ import annotations

from hashlib import sha256
from struct import error
from uuid import UUID

import pytest
from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.chain.fields import Field, decode, encode, integer
from ehealth_ledger.chain.merkle import (
    inclusion_path,
    leaf_hash,
    levels,
    node_hash,
    root,
    root_from_path,
)

_FIELDS: some.SearchStrategy[Field] = some.one_of(
    some.binary(max_size=40),
    some.text(max_size=20),
    some.integers(-(2**63), 2**63 - 1),
    some.uuids(),
)
_PIECES = some.lists(some.binary(max_size=12), max_size=6)
LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(64)]


def _bytes_of(value: Field) -> bytes:
    """Write a field's bytes by the format's own words."""
    match value:
        case bytes():
            return value
        case str():
            return value.encode()
        case int():
            return value.to_bytes(8, "big", signed=True)
        case UUID():
            return value.bytes


@for_all(some.lists(_FIELDS, max_size=8))
def test_decode_gives_back_what_encode_took(values: list[Field]) -> None:
    """Decoding returns the very pieces."""
    assert decode(encode(*values)) == tuple(_bytes_of(value) for value in values)


@for_all(_PIECES, _PIECES)
def test_two_lists_never_share_their_bytes(one: list[bytes], other: list[bytes]) -> None:
    """Different lists have different bytes."""
    assert (encode(*one) == encode(*other)) == (one == other)


@for_all(some.binary(min_size=1, max_size=40), some.data())
def test_moving_a_boundary_changes_the_bytes(joined: bytes, data: some.DataObject) -> None:
    """The same text cut at another place is another list: nothing can shift between fields."""
    cut = data.draw(some.integers(0, len(joined)))
    other = data.draw(some.integers(0, len(joined)))
    assume(cut != other)
    assert encode(joined[:cut], joined[cut:]) != encode(joined[:other], joined[other:])
    assert encode(joined[:cut], joined[cut:]) != encode(joined)


@for_all(some.lists(some.binary(max_size=8), min_size=1, max_size=5), some.data())
def test_no_prefix_passes_for_the_whole(pieces: list[bytes], data: some.DataObject) -> None:
    """Cut anywhere, the bytes either do not decode or are another list."""
    whole = encode(*pieces)
    cut = data.draw(some.integers(0, len(whole) - 1))
    try:
        assert decode(whole[:cut]) != tuple(pieces)
    except ValueError:
        return


def test_integers_are_eight_bytes() -> None:
    """An integer field of another length is none."""
    assert integer(_bytes_of(-1)) == -1
    for size in (0, 7, 9):
        with pytest.raises(ValueError, match="8 bytes"):
            integer(bytes(size))
    with pytest.raises((error, OverflowError)):
        encode(2**63)


def _reference_root(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 9162 section 2.1.1 defines it, recursively."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(_reference_root(leaves[:split]), _reference_root(leaves[split:]))


@pytest.mark.parametrize("size", range(1, 65))
def test_every_leaf_of_every_tree_up_to_64_is_proven(size: int) -> None:
    """Each path leads from its leaf to the root of the RFC's own definition, and to no other."""
    leaves = LEAVES[:size]
    tree = levels(leaves)
    top = root(leaves)
    assert top == _reference_root(leaves) == tree[-1][0]
    for index, leaf in enumerate(leaves):
        path = inclusion_path(tree, index)
        assert root_from_path(leaf, index, size, path) == top
        for at in range(len(path)):
            broken = (*path[:at], bytes(32), *path[at + 1 :])
            assert root_from_path(leaf, index, size, broken) != top
        for length in {len(path) - 1, len(path) + 1} - {-1}:
            other = (*path, bytes(32))[:length]
            with pytest.raises(ValueError, match="inclusion path"):
                root_from_path(leaf, index, size, other)


def test_the_empty_tree_has_the_rfcs_root() -> None:
    """A tree of nothing is the hash of nothing."""
    assert root([]) == sha256(b"").digest()


@for_all(some.integers(1, 64), some.data())
@settings(max_examples=200, deadline=None)
def test_any_flipped_bit_fails(size: int, data: some.DataObject) -> None:
    """One bit of the leaf or of the path, or another index, and the root is missed."""
    index = data.draw(some.integers(0, size - 1))
    tree = levels(LEAVES[:size])
    pieces = [LEAVES[index], *inclusion_path(tree, index)]
    which = data.draw(some.integers(0, len(pieces) - 1))
    bit = data.draw(some.integers(0, 255))
    flipped = int.from_bytes(pieces[which], "big") ^ (1 << bit)
    pieces[which] = flipped.to_bytes(32, "big")
    assert root_from_path(pieces[0], index, size, pieces[1:]) != tree[-1][0]


@for_all(some.integers(2, 64), some.data())
@settings(max_examples=100, deadline=None)
def test_a_path_proves_no_other_index(size: int, data: some.DataObject) -> None:
    """A leaf cannot be passed off at another place of the tree."""
    index, other = data.draw(some.permutations(range(size)))[:2]
    tree = levels(LEAVES[:size])
    try:
        found = root_from_path(LEAVES[index], other, size, inclusion_path(tree, index))
    except ValueError:
        return
    assert found != tree[-1][0]


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_the_tree_is_no_index(index: int) -> None:
    """There is no path to a leaf that is not there."""
    with pytest.raises(ValueError, match="outside"):
        root_from_path(LEAVES[0], index, 3, ())


def test_a_node_is_never_a_leaf() -> None:
    """An inner node's two children, presented as an entry, hash to something else."""
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert encode(UUID(int=0)) != encode("")
