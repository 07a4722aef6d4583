"""The super-log follows the logs, is signed with them, and is never signed twice over."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.note import Note
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import own_keys, verify_ledger
from ehealth_ledger.entrypoints.http.signing import signing
from ehealth_ledger.settings import Databases
from ehealth_ledger.store import signer as signer_module
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.export import export
from ehealth_ledger.store.proofs import checkpoint_file, signed_tree
from ehealth_ledger.store.secrets import read_secret
from ehealth_ledger.store.signer import AnotherSigns, SignerRefused
from ehealth_ledger.store.super_log import SuperSigner
from tests.chain.trees import mth
from tests.signing import copied, grow, grown, signer_of
from tests.world import World, founded, serving


@pytest.fixture
def quiet(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger whose service is not running, so that its database can be copied."""
    with founded(tmp_path, database) as world:
        yield world


def over(world: World) -> SuperSigner:
    return bootstrap.super_signer(world.settings, world.author.ledger)


def sign(world: World) -> Checkpoint:
    """Sign for the log, then for the super-log, as the service does."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = signer_of(world).sign(connection)
        assert note is not None
        signed = over(world).sign_over(connection, [note])
    assert signed is not None
    assert signed.signed_by([over(world).key])
    return Checkpoint.parse(signed.text)


def texts(world: World, log: str) -> list[str]:
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        rows = connection.execute(
            "SELECT note FROM checkpoints WHERE log = %s ORDER BY size", (log,)
        ).fetchall()
    return [Note.parse(note).text for (note,) in rows]


def test_the_super_log_holds_every_checkpoint_once(quiet: World) -> None:
    """An entry for each checkpoint of the log, a checkpoint over each, and nothing more."""
    for records in (1, 2, 3, 1, 1):
        grown(quiet, records)
        signed = sign(quiet)
    assert sign(quiet) == signed, "nothing was added, nothing is signed"
    entries = texts(quiet, "records")
    assert len(entries) == signed.size == 5
    leaves = [leaf_hash(each.encode()) for each in entries]
    roots = [Checkpoint.parse(each).root for each in texts(quiet, SUPER)]
    assert roots == [mth(leaves[:size]) for size in range(1, 6)]
    state = Note.parse(quiet.settings.super_state_file.read_bytes())
    assert Checkpoint.parse(state.text) == signed
    assert signed.origin == f"ehealth-ledger/{quiet.author.ledger}/super"


def test_the_service_signs_for_the_super_log_by_itself(quiet: World) -> None:
    """Its checkpoint follows the log's at the same beat."""
    with serving(quiet), signing(quiet.settings, quiet.urls, _raise) as told:
        asyncio.run(grow(quiet))
        deadline = time.monotonic() + 20
        while told.word != "signing" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert told.word == "signing"
    assert len(texts(quiet, SUPER)) == len(texts(quiet, "records")) >= 1


def test_a_super_log_that_was_set_back_is_not_signed_for(server: str, quiet: World) -> None:
    """Though the log's own state were lost, the nation's root is not signed twice over."""
    grown(quiet)
    sign(quiet)
    kept = quiet.settings.checkpoint_state_file.read_bytes()
    with copied(server, quiet) as restored:
        for _ in range(2):
            grown(quiet)
            sign(quiet)
        state = quiet.settings.super_state_file.read_bytes()
        quiet.settings.checkpoint_state_file.write_bytes(kept)
        grown(restored, 5)
        with pytest.raises(SignerRefused, match="1 records, and 3 were signed for"):
            sign(restored)
        assert len(texts(restored, SUPER)) == 1
        with connect(restored.urls.ledger, schema=LEDGER_SCHEMA) as connection:
            assert connection.execute("SELECT count(*) FROM super_log").fetchone() == (1,)
        assert quiet.settings.super_state_file.read_bytes() == state


def test_a_state_file_that_is_gone_stops_the_signer(quiet: World) -> None:
    """What was signed last is never guessed."""
    grown(quiet)
    sign(quiet)
    quiet.settings.super_state_file.unlink()
    grown(quiet)
    with pytest.raises(SignerRefused, match="state file is missing"):
        sign(quiet)


def test_two_processes_do_not_sign_at_once(quiet: World) -> None:
    """Only one of a machine's gateways appends to the super-log."""
    grown(quiet)
    state = quiet.settings.super_state_file
    state.parent.mkdir(exist_ok=True)
    with state.with_name(f"{state.name}.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AnotherSigns):
            sign(quiet)


def test_a_crash_between_disk_and_database_loses_no_checkpoint(
    quiet: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the disk was perhaps seen by somebody: it is published, not signed otherwise."""
    grown(quiet)
    note = None
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = signer_of(quiet).sign(connection)
        assert note is not None
        with monkeypatch.context() as patched:
            patched.setattr(signer_module, "keep_checkpoint", _lose_connection)
            with pytest.raises(psycopg.OperationalError):
                over(quiet).sign_over(connection, [note])
    assert texts(quiet, SUPER) == []
    left = Note.parse(quiet.settings.super_state_file.read_bytes()).text
    grown(quiet)
    later = sign(quiet)
    assert texts(quiet, SUPER) == [left, later.text]


def test_many_checkpoints_are_read_as_tiles(quiet: World, tmp_path: Path) -> None:
    """More than a tile of entries, exported and proved from any of them."""
    with serving(quiet):
        for _ in range(260):
            asyncio.run(grow(quiet))
            signed = sign(quiet)
    assert signed.size == 260
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader") as reading:
        found = signed_tree(reading, SUPER)
        assert found is not None
        assert found.tree.size == 260
        assert found.tree.root() == signed.root
        assert export(found, tmp_path / "super", lambda *_: None) == 6  # tiles, entries
        newest = checkpoint_file(reading, "records")
        assert newest is not None
        newest.check_under(signed)
        assert newest.entry.decode() == texts(quiet, "records")[-1]
        (size,) = reading.execute("SELECT size FROM super_log WHERE index = 100").fetchone() or (0,)
        older = checkpoint_file(reading, "records", size=size)
        assert older is not None
        older.check_under(signed)
        assert (older.index, Checkpoint.parse(older.entry.decode()).size) == (100, size)
        assert checkpoint_file(reading, "records", size=10**9) is None


def test_the_database_keeps_the_super_log_as_it_is(quiet: World) -> None:
    """Nobody who writes may change, remove or skip the checkpoints that were bound."""
    grown(quiet)
    sign(quiet)
    with psycopg.connect(quiet.urls.ledger, autocommit=True) as connection:
        for statement in (
            "UPDATE ledger.super_log SET size = size + 1",
            "DELETE FROM ledger.super_log",
            "TRUNCATE ledger.super_log",
            "INSERT INTO ledger.super_log VALUES (7, 'records', 999999, sha256(''))",
        ):
            with pytest.raises(psycopg.DatabaseError):
                connection.execute(statement.encode())


def test_verify_grows_the_super_log_again(quiet: World) -> None:
    """An untouched one is intact, and its checkpoints are counted with the log's."""
    for _ in range(3):
        grown(quiet)
        sign(quiet)
    master = read_secret(quiet.settings.master_key_file)
    keys = own_keys(quiet.settings, quiet.urls)
    report = verify_ledger(quiet.urls, master, keys=keys, progress=lambda *_: None)
    assert (report.findings, report.checkpoints) == ((), 6)


def _lose_connection(*_: object) -> None:
    raise psycopg.OperationalError("lost")


def _raise(fault: BaseException) -> None:
    raise fault
