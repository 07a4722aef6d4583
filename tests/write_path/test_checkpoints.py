"""The signer signs one history: a log that was set back, swapped or altered is not signed for."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.note import ED25519, Note, VerifierKey, sign_note
from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.beside import Beside
from ehealth_ledger.entrypoints.http.signing import signing
from ehealth_ledger.settings import Databases
from ehealth_ledger.store import signer as signer_module
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.secrets import SigningKey
from ehealth_ledger.store.signer import AnotherSigns, SignerRefused
from tests.signing import copied, grow, grown, published, sign, signer_of
from tests.world import World, founded, serving


@pytest.fixture
def quiet(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger whose service is not running, so that its database can be copied."""
    with founded(tmp_path, database) as world:
        yield world


def test_a_checkpoint_names_deployment_log_size_and_root(quiet: World) -> None:
    """What is signed is the tree the head keeps, under a name no other deployment has."""
    grown(quiet)
    first = sign(quiet)
    assert first is not None
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        (size,) = connection.execute("SELECT position FROM heads").fetchone() or (0,)
    assert (first.origin, first.size) == (f"ehealth-ledger/{quiet.author.ledger}/records", size)
    assert sign(quiet) == first, "nothing was added, nothing is signed"
    grown(quiet)
    second = sign(quiet)
    assert published(quiet) == [first, second]
    state = Note.parse(quiet.settings.checkpoint_state_file.read_bytes())
    assert Checkpoint.parse(state.text) == second


def test_a_restored_backup_is_not_signed_for(server: str, quiet: World) -> None:
    """A database set back is shorter than what was signed; gone on from there, it is a fork."""
    grown(quiet)
    assert sign(quiet) is not None
    with copied(server, quiet) as restored:
        grown(quiet, 3)
        newest = sign(quiet)
        assert newest is not None
        state = quiet.settings.checkpoint_state_file.read_bytes()
        with pytest.raises(SignerRefused, match=f"{newest.size - 3} records, and {newest.size}"):
            sign(restored)
        grown(restored, 3)  # as long as the true one, and other records
        with pytest.raises(SignerRefused, match="does not begin with"):
            sign(restored)
        grown(restored, 40)  # longer than the true one
        with pytest.raises(SignerRefused, match="does not begin with"):
            sign(restored)
        assert published(restored) == published(quiet)[:1]
        assert quiet.settings.checkpoint_state_file.read_bytes() == state
    grown(quiet)
    assert sign(quiet) is not None, "the true log goes on"


def test_the_running_service_says_that_signing_is_refused_and_takes_commands(
    server: str, quiet: World
) -> None:
    """Refusing is loud, and care goes on: `/ready` names it, commands get their receipts."""
    grown(quiet)
    sign(quiet)
    with copied(server, quiet) as restored:
        grown(quiet, 3)
        sign(quiet)
        with serving(restored), signing(restored.settings, restored.urls, _raise) as told:
            _until(lambda: told.word.startswith("refused"))
            assert "were signed for" in told.word
            asyncio.run(grow(restored))
            notes = asyncio.run(_ready(restored, told))
            assert notes["checkpoints"] == told.word


def test_the_service_signs_by_itself(quiet: World) -> None:
    """While it runs a checkpoint follows each second in which something was recorded."""
    with serving(quiet), signing(quiet.settings, quiet.urls, _raise) as told:
        asyncio.run(grow(quiet))
        with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
            (size,) = connection.execute("SELECT position FROM heads").fetchone() or (0,)
        _until(lambda: size in {each.size for each in published(quiet)})
        _until(lambda: told.word == "signing")
        notes = asyncio.run(_ready(quiet, told))
        assert notes["checkpoints"] == "signing"
        asyncio.run(grow(quiet))
    # What was recorded last is signed for before the service ends.
    assert published(quiet)[-1].size == size + 1


def test_many_records_are_signed_for_before_the_second_is_over(quiet: World) -> None:
    """A busy log is not left unsigned for long: the number of records counts too."""
    often = quiet.settings.model_copy(update={"checkpoint_seconds": 3600, "checkpoint_records": 5})
    grown(quiet)
    with serving(quiet), signing(often, quiet.urls, _raise):
        _until(lambda: len(published(quiet)) == 1)
        (first,) = published(quiet)
        asyncio.run(grow(quiet, 4))
        time.sleep(0.6)
        assert published(quiet) == [first]
        asyncio.run(grow(quiet, 1))
        _until(lambda: published(quiet)[-1].size == first.size + 5)


def test_without_a_key_nothing_is_signed_and_the_service_says_so(quiet: World) -> None:
    """A deployment that was founded before there were checkpoints runs on, and says what lacks."""
    quiet.settings.checkpoint_key_file.unlink()
    with signing(quiet.settings, quiet.urls, _raise) as told:
        assert told.word == "off: the key of checkpoints is missing or unusable"
    off = quiet.settings.model_copy(update={"checkpoint_seconds": 0})
    with signing(off, quiet.urls, _raise) as told:
        assert told.word == "off"


def _missing(world: World) -> None:
    world.settings.checkpoint_state_file.unlink()


def _cut_short(world: World) -> None:
    file = world.settings.checkpoint_state_file
    file.write_bytes(file.read_bytes()[:50])


def _of_another_key(world: World) -> None:
    key = SigningKey(os.urandom(32))
    name = VerifierKey(origin_of(world.author.ledger, "records"), ED25519, key.public)
    text = Checkpoint(name.name, 1, bytes(32)).text
    world.settings.checkpoint_state_file.write_bytes(sign_note(text, name, key.sign).to_bytes())


def _rewritten(world: World, **fields: Any) -> None:
    """Sign, with the true key, something else than was signed."""
    signer, file = signer_of(world), world.settings.checkpoint_state_file
    said = Checkpoint.parse(Note.parse(file.read_bytes()).text)._replace(**fields)
    file.write_bytes(sign_note(said.text, signer.key, signer._sign).to_bytes())


def _older(world: World) -> None:
    state = world.settings.checkpoint_state_file.read_bytes()
    grown(world)
    sign(world)
    world.settings.checkpoint_state_file.write_bytes(state)


STATES: dict[str, tuple[Callable[[World], None], str]] = {
    "missing": (_missing, "is missing, and the log has checkpoints"),
    "cut short": (_cut_short, "a note is"),
    "of another key": (_of_another_key, "not signed with this key"),
    "of another log": (partial(_rewritten, origin="example.org/log"), "is of example.org/log"),
    "of another root": (partial(_rewritten, root=bytes(32)), "does not begin with"),
    "older than what was published": (_older, "older than what was published"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_file_that_cannot_be_believed_stops_the_signer(quiet: World, state: str) -> None:
    """What was signed last is never guessed."""
    grown(quiet)
    sign(quiet)
    change, reason = STATES[state]
    change(quiet)
    before = published(quiet)
    grown(quiet)
    with pytest.raises(SignerRefused, match=reason):
        sign(quiet)
    assert published(quiet) == before


def test_a_crash_between_disk_and_database_loses_no_checkpoint(
    quiet: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the disk was perhaps seen by somebody: it is published, not signed otherwise."""
    grown(quiet)
    with monkeypatch.context() as patched:
        patched.setattr(signer_module, "keep_checkpoint", _lose_connection)
        with pytest.raises(psycopg.OperationalError):
            sign(quiet)
    assert published(quiet) == []
    left = Checkpoint.parse(Note.parse(quiet.settings.checkpoint_state_file.read_bytes()).text)
    grown(quiet)
    later = sign(quiet)
    assert published(quiet) == [left, later]


def test_two_processes_of_one_machine_do_not_sign_at_once(quiet: World) -> None:
    """Several gateways serve one log; one of them signs, another takes over when it ends."""
    grown(quiet)
    state = quiet.settings.checkpoint_state_file
    with state.with_name(f"{state.name}.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AnotherSigns):
            sign(quiet)
        with signing(quiet.settings, quiet.urls, _raise) as told:
            _until(lambda: told.word == "left to another process of this machine")
            held.close()
            _until(lambda: told.word == "signing")
    assert len(published(quiet)) == 1


def _lose_connection(*_: object) -> None:
    raise psycopg.OperationalError("lost")


def _raise(fault: BaseException) -> None:
    raise fault


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


async def _ready(world: World, told: Beside) -> dict[str, str]:
    app = create_app(
        world.running,
        urls=world.urls,
        on_fatal=_raise,
        body_bytes_max=65_536,
        waiting_max=10,
        beside={"checkpoints": told},
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger") as client:
        notes: dict[str, str] = (await client.get("/ready")).json()["notes"]
    return notes
