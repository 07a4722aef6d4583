"""Remove, insert, swap and repeat whole rows as superuser: verify names the place and the kind."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import psycopg
import pytest

from ehealth_ledger.chain.note import Note
from ehealth_ledger.chain.tiles import TILE_WIDTH
from ehealth_ledger.entrypoints.audit import SignedLast
from ehealth_ledger.store.checkpoints import newest_checkpoint
from ehealth_ledger.store.fsck.finding import Kind
from tests.audit.conftest import Audited


class Deed(NamedTuple):
    """Run a statement; expect these findings, the first named first, and no other kind."""

    statement: str
    expected: tuple[tuple[str, str], ...]


SWAP = "UPDATE {table} a SET blob = b.blob FROM {table} b WHERE (a.position, b.position) IN "
DEEDS: Final[dict[str, Deed]] = {
    "a record inside a command is removed": Deed(
        "DELETE FROM records WHERE position = {first visit + 1}",
        (("position.missing", "first visit + 1"), ("body.surplus", "first visit + 1")),
    ),
    "a body is removed": Deed(
        "DELETE FROM bodies WHERE position = {first visit + 1}",
        (("body.missing", "first visit + 1"),),
    ),
    "an envelope is removed": Deed(
        "DELETE FROM envelopes WHERE position = {first visit}",
        (("envelope.missing", "first visit"),),
    ),
    "a receipt is removed": Deed(
        "DELETE FROM receipts WHERE first_position = {first visit}",
        (("receipt.missing", "first visit"),),
    ),
    "a record is inserted before the first": Deed(
        "DROP INDEX records_command_taken; "
        "INSERT INTO records SELECT log, 0, ledger, command_id, fact_index, fact_count, "
        "gen_random_uuid(), 1, topic, recorded_at, key_id, body_digest, envelope_digest, previous, "
        "chain_value FROM records WHERE position = {end}",
        (("position.surplus", "0"),),
    ),
    "a body is inserted past the end": Deed(
        "INSERT INTO bodies SELECT log, {end} + 1, blob FROM bodies WHERE position = {end}",
        (("body.surplus", "end + 1"),),
    ),
    "an envelope is inserted beside a second fact": Deed(
        "INSERT INTO envelopes SELECT log, position + 1, command_id, key_id, blob FROM envelopes "
        "WHERE position = {first visit}",
        (("envelope.surplus", "first visit + 1"),),
    ),
    "a receipt is given twice": Deed(
        "INSERT INTO receipts SELECT log, first_position + 1, last_position, size, signature "
        "FROM receipts WHERE first_position = {first visit}",
        (("receipt.surplus", "first visit + 1"),),
    ),
    "the last record is repeated": Deed(
        "DROP INDEX records_command_taken; "
        "INSERT INTO records SELECT log, position + 1, ledger, command_id, fact_index, fact_count, "
        "gen_random_uuid(), 1, topic, recorded_at, key_id, body_digest, envelope_digest, previous, "
        "chain_value FROM records WHERE position = {end}",
        (("record.altered", "end + 1"), ("head.altered", "end + 1")),
    ),
    "two records change places": Deed(
        "UPDATE records SET position = -position "
        "WHERE position IN ({first visit}, {first visit + 1}); "
        "UPDATE records SET position = 2 * {first visit} + 1 + position WHERE position < 0",
        (("record.altered", "first visit"), ("record.altered", "first visit + 1")),
    ),
    "two bodies change places": Deed(
        SWAP.format(table="bodies")
        + "(({first visit}, {second visit}), ({second visit}, {first visit}))",
        (("body.altered", "first visit"), ("body.altered", "second visit")),
    ),
    "two envelopes change places": Deed(
        SWAP.format(table="envelopes")
        + "(({first visit}, {second visit}), ({second visit}, {first visit}))",
        (("envelope.altered", "first visit"), ("envelope.altered", "second visit")),
    ),
    "two receipts change their proofs": Deed(
        "UPDATE receipts a SET signature = b.signature FROM receipts b "
        "WHERE (a.first_position, b.first_position) "
        "IN (({first visit}, {second visit}), ({second visit}, {first visit}))",
        (("receipt.altered", "first visit"), ("receipt.altered", "second visit")),
    ),
    "the tail of records is cut off": Deed(
        "DELETE FROM records WHERE position >= {late visit}",
        (("position.missing", "late visit"), ("body.surplus", "late visit")),
    ),
    "everything of the tail but the head is cut off": Deed(
        "DELETE FROM records WHERE position >= {late visit}; "
        "DELETE FROM bodies WHERE position >= {late visit}; "
        "DELETE FROM envelopes WHERE position >= {late visit}; "
        "DELETE FROM receipts WHERE first_position >= {late visit}",
        (("position.missing", "late visit"),),
    ),
    "the head is removed": Deed("DELETE FROM heads", (("head.missing", "end"),)),
    "every record is removed": Deed("DELETE FROM records", (("position.missing", "opening"),)),
    "an index row is removed": Deed(
        "DELETE FROM redemptions WHERE position = {redemption of first visit}",
        (("index.altered", "redemption of first visit"),),
    ),
    "an index row is inserted": Deed(
        "INSERT INTO redemptions VALUES (gen_random_uuid(), {first visit}, 1)",
        (("index.altered", "first visit"),),
    ),
    "an id is taken that nobody brought": Deed(
        "INSERT INTO ids VALUES (gen_random_uuid(), {first visit})",
        (("index.altered", "first visit"),),
    ),
    "a tile is removed": Deed("DELETE FROM tiles", (("tile.missing", "tile"),)),
    "a tile is inserted past the end": Deed(
        "INSERT INTO tiles SELECT log, level, 7, hashes, root FROM tiles",
        (("tile.surplus", "tile + 1792"),),
    ),
    "a tile is inserted at a level that no log reaches": Deed(
        "ALTER TABLE tiles DROP CONSTRAINT tiles_level_check; "
        "INSERT INTO tiles SELECT log, 7, 0, hashes, root FROM tiles",
        (("tile.surplus", "0"),),
    ),
    "a tile is inserted before the first": Deed(
        "ALTER TABLE tiles DROP CONSTRAINT tiles_index_check; "
        "INSERT INTO tiles SELECT log, 0, -1, hashes, root FROM tiles",
        (("tile.surplus", "0"),),
    ),
    "a checkpoint is inserted past the end": Deed(
        "INSERT INTO checkpoints SELECT log, {end} + 1, note FROM checkpoints WHERE size = {end}",
        (("checkpoint.contradicted", "end + 1"),),
    ),
    "a checkpoint is inserted that nobody signed": Deed(
        "INSERT INTO checkpoints SELECT log, 9, note FROM checkpoints WHERE size = {end}",
        (("checkpoint.altered", "0 + 9"),),
    ),
    "a witness's line is put beneath another checkpoint": Deed(
        "INSERT INTO cosignatures SELECT log, {end}, witness, line FROM cosignatures",
        (("cosignature.altered", "end"),),
    ),
    "a checkpoint is removed that a witness cosigned": Deed(
        "DELETE FROM checkpoints WHERE size = {cosigned}", (("cosignature.altered", "cosigned"),)
    ),
    "a checkpoint is removed that the super-log binds": Deed(
        "DELETE FROM checkpoints WHERE log = 'records' AND size = {signed}",
        (("tree.altered", "0 + 1"),),
    ),
    "an entry of the super-log is removed": Deed(
        "DELETE FROM super_log WHERE index = 1", (("tree.altered", "second checkpoint"),)
    ),
    "the last entry of the super-log is removed": Deed(
        "DELETE FROM super_log WHERE index = 2",
        (("checkpoint.contradicted", "second checkpoint + 1"),),
    ),
    "an entry of the super-log is repeated": Deed(
        "ALTER TABLE super_log DROP CONSTRAINT super_log_log_size_key; "
        "INSERT INTO super_log SELECT 3, log, size, nodes FROM super_log WHERE index = 2",
        (("tree.altered", "second checkpoint + 2"),),
    ),
    "two entries of the super-log change places": Deed(
        "UPDATE super_log SET index = 9 - index WHERE index < 2; "
        "UPDATE super_log SET index = index - 8 WHERE index > 7",
        (("tree.altered", "0 + 1"),),
    ),
    "a checkpoint of the super-log is inserted past the end": Deed(
        "INSERT INTO checkpoints SELECT log, 7, note FROM checkpoints "
        "WHERE log = 'super' AND size = 3",
        (("checkpoint.contradicted", "0 + 7"),),
    ),
    "an unknown migration was applied": Deed(
        "INSERT INTO migrations VALUES ('9999_other.sql', '\\x00')", (("schema.altered", "0"),)
    ),
}


LOGS: Final = ("records", "super")
SIGNED: Final = ("signed", "cosigned", "end")


class _Places(dict[str, int]):
    """Resolve `{first visit + 1}` in a statement."""

    def __init__(self, audited: Audited) -> None:
        self._audited = audited

    def __missing__(self, name: str) -> int:
        return self._audited.place(name)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_moved_row_is_named(audited: Audited, deed: str) -> None:
    """Rows cannot come, go or change places unseen, and one bad place does not drown the rest."""
    statement, expected = DEEDS[deed]
    with audited.as_superuser() as connection:
        connection.execute(statement.format_map(_Places(audited)).encode())
    findings = audited.verify().findings
    found = [(str(each.kind), each.position) for each in findings]
    wanted = [(kind, audited.place(place)) for kind, place in expected]
    assert set(wanted) <= set(found), findings
    assert found[0] == wanted[0], findings
    of_log = [each for each in findings if each.log == findings[0].log]
    assert all(each.position >= wanted[0][1] or each.position == 0 for each in of_log)


def newest(audited: Audited, log: str) -> Note:
    """Return the checkpoint signed last, as the signer's state file holds it."""
    with psycopg.connect(audited.urls.ledger, options="-c search_path=ledger") as connection:
        found = newest_checkpoint(connection, log)
    assert found is not None
    return found


def test_one_broken_row_is_one_finding(audited: Audited) -> None:
    """What follows a broken row is judged by its own intact hashes, not by the broken one."""
    at = audited.place("first visit")
    with audited.as_superuser() as connection:
        connection.execute("UPDATE records SET recorded_at = 7 WHERE position = %s", (at,))
    assert audited.kinds() == {("record.altered", at)}


def test_a_tail_cut_off_with_its_head_is_found_by_what_lies_outside_only(audited: Audited) -> None:
    """Who sets the head back too leaves a shorter true log: a receipt tells, and the state file."""
    at = audited.place("last")
    kept = audited.verify()
    states = [SignedLast(Path(f"last.{log}"), newest(audited, log)) for log in LOGS]
    assert audited.verify(states=states).findings == ()
    with audited.as_superuser() as connection:
        connection.execute(
            "UPDATE heads h SET position = r.position, chain_value = r.chain_value, "
            "recorded_at = r.recorded_at, edge = edge_of('records', r.position) FROM records r "
            "WHERE r.position = %s - 1",
            (at,),
        )
        connection.execute(
            "DELETE FROM clinical_resources WHERE id IN (SELECT id FROM ids WHERE position >= %s)",
            (at,),
        )
        connection.execute("DELETE FROM ids WHERE position >= %s", (at,))
        connection.execute("DELETE FROM deadlines WHERE position >= %s", (at,))
        for table in ("records", "bodies", "envelopes"):
            connection.execute(f"DELETE FROM {table} WHERE position >= %s".encode(), (at,))
        connection.execute("DELETE FROM receipts WHERE first_position >= %s", (at,))
    # The checkpoint that others have is still in the table, and names what is gone.
    tile = audited.place("tile")
    assert audited.kinds() == {
        *(("checkpoint.contradicted", audited.place(each)) for each in SIGNED),
        *({("tile.surplus", tile)} if at <= tile else ()),  # a full tile reaches past the new end
    }
    with audited.as_superuser() as connection:
        connection.execute("DELETE FROM checkpoints WHERE size >= %s", (at,))
        connection.execute("DELETE FROM cosignatures WHERE size >= %s", (at,))
        connection.execute("DELETE FROM super_log; DELETE FROM checkpoints WHERE log = 'super'")
        connection.execute("DELETE FROM tiles WHERE (index + 1) * %s >= %s", (TILE_WIDTH, at))
    report = audited.verify()
    assert report.findings == ()
    assert (report.position, report.chain_value) != (kept.position, kept.chain_value)
    findings = audited.verify(states=states).findings
    assert {each.kind for each in findings} == {Kind.CHECKPOINT_CONTRADICTED}
    assert [(each.log, each.position, each.detail) for each in findings] == [
        ("records", kept.position, "the state file last.records is of more records"),
        ("super", 3, "the state file last.super is of more entries"),
    ]
