"""Hold records against what a checkpoint of the super-log binds: its entries, not its word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note, sign_note
from ehealth_ledger.entrypoints.audit import own_keys
from ehealth_ledger.entrypoints.bootstrap import SUPER_KEY
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.backup.manifest import Mark
from ehealth_ledger.store.backup.proof import Believing, Check, Known, Outcome, prove
from ehealth_ledger.store.checkpoints import keep_checkpoint
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.store.super_log import SuperTree, append, size_of
from tests.backup.test_witnesses import over, signed
from tests.signing import grown, signer_of
from tests.world import World, founded


@pytest.fixture
def quiet(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger, signed for once, whose service is not running."""
    with founded(tmp_path, database) as world:
        signed(world)
        yield world


def proved(world: World, kept: Note) -> Check:
    """Prove the log by one checkpoint that was given."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        mark = Mark.of(connection, "records")
        known = [Known("given", kept.to_bytes(), True)]
        believing = Believing(own_keys(world.settings, world.urls))
        checks = list(prove(connection, mark, known, believing))
    return next(each for each in checks if each.name == "checkpoint (given)")


def forged(connection: psycopg.Connection, world: World, told: Checkpoint) -> Note:
    """Let the super-log bind a checkpoint of the log, with the operator's key, and sign over it."""
    key = SigningKey(read_secret(world.settings.checkpoint_key_file))
    note = sign_note(told.text, signer_of(world).key, key.sign)
    keep_checkpoint(connection, "records", note)
    append(connection, [note])
    size = size_of(connection)
    above = Checkpoint(over(world).key.name, size, SuperTree(connection, size).root())
    return sign_note(above.text, over(world).key, key.apart(SUPER_KEY).sign)


def last(world: World) -> Note:
    return Note.parse(world.settings.super_state_file.read_bytes())


def test_the_records_are_held_against_the_entry(quiet: World) -> None:
    """A super-log that is whole and binds another log, or a longer one, proves nothing of this."""
    assert proved(quiet, last(quiet)).outcome is Outcome.PROVED
    head = Checkpoint.parse(Note.parse(quiet.settings.checkpoint_state_file.read_bytes()).text)
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        longer = forged(connection, quiet, head._replace(size=head.size + 1))
    found = proved(quiet, longer)
    assert found.outcome is Outcome.FAILED
    assert found.detail.endswith(f"they bind {head.size + 1} records, and the log has fewer")
    grown(quiet)  # as long as that one, and another log
    found = proved(quiet, longer)
    assert found.outcome is Outcome.FAILED
    assert "does not begin with the 2 entries of the super-log signed for" in found.detail


def test_an_entry_that_was_exchanged_is_not_believed(quiet: World) -> None:
    """The tree beside the entries says what they were: another checkpoint in its place is told."""
    size = Checkpoint.parse(last(quiet).text).size
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        connection.execute("ALTER TABLE checkpoints DISABLE TRIGGER ALL")
        connection.execute(
            "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE log = 'super') "
            "WHERE log = 'records'"
        )
    found = proved(quiet, last(quiet))
    assert size == 1
    assert found.outcome is Outcome.FAILED
    assert found.detail.endswith("the inclusion path leads to another root")


def test_an_entry_whose_subtrees_were_cut_is_damage(quiet: World) -> None:
    """It is named, not stumbled over: a proof takes its hashes from there."""
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        connection.execute("ALTER TABLE super_log DISABLE TRIGGER ALL")
        connection.execute("UPDATE super_log SET nodes = nodes || sha256(nodes) WHERE index = 0")
        with pytest.raises(LedgerCorrupt, match=r"tile\.altered at super/1"):
            SuperTree(connection, 1).root()
