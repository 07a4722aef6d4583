"""The database takes nothing back, and re-hashes every record before it lets it in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ehealth_ledger.chain.record import Record
from ehealth_ledger.store.indexes.catalogue import INDEXES
from tests.world import World
from tests.write_path.country import head, settle, superuser

PROTECTED = [
    *("records", "bodies", "envelopes", "receipts", "evidence", "tiles"),
    *(index.name for index in INDEXES.values() if index.grows_only),
]
ENDING = ["tariffs", "groupings"]  # whose rows end earlier, and neither change otherwise nor go
MOVING = [
    index.name for index in INDEXES.values() if not index.grows_only and index.name not in ENDING
]
PARTITIONS = ["bodies_records_0", "envelopes_records_0", "bodies_records_1", "envelopes_records_1"]
CHANGES = {
    "UPDATE": "UPDATE {table} SET {column} = {column}",
    "UPDATE of nothing": "UPDATE {table} SET {column} = {column} WHERE false",
    "DELETE": "DELETE FROM {table}",
    "DELETE of nothing": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table} CASCADE",
}


@pytest.fixture
def filled(world: World) -> World:
    """Give a ledger with an act in every table."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff()
        await world.contract(country.hospital)
        await country.treated()

    asyncio.run(story())
    with superuser(world) as connection:
        connection.execute("SELECT provide_partitions('records', 20000000)")
    return world


def test_every_table_refuses_every_change(filled: World) -> None:
    """UPDATE, DELETE and TRUNCATE fail for a superuser too, on each partition too, and in replica
    mode.
    """
    refused = 0
    with superuser(filled) as connection:
        for mode in ("origin", "replica", "local"):
            connection.execute(f"SET session_replication_role = {mode}".encode())
            for table in PROTECTED + PARTITIONS:
                row = connection.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1",
                    (table,),
                ).fetchone()
                assert row is not None
                for statement in CHANGES.values():
                    with pytest.raises(psycopg.errors.IntegrityError, match="only grows"):
                        connection.execute(statement.format(table=table, column=row[0]).encode())
                    refused += 1
    assert refused == 3 * len(PROTECTED + PARTITIONS) * len(CHANGES)


def test_no_table_of_the_log_is_left_unprotected(filled: World) -> None:
    """Every table and partition refuses change, but for those that are meant to move."""
    with superuser(filled) as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'ledger' AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM "
            "pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'only_grows' "
            "AND t.tgenabled = 'A')"
        ).fetchall()
    # Previews are held beside the ledger, not in it: they come and go.
    assert {name for (name,) in rows} == {"heads", "migrations", "previews", *MOVING}


def test_the_head_is_neither_removed_nor_moved_elsewhere(filled: World) -> None:
    """The head stays, and moves only to the last record just written."""
    position, chain_value = head(filled)
    statements = [
        "DELETE FROM heads",
        "TRUNCATE heads",
        f"UPDATE heads SET position = {position - 1}",
        f"UPDATE heads SET position = {position + 1}",
        f"UPDATE heads SET position = {position}",
        f"UPDATE heads SET chain_value = sha256('x') WHERE position = {position}",
        "UPDATE heads SET ledger = gen_random_uuid()",
        "UPDATE heads SET log = 'other'",
        "UPDATE heads SET recorded_at = recorded_at + 1",
        "INSERT INTO heads VALUES ('other', gen_random_uuid(), 1, sha256('x'), 0)",
        "INSERT INTO heads VALUES ('other', gen_random_uuid(), 0, sha256('x'), 0)",
    ]
    with superuser(filled) as connection:
        for mode in ("origin", "replica"):
            connection.execute(f"SET session_replication_role = {mode}".encode())
            for statement in statements:
                with pytest.raises(psycopg.errors.IntegrityError):
                    connection.execute(statement.encode())
    assert head(filled) == (position, chain_value)


def test_the_writer_may_insert_and_read_and_little_else(filled: World) -> None:
    """The committer's role has no right to change or remove what it wrote."""
    with superuser(filled) as connection:
        connection.execute("SET ROLE ledger_writer")
        for table in [*PROTECTED, *PARTITIONS, "heads"]:
            for right in ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "UPDATE"):
                row = connection.execute(
                    "SELECT has_table_privilege(%s, %s)", (table, right)
                ).fetchone()
                assert row == (False,), (table, right)
        for table in PROTECTED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}".encode())
        for statement in (
            "ALTER TABLE records DISABLE TRIGGER only_grows",
            "DROP TABLE records",
            "SET session_replication_role = replica",
            "UPDATE heads SET ledger = gen_random_uuid()",
            "CREATE TABLE own (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
        connection.execute("SET ROLE ledger_reader")
        for table in PROTECTED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"INSERT INTO {table} DEFAULT VALUES".encode())


# The trigger that re-hashes a batch


@dataclass
class Batch:
    """Hold one command of two facts, ready to be inserted; a case changes one thing."""

    records: list[Record]
    chain: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=lambda: [b"body 0", b"body 1"])
    envelope: bytes = b"envelope"
    envelope_at: int = 0
    envelope_of: UUID | None = None
    upto: int = 2
    since: int = 0

    @classmethod
    def after(cls, position: int, previous: bytes, ledger: UUID, recorded_at: int) -> Batch:
        command, stream, key = uuid4(), uuid4(), uuid4()
        first = Record(
            ledger,
            "records",
            position + 1,
            command,
            *(0, 2, stream, 1, "patient.registered.v1", recorded_at, key),
            sha256(b"body 0").digest(),
            sha256(b"envelope").digest(),
            previous,
        )
        return cls([first, first]).linked(first)

    def linked(self, first: Record | None = None, **second: Any) -> Batch:
        """Hash the first record and link the second to it."""
        first = first or self.records[0]
        follows = {
            "position": first.position + 1,
            "fact_index": 1,
            "stream_version": 2,
            "body_digest": sha256(b"body 1").digest(),
            "previous": first.chain_value(),
        }
        last = first._replace(**(follows | second))
        return replace(
            self,
            records=[first, last],
            chain=[first.chain_value(), last.chain_value()],
            envelope_at=first.position,
        )

    def insert(
        self,
        connection: psycopg.Connection,
        *,
        move_head: bool = True,
        edge: str = "edge_of('records', position + 2)",
    ) -> None:
        chosen = list(zip(self.records, self.chain, self.bodies, strict=True))
        chosen = chosen[self.since : self.upto]
        rows = [
            (
                *(r.log, r.position, r.ledger, r.command_id, r.fact_index, r.fact_count),
                *(r.stream_id, r.stream_version, r.topic, r.recorded_at, r.key_id),
                *(r.body_digest, r.envelope_digest, r.previous, chain),
            )
            for r, chain, _ in chosen
        ]
        for record, _, body in chosen:
            connection.execute(
                "INSERT INTO bodies VALUES (%s, %s, %s)", (record.log, record.position, body)
            )
        first = self.records[0]
        command = self.envelope_of or first.command_id
        connection.execute(
            "INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)",
            (first.log, self.envelope_at, command, first.key_id, self.envelope),
        )
        values = ", ".join(["(" + ", ".join(["%s"] * 15) + ")"] * len(rows))
        connection.execute(
            f"INSERT INTO records VALUES {values}".encode(), [each for row in rows for each in row]
        )
        if move_head:
            record, chain, _ = chosen[-1]
            connection.execute(
                "UPDATE heads SET position = %s, chain_value = %s, recorded_at = %s, "
                f"edge = {edge}".encode(),
                (record.position, chain, record.recorded_at),
            )


@contextmanager
def _writing(world: World, role: str) -> Iterator[tuple[psycopg.Connection, Batch]]:
    with superuser(world) as connection:
        if role == "ledger_writer":
            connection.execute("SET ROLE ledger_writer")
        row = connection.execute(
            "SELECT position, chain_value, ledger, recorded_at FROM heads"
        ).fetchone()
        assert row is not None
        with connection.transaction(force_rollback=True):
            yield connection, Batch.after(*row)


def _with_first(batch: Batch, **fields: Any) -> Batch:
    return batch.linked(batch.records[0]._replace(**fields))


def _wrong_hash(batch: Batch) -> Batch:
    return replace(batch, chain=[batch.chain[0], sha256(b"x").digest()])


def _counted_differently(batch: Batch) -> Batch:
    return batch.linked(batch.records[0]._replace(fact_count=5), fact_count=2)


WRONG = {
    "a bad link": (
        "does not link",
        lambda b: _with_first(b, previous=sha256(b"x").digest()),
    ),
    "a bad link inside": ("does not link", lambda b: b.linked(previous=sha256(b"x").digest())),
    "a wrong hash": ("not the hash", _wrong_hash),
    "a changed body": ("the body is not", lambda b: replace(b, bodies=[b"body 0", b"body X"])),
    "a changed envelope": ("the envelope is not", lambda b: replace(b, envelope=b"other")),
    "an envelope of another command": (
        "the envelope is not",
        lambda b: replace(b, envelope_of=uuid4()),
    ),
    "a gap": (
        "the position does not follow",
        lambda b: _with_first(b, position=b.records[0].position + 1),
    ),
    "a gap inside": (
        "the position does not follow",
        lambda b: b.linked(position=b.records[0].position + 2),
    ),
    "another ledger": ("of another ledger", lambda b: _with_first(b, ledger=uuid4())),
    "the past": ("clock runs backwards", lambda b: _with_first(b, recorded_at=1)),
    "half a command": ("not whole", lambda b: replace(b, upto=1)),
    "three facts announced": ("not whole", lambda b: _with_first(b, fact_count=3)),
    "facts that count their command differently": ("not whole", _counted_differently),
    "a second fact of another envelope": (
        "the envelope is not",
        lambda b: b.linked(envelope_digest=sha256(b"other").digest()),
    ),
    "two commands in one": ("not whole", lambda b: b.linked(command_id=uuid4())),
    "an index beyond the count": ("not whole", lambda b: b.linked(fact_index=2)),
    "a negative index": ("not whole", lambda b: _with_first(b, fact_index=-1)),
    "a negative version": ("version is negative", lambda b: _with_first(b, stream_version=-1)),
}


@pytest.mark.parametrize("role", ["superuser", "ledger_writer"])
def test_a_right_batch_is_accepted(world: World, role: str) -> None:
    """The rows these cases alter pass as they are."""
    with _writing(world, role) as (connection, batch):
        batch.insert(connection)


@pytest.mark.parametrize("wrong", WRONG)
def test_the_verifying_trigger_refuses(world: World, wrong: str) -> None:
    """Whoever writes past the committer cannot write what does not hash, link, follow and
    complete.
    """
    said, change = WRONG[wrong]
    for role in ("superuser", "ledger_writer", "superuser in replica mode"):
        with _writing(world, role) as (connection, batch):
            if role.endswith("replica mode"):
                connection.execute("SET LOCAL session_replication_role = replica")
            with pytest.raises(psycopg.errors.IntegrityError, match=said):
                change(batch).insert(connection, move_head=False)


def test_a_second_half_cannot_be_slipped_behind_a_finished_command(world: World) -> None:
    """A record that claims to be fact 2 of the command before it is refused: that command was
    whole.
    """
    asyncio.run(settle(world))
    with superuser(world) as connection:
        connection.execute("SET ROLE ledger_writer")
        row = connection.execute(
            "SELECT h.position, h.chain_value, h.ledger, h.recorded_at, e.command_id, e.blob "
            "FROM heads h JOIN envelopes e ON e.position = h.position"
        ).fetchone()
        assert row is not None
        position, chain_value, ledger, recorded_at, command, envelope = row
        forged = Record(
            ledger,
            "records",
            position + 1,
            command,
            *(1, 2, uuid4(), 1, "patient.registered.v1", recorded_at, uuid4()),
            sha256(b"body").digest(),
            sha256(envelope).digest(),
            chain_value,
        )
        connection.autocommit = False  # the body is in place; the record must not follow
        connection.execute("INSERT INTO bodies VALUES ('records', %s, %s)", (position + 1, b"body"))
        with pytest.raises(psycopg.errors.IntegrityError, match="not whole"):
            connection.execute(
                f"INSERT INTO records VALUES ({', '.join(['%s'] * 15)})".encode(),
                (
                    *("records", position + 1, ledger, command, 1, 2, forged.stream_id, 1),
                    *(forged.topic, recorded_at, forged.key_id, forged.body_digest),
                    *(forged.envelope_digest, chain_value, forged.chain_value()),
                ),
            )


@pytest.mark.parametrize("move", ["position", "chain_value", "recorded_at"])
def test_a_head_moved_past_its_record_is_refused(world: World, move: str) -> None:
    """After right records the head still goes to the last of them, exactly."""
    with _writing(world, "superuser") as (connection, batch):
        batch.insert(connection, move_head=False)
        last = {
            "position": batch.records[1].position,
            "chain_value": batch.chain[1],
            "recorded_at": batch.records[1].recorded_at,
        }
        wrong = {
            "position": batch.records[0].position,
            "chain_value": batch.chain[0],
            "recorded_at": last["recorded_at"] + 1,  # type: ignore[operator]
        }
        last[move] = wrong[move]
        with pytest.raises(psycopg.errors.IntegrityError, match="a head moves only"):
            connection.execute(
                "UPDATE heads SET position = %(position)s, chain_value = %(chain_value)s, "
                "recorded_at = %(recorded_at)s",
                last,
            )


def test_positions_have_no_gap_after_rollbacks(world: World) -> None:
    """A rolled back append leaves no hole: the next command stands right behind the last."""
    asyncio.run(settle(world))
    position, _ = head(world)
    for _ in range(3):
        with _writing(world, "ledger_writer") as (connection, batch):
            batch.insert(connection)
    assert head(world)[0] == position
    country = asyncio.run(_one_more(world))
    assert country == position + 1


async def _one_more(world: World) -> int:
    placed = (await world.send("cut_off.set", world.payer, resource=_cut_off(world))).receipt
    return placed.placement.first_position


def _cut_off(world: World) -> dict[str, str]:
    at = world.clock.now.replace(year=world.clock.now.year + 1)
    return {"id": str(uuid4()), "period": f"{at.year}-01", "at": at.isoformat()}


def test_partitions_are_there_before_they_are_needed(world: World) -> None:
    """The head's own trigger provides the next partition, protected, and records cross into it."""
    width = 2**24

    def stand_at(connection: psycopg.Connection, position: int) -> Batch:
        connection.execute("ALTER TABLE heads DISABLE TRIGGER verified")
        # Of the records before it there is no tree here.
        connection.execute("ALTER TABLE heads DISABLE TRIGGER tree_grown")
        connection.execute("UPDATE heads SET position = %s", (position,))
        connection.execute("ALTER TABLE heads ENABLE ALWAYS TRIGGER verified")
        row = connection.execute(
            "SELECT position, chain_value, ledger, recorded_at FROM heads"
        ).fetchone()
        assert row is not None
        return Batch.after(*row)

    def partitions(connection: psycopg.Connection) -> list[str]:
        rows = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bodies'::regclass "
            "ORDER BY 1"
        ).fetchall()
        return [name for (name,) in rows]

    with superuser(world) as connection, connection.transaction(force_rollback=True):
        early = stand_at(connection, width - 1_000_003)
        connection.execute("SET LOCAL ROLE ledger_writer")
        early.insert(connection, edge="edge")
        assert partitions(connection) == ["bodies_records_0"]
        connection.execute("RESET ROLE")
        crossing = stand_at(connection, width - 1_000_001)
        connection.execute("SET LOCAL ROLE ledger_writer")
        crossing.insert(connection, edge="edge")
        assert partitions(connection) == ["bodies_records_0", "bodies_records_1"]
        connection.execute("RESET ROLE")
        beyond = stand_at(connection, width - 1)
        connection.execute("SET LOCAL ROLE ledger_writer")
        beyond.insert(connection, edge="edge")
        row = connection.execute(
            "SELECT tableoid::regclass::text FROM bodies WHERE position = %s", (width,)
        ).fetchone()
        assert row == ("bodies_records_1",)
