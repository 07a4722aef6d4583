"""The log's Merkle tree grows with every commit, and the database lets in no other one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.chain.merkle import root
from ehealth_ledger.chain.merkle_edge import EMPTY_EDGE, Edge, TileNode
from ehealth_ledger.chain.merkle_proof import check_consistency, check_inclusion
from ehealth_ledger.chain.tiles import TILE_WIDTH, Tile, tiles_between
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.tables import HeadRow
from ehealth_ledger.store.fsck.tree import GrownTree
from ehealth_ledger.store.migrate import apply, ledger_migrations
from ehealth_ledger.store.tree import Tree
from tests.world import World
from tests.write_path.country import Country, settle, superuser

# The migrations that brought it, and what rests on it.
TREE = ["0160_tree.sql", "0161_checkpoints.sql", "0190_super_log.sql", "0200_signer_role.sql"]


def chain_values(connection: psycopg.Connection) -> list[bytes]:
    rows = connection.execute("SELECT chain_value FROM records ORDER BY position")
    return [value for (value,) in rows]


def stored_edge(connection: psycopg.Connection) -> Edge:
    row = connection.execute("SELECT position, edge FROM heads WHERE log = 'records'").fetchone()
    assert row is not None
    return Edge.from_bytes(*row)


def stored_tiles(connection: psycopg.Connection) -> dict[tuple[int, int], tuple[bytes, bytes]]:
    rows = connection.execute("SELECT level, index, hashes, root FROM tiles")
    return {(level, index): (hashes, top) for level, index, hashes, top in rows}


def tiles_of(leaves: list[bytes]) -> dict[tuple[int, int], tuple[bytes, bytes]]:
    """Cut a tree into full tiles as the published layout says."""
    tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
    row, level = leaves, 0
    while row:
        cut = [row[at : at + 256] for at in range(0, len(row) // 256 * 256, 256)]
        tops = [root(each) for each in cut]
        for index, (each, top) in enumerate(zip(cut, tops, strict=True)):
            tiles[level, index] = (b"".join(each), top)
        row, level = tops, level + 1
    return tiles


async def registered(world: World, count: int) -> Country:
    """Register so many patients: a record each, several in one commit."""
    country = await settle(world)
    for _ in range(count // 20):
        await asyncio.gather(*(world.patient(country.doctor) for _ in range(20)))
    return country


def test_edge_and_tiles_are_those_of_the_records(world: World) -> None:
    """Whatever was committed, the head knows the root of all of it, and full tiles are kept."""
    asyncio.run(registered(world, 300))
    with superuser(world) as connection:
        leaves = chain_values(connection)
        assert len(leaves) > 256
        assert stored_edge(connection) == EMPTY_EDGE.extend(leaves)[0]
        assert stored_edge(connection).root() == root(leaves)
        assert stored_tiles(connection) == tiles_of(leaves)


@contextmanager
def scratch(world: World, leaves: list[bytes]) -> Iterator[psycopg.Connection]:
    """Put bare chain values in place of the log's records, with triggers off, rolled back after."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, autocommit=False) as connection:
        for table in ("records", "heads", "tiles"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
            connection.execute(f"DELETE FROM {table}".encode())
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY records (log, position, ledger, command_id, fact_index, fact_count, "
                "stream_id, stream_version, topic, recorded_at, key_id, body_digest, "
                "envelope_digest, previous, chain_value) FROM STDIN"
            ) as copy,
        ):
            nobody = "00000000-0000-0000-0000-000000000000"
            for position, leaf in enumerate(leaves, 1):
                row = ("records", position, nobody, nobody, 1, 1, nobody, position, "t", 0, nobody)
                copy.write_row((*row, b"", b"", b"", leaf))
        yield connection
        connection.rollback()


SIZES = (0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_303, 131_072, 131_333)


def test_the_database_computes_the_same_tree_at_every_height(world: World) -> None:
    """The second implementation, in SQL, agrees with the first over two levels of tiles."""
    leaves = [sha256(at.to_bytes(4)).digest() for at in range(SIZES[-1])]
    edge, nodes = EMPTY_EDGE, list[TileNode]()
    with scratch(world, leaves) as connection:
        for before, size in pairwise(SIZES):
            edge, full = edge.extend(leaves[before:size])
            nodes.extend(full)
            connection.execute("SELECT cut_tiles('records', %s, %s)", (before, size))
            (computed,) = connection.execute("SELECT edge_of('records', %s)", (size,)).fetchone()
            assert Edge.from_bytes(size, computed) == edge, size
        tiles = stored_tiles(connection)
    assert tiles == tiles_of(leaves)
    assert {(each.level - 1, each.index): each.hash for each in nodes} == {
        place: top for place, (_, top) in tiles.items()
    }


def test_proofs_hold_over_two_levels_of_tiles(world: World) -> None:
    """Paths and roots of a large log are read from few tiles, full and partial, at any size."""
    leaves = [sha256(at.to_bytes(4)).digest() for at in range(SIZES[-1])]
    with scratch(world, leaves) as connection:
        connection.execute("SELECT cut_tiles('records', 0, %s)", (len(leaves),))
        for size in SIZES[1:]:
            tree, edge = Tree(connection, "records", size), EMPTY_EDGE.extend(leaves[:size])[0]
            assert tree.root() == edge.root(), size
            for index in {0, size // 2, size - 1}:
                path = tree.inclusion(index)
                check_inclusion(leaves[index], index, size, path, edge.root())
            for old in (each for each in SIZES[1:] if each <= size):
                old_root = EMPTY_EDGE.extend(leaves[:old])[0].root()
                path = tree.consistency(old)
                check_consistency(old, old_root, size, edge.root(), path)
        expected = tiles_of(leaves)
        for tile in tiles_between(0, len(leaves)):
            hashes = tree.read(tile)
            if tile.width == TILE_WIDTH:
                assert hashes == expected[tile.level, tile.index][0]
            elif tile.level:
                below = range(tile.first, tile.first + tile.width)
                assert hashes == b"".join(expected[tile.level - 1, each][1] for each in below)
        with pytest.raises(ValueError, match="too small"):
            tree.read(Tile(2, 0, 3))
        connection.execute("DELETE FROM tiles WHERE level = 0 AND index = 1")
        with pytest.raises(LedgerCorrupt, match=r"tile\.missing"):
            tree.at(size).inclusion(300)


ALTERED = {
    "a leaf of the first tile": ("level = 0 AND index = 0", "hashes", "tile.altered", 256),
    "a root within a large tile": ("level = 1 AND index = 1", "hashes", "tile.altered", 131_072),
    "the root of a large tile": ("level = 1 AND index = 0", "root", "tile.altered", 65_536),
}


@pytest.mark.parametrize("altered", ["nothing", *ALTERED])
def test_verify_builds_large_tiles_again(world: World, altered: str) -> None:
    """Tiles of tiles are compared as well, at the size of the tree that completed them."""
    leaves = [sha256(at.to_bytes(4)).digest() for at in range(SIZES[-1])]
    ledger, nobody = world.author.ledger, UUID(int=1)
    rows = [
        RecordRow(*(at, ledger, nobody, 0, 1, nobody, at, "t", 0, nobody), *(b"", b"", b""), leaf)
        for at, leaf in enumerate(leaves, 1)
    ]
    findings, expected = Findings(), []
    with scratch(world, leaves) as connection:
        connection.execute("SELECT cut_tiles('records', 0, %s)", (len(leaves),))
        if altered != "nothing":
            where, column, kind, at = ALTERED[altered]
            expected = [(kind, at)]
            flip = f"{column} = set_byte({column}, 7, get_byte({column}, 7) # 1)"
            connection.execute(f"UPDATE tiles SET {flip} WHERE {where}".encode())
        tree = GrownTree(connection, world.author.ledger, "records", (), findings)
        for at in range(0, len(rows), 2_000):
            page = rows[at : at + 2_000]
            tree.take(page, page)
        edge = EMPTY_EDGE.extend(leaves)[0]
        tree.check_edge(HeadRow(ledger, len(leaves), leaves[-1], 0, edge.to_bytes()))
    found = [(str(each.kind), each.position) for each in findings.items]
    assert found == expected


LIES = {
    "no edge": "''",
    "an edge of another size": "edge || edge",
    "another last leaf": "set_byte(edge, octet_length(edge) - 1, get_byte(edge, 3) # 85)",
}


@pytest.mark.parametrize("lie", LIES)
def test_the_database_refuses_an_edge_that_cannot_be(world: World, lie: str) -> None:
    """A writer that does not keep the tree, or keeps another one, commits nothing."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        connection.execute("ALTER TABLE heads DISABLE TRIGGER verified")
        with pytest.raises(psycopg.errors.IntegrityError, match="the edge"):
            connection.execute(
                # one record less: an odd number, whose last leaf is a chain value
                "UPDATE heads h SET position = r.position, chain_value = r.chain_value, "
                f"edge = {LIES[lie]} FROM records r "
                "WHERE r.position = ((h.position - 1) / 2) * 2 - 1".encode()
            )


def test_the_writer_cuts_no_tiles_itself(world: World) -> None:
    """Tiles come from the records alone: the role that appends cannot put one there."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer") as connection:
        for statement in (
            "INSERT INTO tiles VALUES ('records', 0, 0, sha256('x'), sha256('x'))",
            "SELECT cut_tiles('records', 0, 256)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_the_database_refuses_to_change_a_subtree_that_was_complete(world: World) -> None:
    """What stands to the left never changes again."""
    asyncio.run(registered(world, 40))
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        edge = stored_edge(connection)
        connection.execute("ALTER TABLE heads DISABLE TRIGGER verified")
        larger = edge.size + 2 - edge.size % 2  # even: its last subtree is no single leaf
        assert larger.bit_length() == edge.size.bit_length()
        changed = os.urandom(32 * larger.bit_count())
        with pytest.raises(psycopg.errors.IntegrityError, match="was complete"):
            connection.execute("UPDATE heads SET position = %s, edge = %s", (larger, changed))


def test_a_tile_cut_of_other_leaves_than_the_edge_is_refused(world: World) -> None:
    """The writer's edge and the database's tile are computed apart and must agree."""
    leaves = [sha256(at.to_bytes(4)).digest() for at in range(300)]
    lying = EMPTY_EDGE.extend([bytes(32), *leaves[1:255]])[0].extend(leaves[255:257])[0]
    true = EMPTY_EDGE.extend(leaves[:257])[0]
    for edge, is_refused in ((true, False), (lying, True)):
        with scratch(world, leaves) as connection:
            before = EMPTY_EDGE.extend(leaves[:1])[0].to_bytes()
            connection.execute(
                "INSERT INTO heads VALUES ('records', %s, 1, %s, 0, %s)",
                (world.author.ledger, leaves[0], before),
            )
            connection.execute("ALTER TABLE heads ENABLE TRIGGER tree_grown")
            move = "UPDATE heads SET position = 257, chain_value = %s, edge = %s"
            values = (leaves[256], edge.to_bytes())
            if is_refused:
                with pytest.raises(psycopg.errors.IntegrityError, match="tile just cut"):
                    connection.execute(move.encode(), values)
            else:
                connection.execute(move.encode(), values)


def test_the_tree_of_an_older_ledger_is_planted_when_its_tables_are_brought_up_to_date(
    world: World,
) -> None:
    """A ledger that was written before there was a tree has the same one after `db init`."""
    country = asyncio.run(registered(world, 300))
    with superuser(world) as connection:
        before = stored_edge(connection), stored_tiles(connection)
        connection.execute(
            "DROP TABLE IF EXISTS tiles, super_log, checkpoints, cosignatures; "
            "DROP TRIGGER tree_grown ON heads; ALTER TABLE heads DROP COLUMN edge; "
            "DROP FUNCTION tree_root, cut_tiles, edge_of, grow_tree, right_hash"
        )
        connection.execute("DELETE FROM migrations WHERE name = ANY(%s)", (TREE,))
    for expected in (TREE, []):
        assert apply(world.urls.ledger, LEDGER_SCHEMA, ledger_migrations()) == expected
        with superuser(world) as connection:
            assert (stored_edge(connection), stored_tiles(connection)) == before
    asyncio.run(world.patient(country.doctor))  # and it goes on growing
