"""Only the signer puts checkpoints into the database; what else stands there ends nothing."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.note import ED25519, Note, VerifierKey, sign_note
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import own_keys, verify_ledger
from ehealth_ledger.entrypoints.cli import standing
from ehealth_ledger.entrypoints.http.signing import signing
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.checkpoints import first_checkpoint, newest_checkpoint
from ehealth_ledger.store.connections import LEDGER_SCHEMA, RoleLacking, connect
from ehealth_ledger.store.fsck.finding import Finding
from ehealth_ledger.store.migrate import ledger_migrations
from ehealth_ledger.store.proofs import checkpoint_file, signed_tree
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.store.signer import SignerRefused
from tests.cli.conftest import environment_of
from tests.signing import grown, published, sign, signer_of
from tests.world import World, founded

TABLES = ("checkpoints", "cosignatures", "super_log")
HUGE = 2**60
OTHER = SigningKey(bytes(31) + b"x")


@pytest.fixture
def quiet(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger whose service is not running."""
    with founded(tmp_path, database) as world:
        yield world


# Who may insert


def test_the_committer_s_role_puts_nothing_among_the_checkpoints(quiet: World) -> None:
    """Whoever holds it could else stop the signing with one row."""
    rows = (
        "INSERT INTO checkpoints VALUES ('records', 1, 'note')",
        "INSERT INTO cosignatures VALUES ('records', 1, 'w', 'line')",
        "INSERT INTO super_log VALUES (0, 'records', 1, sha256(''))",
    )
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer") as connection:
        for row in rows:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(row.encode())
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        for row in rows:
            connection.execute(row.encode())


def test_the_signer_s_role_alone_inserts_there_and_nowhere_else(quiet: World) -> None:
    """It changes and removes nothing, and sees no body and no envelope."""
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        granted = connection.execute(
            "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
            "WHERE table_schema = %s AND grantee <> 'ledger_owner' AND "
            "(grantee = 'ledger_signer' OR (table_name = ANY(%s) AND privilege_type <> 'SELECT'))",
            (LEDGER_SCHEMA, list(TABLES)),
        ).fetchall()
    signer = "ledger_signer"
    assert set(granted) == {
        *((table, signer, right) for table in TABLES for right in ("SELECT", "INSERT")),
        *((table, signer, "SELECT") for table in ("heads", "records", "tiles")),
    }


def test_a_user_who_makes_the_role_may_become_it(server: str, quiet: World) -> None:
    """A server made by hand before there was this role needs no superuser for `db init`."""
    role, user = f"signer_{secrets.token_hex(4)}", f"maker_{secrets.token_hex(4)}"
    (text,) = (each.text for each in ledger_migrations() if each.name == "0200_signer_role.sql")
    making = text.partition("SET LOCAL ROLE")[0].replace("ledger_signer", role)
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        for statement in (
            f"CREATE ROLE {user} LOGIN CREATEROLE",
            f"CREATE SCHEMA {user} AUTHORIZATION {user}",
        ):
            connection.execute(statement.encode())
        for _ in range(2):
            connection.execute(f"SET SESSION AUTHORIZATION {user}".encode())
            connection.execute(f"SET search_path = {user}".encode())
            connection.execute(making.encode())
            connection.execute(f"SET ROLE {role}".encode())
            connection.execute("RESET SESSION AUTHORIZATION")
        _forget(connection, quiet, user, role)


def test_a_service_that_may_not_become_the_role_says_so(server: str, quiet: World) -> None:
    """After an upgrade a user of the operator's lacks it: commands are taken, the word tells."""
    user = f"service_{secrets.token_hex(4)}"
    given = conninfo_to_dict(quiet.urls.ledger)
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        connection.execute(
            f"CREATE ROLE {user} LOGIN PASSWORD 'p' IN ROLE ledger_writer, ledger_reader".encode()
        )
        try:
            host = quote(str(given["host"]), safe="")
            database = quote(str(given["dbname"]), safe="")
            url = f"postgresql://{user}:p@/{database}?host={host}&port={given.get('port', 5432)}"
            urls = quiet.urls._replace(ledger=url)
            said = f"run GRANT ledger_signer TO {user} in the database"
            with pytest.raises(RoleLacking, match=said):
                connect(url, schema=LEDGER_SCHEMA, role="ledger_signer")
            with signing(quiet.settings, urls, _raise) as told:
                _until(lambda: told.word == f"stopped: {said}")
            assert standing.look(quiet.settings, urls).advice == said
            off = quiet.settings.model_copy(update={"checkpoint_seconds": 0})
            assert standing.look(off, urls).advice is None, "who does not sign needs no such role"
            connection.execute(f"GRANT ledger_signer TO {user}".encode())
            assert standing.look(quiet.settings, urls).advice is None
            with signing(quiet.settings, urls, _raise) as told:
                _until(lambda: told.word == "signing")
        finally:
            _forget(connection, quiet, user)


def _forget(connection: psycopg.Connection, world: World, *roles: str) -> None:
    for role in roles:
        for form in ("DROP OWNED BY {} CASCADE", "DROP ROLE {}"):
            connection.execute(sql.SQL(form).format(sql.Identifier(role)))


# What others put there


def _note(world: World, size: int, key: SigningKey, log: str = "records") -> bytes:
    name = VerifierKey(origin_of(world.author.ledger, log), ED25519, key.public)
    return sign_note(Checkpoint(name.name, size, bytes(32)).text, name, key.sign).to_bytes()


def _forged(world: World) -> bytes:
    """Write a note that names the log's own key, whose signature does not hold."""
    true = Note.parse(world.settings.checkpoint_state_file.read_bytes())
    text = Checkpoint(signer_of(world).key.name, HUGE, bytes(32)).text
    return Note(text, true.signatures).to_bytes()


def _true(world: World) -> bytes:
    return world.settings.checkpoint_state_file.read_bytes()


# What stands at a size after the first checkpoint | the sizes above it
PLANTED: dict[str, tuple[Callable[[World], bytes], int]] = {
    "another key's note": (lambda world: _note(world, HUGE, OTHER), HUGE),
    "a false signature": (_forged, HUGE),
    "no note": (lambda _: b"no note", HUGE),
    "a true note at another size": (_true, HUGE),
    "in the place of the next checkpoint": (lambda world: _note(world, 1, OTHER), 1),
    "no note in the place of the next checkpoint": (lambda _: b"", 1),
}


def plant(world: World, log: str, size: int, note: bytes) -> None:
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        connection.execute("INSERT INTO checkpoints VALUES (%s, %s, %s)", (log, size, note))


def sign_all(world: World) -> Checkpoint:
    """Sign for the log and over it, as the service does."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = signer_of(world).sign(connection)
        assert note is not None
        bootstrap.super_signer(world.settings, world.author.ledger).sign_over(connection, [note])
    return Checkpoint.parse(note.text)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_note_does_not_stop_the_signer_and_is_named(
    quiet: World, planted: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is signed on, the service says what stands there, and `verify` finds it."""
    grown(quiet)
    first = sign_all(quiet)
    made, above = PLANTED[planted]
    at = above if above == HUGE else first.size + above
    plant(quiet, "records", at, made(quiet))
    grown(quiet)
    with (
        caplog.at_level(logging.CRITICAL),
        signing(quiet.settings, quiet.urls, _raise) as told,
    ):
        _until(lambda: told.word.startswith("signing"))
        assert told.word == (
            "signing; 1 notes among the checkpoints are not of this deployment's key, "
            f"the first at size {at}: run verify"
        )
    assert f"1 notes among the checkpoints of records, the first at size {at}" in caplog.text
    grown(quiet)
    last = sign_all(quiet)
    assert shown(quiet, "records") == last
    assert first_above(quiet, first.size) == published_true(quiet, at)[1]
    over = shown(quiet, SUPER)
    assert over is not None
    kept = 3 if above == HUGE else 2  # that in whose place another stands is bound by nothing
    assert over.size == kept
    kinds = {(each.log, each.position) for each in findings(quiet)}
    assert kinds == {("records", at)}


def shown(world: World, log: str) -> Checkpoint | None:
    """Return what is shown of a log: with its key, by a policy, and where nobody knows the key."""
    keys = own_keys(world.settings, world.urls)
    policy = Policy.of_key(str(keys[0]))
    over = Policy.of_key(str(keys[1]))
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader") as connection:
        found = [
            signed_tree(connection, log, policy),
            signed_tree(connection, log, keys=keys),
            signed_tree(connection, log),
        ]
        proof = checkpoint_file(connection, "records", keys=keys)
        assert proof is not None
        proof.check(over)
    (text,) = {None if each is None else each.note.text for each in found}
    return None if text is None else Checkpoint.parse(text)


def first_above(world: World, size: int) -> Checkpoint:
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader") as connection:
        note = first_checkpoint(
            connection, "records", size + 1, keys=own_keys(world.settings, world.urls)
        )
    assert note is not None
    return Checkpoint.parse(note.text)


def published_true(world: World, planted_at: int) -> list[Checkpoint]:
    """Read what the signer published, whatever stands at the size where something was planted."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        rows = connection.execute(
            "SELECT note FROM checkpoints WHERE log = 'records' AND size <> %s ORDER BY size",
            (planted_at,),
        ).fetchall()
    return [Checkpoint.parse(Note.parse(note).text) for (note,) in rows]


def findings(world: World) -> tuple[Finding, ...]:
    master = read_secret(world.settings.master_key_file)
    keys = own_keys(world.settings, world.urls)
    return verify_ledger(world.urls, master, keys=keys, progress=lambda *_: None).findings


def test_a_planted_note_over_the_super_log_does_not_stop_it(quiet: World) -> None:
    """The root over all logs is signed on as the logs are."""
    grown(quiet)
    sign_all(quiet)
    for size in (2, HUGE):
        plant(quiet, SUPER, size, _note(quiet, size, OTHER, SUPER))
    for _ in range(2):
        grown(quiet)
        sign_all(quiet)
    found = shown(quiet, SUPER)
    assert found is not None
    assert found.size == 3
    assert {(each.log, each.position) for each in findings(quiet)} == {(SUPER, 2), (SUPER, HUGE)}


def test_what_the_key_did_sign_still_counts_beneath_planted_notes(quiet: World) -> None:
    """More of them than are read at once hide no checkpoint that was published."""
    grown(quiet)
    sign(quiet)
    state = quiet.settings.checkpoint_state_file.read_bytes()
    grown(quiet)
    sign(quiet)
    for size in range(HUGE, HUGE + 50):
        plant(quiet, "records", size, _note(quiet, size, OTHER))
    quiet.settings.checkpoint_state_file.write_bytes(state)
    with pytest.raises(SignerRefused, match="older than what was published"):
        sign(quiet)


def test_a_lost_state_file_beside_a_new_key_is_not_begun_anew(quiet: World) -> None:
    """All notes look foreign to another key: what was signed last is not guessed for that."""
    grown(quiet)
    sign(quiet)
    before = published(quiet)
    quiet.settings.checkpoint_state_file.unlink()
    quiet.settings.checkpoint_key_file.write_bytes(bytes(31) + b"n")
    with pytest.raises(SignerRefused, match="is missing, and the log has checkpoints"):
        sign(quiet)
    assert published(quiet) == before


def test_without_a_key_only_what_the_log_is_long_enough_for_is_shown(quiet: World) -> None:
    """A gateway without the key cannot judge signatures, and is not ended by a size either."""
    grown(quiet)
    first = sign_all(quiet)
    plant(quiet, "records", first.size + 1, _note(quiet, first.size + 1, OTHER))
    with connect(quiet.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        note = newest_checkpoint(connection, "records")
    assert note is not None
    assert Checkpoint.parse(note.text) == first


@pytest.mark.parametrize("kind", ["foreign", "no note"])
def test_a_running_service_shows_the_true_checkpoint_beside_planted_ones(
    quiet: World, kind: str
) -> None:
    """Whoever asks ends nothing, and is not shown what the log's key did not sign."""
    grown(quiet)
    first = sign_all(quiet)
    grown(quiet)
    # In the place of the one that the service is about to sign, and far above.
    for size in (first.size + 1, HUGE):
        note = _note(quiet, size, OTHER) if kind == "foreign" else b"no note"
        plant(quiet, "records", size, note)
    environment = {**os.environ, **environment_of(quiet.folder, quiet.urls)}
    process = subprocess.Popen(
        [sys.executable, "-m", "ehealth_ledger.entrypoints.cli", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
            _until(lambda: "run verify" in http.get("/ready").json()["notes"]["checkpoints"])
            said = http.get("/ready").json()["notes"]["checkpoints"]
            assert said.startswith("signing; 2 notes among the checkpoints")
            shown = http.get("/log/records/checkpoint")
            assert Checkpoint.parse(Note.parse(shown.content).text) == first
            assert http.get("/log/super/checkpoint").status_code == 200
            assert http.get("/log/records/checkpoint/proof").status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest


def _raise(fault: BaseException) -> None:
    raise fault


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
