"""Trees grow, and their proofs hold and break, as RFC 6962 and RFC 9162 define."""

from __future__ import annotations

import pytest

from ehealth_ledger.chain.merkle_edge import EMPTY_EDGE, Edge
from ehealth_ledger.chain.merkle_proof import (
    ProofInvalid,
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from ehealth_ledger.chain.range_proof import check_range, prove_range
from ehealth_ledger.chain.tiles import Tile, TileNodes, read_level, read_place, tiles_between
from tests.chain.trees import LEAVES, mth, nodes

SIZE_MAX = 300
ROOTS = [mth(LEAVES[:n]) for n in range(SIZE_MAX + 1)]


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_the_edge_has_the_tree_s_root_at_every_size() -> None:
    """Growing by one leaf or by many gives the root that the definition gives."""
    one_by_one = EMPTY_EDGE
    for size in range(SIZE_MAX + 1):
        assert one_by_one.root() == ROOTS[size]
        assert EMPTY_EDGE.extend(LEAVES[:size])[0] == one_by_one
        assert Edge.from_bytes(size, one_by_one.to_bytes()) == one_by_one
        one_by_one, _ = one_by_one.extend(LEAVES[size : size + 1])


def test_an_edge_of_another_size_is_refused() -> None:
    """An edge has one hash for each bit of its tree's size."""
    edge, _ = EMPTY_EDGE.extend(LEAVES[:7])
    with pytest.raises(ValueError, match="3 hashes"):
        Edge.from_bytes(7, edge.to_bytes()[32:])


def test_full_tiles_are_named_as_they_fill() -> None:
    """Each 256 leaves give the root that a tile of level 1 holds."""
    edge, first = EMPTY_EDGE.extend(LEAVES[:700])
    _, second = edge.extend(LEAVES[700:])
    found = [(each.level, each.index, each.end) for each in first + second]
    assert found == [(1, 0, 256), (1, 1, 512), (1, 2, 768)]
    assert [each.hash for each in first] == [mth(LEAVES[:256]), mth(LEAVES[256:512])]


def test_every_leaf_is_proved_in_every_tree() -> None:
    """For all indexes and sizes up to 300 the proof made is the proof that holds."""
    node = nodes()
    for size in range(1, SIZE_MAX + 1):
        for index in range(size):
            path = prove_inclusion(node, index, size)
            check_inclusion(LEAVES[index], index, size, path, ROOTS[size])


def test_every_tree_is_proved_to_begin_with_every_smaller_one() -> None:
    """For all pairs of sizes up to 300 the proof made is the proof that holds."""
    node = nodes()
    for new in range(1, SIZE_MAX + 1):
        for old in range(1, new + 1):
            path = prove_consistency(node, old, new)
            check_consistency(old, ROOTS[old], new, ROOTS[new], path)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64, 100, 255, 300])
def test_no_bit_of_an_inclusion_proof_can_change(size: int) -> None:
    """One flipped bit in leaf, root or path, another index or size, a hash more or less."""
    node = nodes()
    for index in {0, size // 2, size - 1}:
        leaf, root = LEAVES[index], ROOTS[size]
        path = prove_inclusion(node, index, size)
        wrong = [(flipped(leaf, bit), index, size, path, root) for bit in range(256)]
        wrong += [(leaf, index, size, path, flipped(root, bit)) for bit in range(256)]
        wrong += [
            (leaf, index, size, (*path[:at], flipped(path[at], bit), *path[at + 1 :]), root)
            for at in range(len(path))
            for bit in range(256)
        ]
        wrong += [
            (leaf, other, size, path, root) for other in range(-1, size + 1) if other != index
        ]
        wrong += [(leaf, index, size, path[:-1], root)] if path else []
        wrong += [(leaf, index, size, (*path, root), root), (leaf, index, 0, path, root)]
        for case in wrong:
            with pytest.raises(ProofInvalid):
                check_inclusion(*case)


@pytest.mark.parametrize(
    ("old", "new"), [(1, 2), (2, 3), (3, 7), (6, 8), (8, 8), (8, 13), (64, 100), (255, 300)]
)
def test_no_bit_of_a_consistency_proof_can_change(old: int, new: int) -> None:
    """One flipped bit in either root or the path, another size, a hash more or less: refused."""
    path = prove_consistency(nodes(), old, new)
    olds, news = ROOTS[old], ROOTS[new]
    wrong = [(old, flipped(olds, bit), new, news, path) for bit in range(256)]
    wrong += [(old, olds, new, flipped(news, bit), path) for bit in range(256)]
    wrong += [
        (old, olds, new, news, (*path[:at], flipped(path[at], bit), *path[at + 1 :]))
        for at in range(len(path))
        for bit in range(256)
    ]
    wrong += [(other, olds, new, news, path) for other in range(new + 2) if other != old]
    wrong += [(old, olds, new, news, (*path, news)), (new + 1, olds, new, news, path)]
    wrong += [(old, olds, new, news, path[:-1])] if path else []
    for case in wrong:
        with pytest.raises(ProofInvalid):
            check_consistency(*case)


def test_proofs_are_made_from_tiles_alone() -> None:
    """Whoever has the tiles of a tree can prove everything about it, partial tiles included."""
    rows = {0: LEAVES, 1: [mth(LEAVES[at : at + 256]) for at in range(0, 1000 - 255, 256)]}
    for size in (1, 255, 256, 257, 700, 1000):
        held = {
            each.path: b"".join(rows[each.level][each.first : each.first + each.width])
            for each in tiles_between(0, size)
        }
        node = TileNodes(size, lambda tile, held=held: held[tile.path])
        root = EMPTY_EDGE.extend(LEAVES[:size])[0].root()
        for index in {0, size // 3, size - 1}:
            path = prove_inclusion(node, index, size)
            check_inclusion(LEAVES[index], index, size, path, root)


def test_tiles_have_the_published_example_s_shape() -> None:
    """The tree of 70,000 entries that the specification describes."""
    shape: dict[tuple[int, bool], list[int]] = {}
    for each in tiles_between(0, 70_000):
        shape.setdefault((each.level, each.width == 256), []).append(each.width)
    counted = {key: (len(widths), widths[-1]) for key, widths in shape.items()}
    assert counted == {
        (0, True): (273, 256),
        (0, False): (1, 112),
        (1, True): (1, 256),
        (1, False): (1, 17),
        (2, False): (1, 1),
    }
    assert [(each.path) for each in tiles_between(0, 256)] == ["tile/0/000", "tile/1/000.p/1"]


def test_only_new_tiles_follow_from_growth() -> None:
    """What a smaller tree's full tiles hold is not written again."""
    assert [each.path for each in tiles_between(300, 600)] == [
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
    ]
    assert not list(tiles_between(600, 600))


def test_a_tile_s_path_is_the_published_one() -> None:
    """Index 1234067 is x001/x234/067."""
    assert Tile(2, 1234067).path == "tile/2/x001/x234/067"
    assert read_place(0, "x001/x234/067.p/7") == Tile(0, 1234067, 7)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "1",
        "0001",
        "x000/001",
        "001/002",
        "x1/002",
        "001.p/0",
        "001.p/256",
        "001.p/01",
        "001.p/",
    ],
)
def test_a_tile_has_one_spelling(place: str) -> None:
    """Another spelling of a path is no path."""
    with pytest.raises(ValueError, match="tile"):
        read_place(0, place)


@pytest.mark.parametrize("level", ["64", "00", "-1", "", "1e1", "x"])
def test_a_level_has_one_spelling(level: str) -> None:
    """Levels are 0 to 63."""
    with pytest.raises(ValueError, match="level"):
        read_level(level)


def test_every_run_of_leaves_is_proved_at_once() -> None:
    """Any run proves itself in its place and nowhere else; another leaf is noticed."""
    node = nodes()
    for size in (1, 2, 3, 7, 8, 13, 33):
        for first in range(size):
            for end in range(first + 1, size + 1):
                path = prove_range(node, first, end, size)
                run = LEAVES[first:end]
                check_range(run, first, size, path, ROOTS[size])
                if end == first + 1:
                    assert sorted(path) == sorted(prove_inclusion(node, first, size))
                assert path or (first, end) == (0, size)
                for leaves, start, beside in (
                    ([*run[:-1], flipped(run[-1], 3)], first, path),
                    (run, first + 1, path),
                    (run[:-1], first, path),
                    (run, first, (*path, bytes(32))),
                    (run, first, path[:-1] if path else (bytes(32),)),
                ):
                    with pytest.raises(ProofInvalid):
                        check_range(leaves, start, size, beside, ROOTS[size])


def test_a_run_outside_the_tree_has_no_proof() -> None:
    """Nobody proves what is not there."""
    with pytest.raises(ValueError, match="outside"):
        prove_range(nodes(), 3, 9, 8)
    with pytest.raises(ProofInvalid, match="outside"):
        check_range(LEAVES[3:9], 3, 8, (), ROOTS[8])
