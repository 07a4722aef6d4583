"""A witness cosigns what only grows: what was set back or split is refused, and is reported."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.cosignature import cosigned_at
from ehealth_ledger.chain.merkle_proof import prove_consistency
from ehealth_ledger.chain.note import ED25519, Note, VerifierKey, read_line, sign_note
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import ConsistencyFile
from ehealth_ledger.entrypoints.cosigning import Collector
from ehealth_ledger.entrypoints.http.witness import create_witness_app
from ehealth_ledger.entrypoints.http.witnessing import witnessing
from ehealth_ledger.entrypoints.witness import open_witness
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.proofs import signed_tree
from ehealth_ledger.store.secrets import SigningKey
from ehealth_ledger.store.witness import WitnessRefused
from tests.chain.trees import LEAVES, mth, nodes
from tests.http import auditor
from tests.signing import copied, grown, sign, signer_of
from tests.world import World, founded

LOG = SigningKey(bytes(31) + b"l")
KEY = VerifierKey("example.org/log", ED25519, LOG.public)
FORKED = [*LEAVES[:7], *LEAVES[500:600]]


def request(
    old: int,
    new: int,
    leaves: list[bytes] = LEAVES,
    *,
    origin: str = KEY.name,
    proof: tuple[bytes, ...] | None = None,
    key: SigningKey = LOG,
) -> bytes:
    """Ask for a cosignature on the tree of `new` leaves, by a witness who has seen `old`."""
    name = VerifierKey(origin, ED25519, key.public)
    note = sign_note(Checkpoint(origin, new, mth(leaves[:new])).text, name, key.sign)
    if proof is None:
        proof = prove_consistency(nodes(leaves), old, new) if 0 < old < new else ()
    return ConsistencyFile(old, proof, note).to_bytes()


@dataclass
class Witnessed:
    """Hold a witness's folder; every request meets one that was just started."""

    folder: Path

    def ask(self, *bodies: bytes) -> list[httpx.Response]:
        async def post() -> list[httpx.Response]:
            app = create_witness_app(open_witness(self.folder, "w.example/1", [KEY]), on_fatal=_no)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://w") as client:
                return [await client.post("/add-checkpoint", content=each) for each in bodies]

        return asyncio.run(post())


@pytest.fixture
def witness(tmp_path: Path) -> Witnessed:
    """Give a witness that has cosigned the tree of 10 leaves."""
    witnessed = Witnessed(tmp_path / "witness")
    (answer,) = witnessed.ask(request(0, 10))
    assert answer.status_code == 200, answer.text
    return witnessed


def test_a_cosignature_is_the_witness_s_own(witness: Witnessed) -> None:
    """The line holds under the witness's key for exactly this checkpoint, and says when."""
    body = request(10, 20)
    (answer,) = witness.ask(body)
    key = open_witness(witness.folder, "w.example/1", [KEY]).key
    text = ConsistencyFile.parse(body).note.text
    line = read_line(answer.text.removesuffix("\n"))
    assert cosigned_at(text, line, key) > 1_700_000_000


# What is asked of a witness that has seen 10 leaves | status | body, where the protocol says which
ASKED: dict[str, tuple[bytes, int, str]] = {
    "the log has grown": (request(10, 20), 200, ""),
    "the same once more": (request(10, 10), 200, ""),
    "from the beginning again": (request(0, 20), 409, "10\n"),
    "from a size not seen": (request(11, 20), 409, "10\n"),
    "set back": (request(5, 8), 409, "10\n"),
    "set back to nothing": (request(0, 0), 409, "10\n"),
    "the old size is the larger": (request(10, 8), 400, ""),
    "another root at one size": (request(10, 10, FORKED), 409, "10\n"),
    "another history": (request(10, 20, FORKED), 422, ""),
    "no proof": (request(10, 20, proof=()), 422, ""),
    "a proof too long": (request(10, 20, proof=(bytes(32),) * 9), 422, ""),
    "an unknown log": (request(0, 20, origin="example.org/other"), 404, ""),
    "a key that is not the log's": (request(10, 20, key=SigningKey(bytes(32))), 403, ""),
    "a signature that does not hold": (
        request(10, 20).replace(b"\n20\n", b"\n21\n"),
        403,
        "",
    ),
    "no request": (b"old ten\n\nx", 400, ""),
    "an empty one": (b"", 400, ""),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_witness_answers_as_the_protocol_says(witness: Witnessed, asked: str) -> None:
    """It cosigns one history, and says what it has seen to whoever asks from elsewhere."""
    body, status, text = ASKED[asked]
    (answer,) = witness.ask(body)
    assert answer.status_code == status, answer.text
    if text:
        assert (answer.text, answer.headers["content-type"]) == (text, "text/x.tlog.size")
    # A refusal moved nothing: the true log goes on from the size cosigned last.
    size = 20 if asked == "the log has grown" else 10
    (answer,) = witness.ask(request(size, 30))
    assert answer.status_code == 200


def test_of_two_requests_at_once_one_is_cosigned(witness: Witnessed) -> None:
    """Between looking and writing nobody else gets a cosignature on another tree."""
    opened = open_witness(witness.folder, "w.example/1", [KEY])
    bodies = [request(10, 11 + at % 2 * 5) for at in range(16)]

    def outcome(body: bytes) -> int:
        try:
            opened.add_checkpoint(body)
        except WitnessRefused as refused:
            return refused.status
        return 200

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(outcome, bodies))
    assert sorted(outcomes) == [200, *[409] * 15]


def test_what_is_on_the_disk_is_never_guessed(witness: Witnessed) -> None:
    """A damaged memory cosigns nothing: it might have seen more."""
    (file,) = witness.folder.glob("*.checkpoint")
    file.write_bytes(file.read_bytes()[:40])
    (answer,) = witness.ask(request(0, 30))
    assert answer.status_code == 500


# With the ledger


@contextmanager
def process(
    folder: Path, vkey: str, errors: Path | None = None
) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """Run a witness as its own process, its log in a file; give its key and its address."""
    command = ("witness", "serve", str(folder), "--name", "w.example/1", "--log", vkey)
    with Path(os.devnull if errors is None else errors).open("ab") as written:
        running = subprocess.Popen(
            [sys.executable, "-m", "ehealth_ledger.entrypoints.cli", *command, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=None if errors is None else written,
            text=True,
        )
    assert running.stdout is not None
    try:
        key = running.stdout.readline().strip()
        url = running.stdout.readline().rpartition(" ")[2].strip()
        yield key, url, running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)
        running.stdout.close()


@pytest.fixture
def quiet(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger whose service is not running."""
    with founded(tmp_path, database) as world:
        yield world


def vkey_of(world: World) -> str:
    return str(signer_of(world).key)


def collected(world: World, policy: str) -> str:
    """Ask the policy's witnesses once, as the service's thread does every second."""
    with (
        connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection,
        httpx.Client(trust_env=False) as http,
    ):
        return Collector(Policy.parse(policy), "records", http).collect(connection)


def shown(world: World, policy: str) -> Note | None:
    """Return the checkpoint that is shown under the policy."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        signed = signed_tree(connection, "records", Policy.parse(policy))
    return None if signed is None else signed.note


def test_a_witness_in_its_own_process_cosigns_and_survives_a_kill(
    quiet: World, tmp_path: Path
) -> None:
    """Shown is what the witness cosigned; killed and started again, it goes on where it was."""
    grown(quiet)
    first = sign(quiet)
    assert first is not None
    vkey = vkey_of(quiet)
    with process(tmp_path / "w", vkey) as (key, url, running):
        policy = f"log {vkey}\nwitness w {key} {url}\nquorum w\n"
        assert shown(quiet, policy) is None
        assert collected(quiet, policy) == "the quorum has cosigned"
        note = shown(quiet, policy)
        assert note is not None
        assert auditor.open_checkpoint(note.to_bytes(), vkey).size == first.size
        assert Policy.parse(policy).believe(note).cosigned.keys() == {"w"}
        running.kill()
        running.wait(20)
        grown(quiet, 3)
        second = sign(quiet)
        assert second is not None
        assert "w is out of reach" in collected(quiet, policy)
        assert shown(quiet, policy) == note, "until it is cosigned, the older one is shown"
    with process(tmp_path / "w", vkey) as (key, url, _):
        policy = f"log {vkey}\nwitness w {key} {url}\nquorum w\n"
        assert collected(quiet, policy) == "the quorum has cosigned"
        note = shown(quiet, policy)
        assert note is not None
        assert Checkpoint.parse(note.text) == second
        grown(quiet)
        third = sign(quiet)
        with witnessing(Policy.parse(policy), quiet.urls, _no) as told:
            deadline = time.monotonic() + 20
            while told.word != "the quorum has cosigned":
                assert time.monotonic() < deadline, told.word
                time.sleep(0.05)
        note = shown(quiet, policy)
        assert note is not None
        assert Checkpoint.parse(note.text) == third, "the service asks by itself"


def test_a_note_that_is_no_checkpoint_is_passed_over(quiet: World) -> None:
    """What the log's key did not sign is sent to no witness, and ends nothing."""
    grown(quiet)
    sign(quiet)
    with psycopg.connect(quiet.urls.ledger, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger.checkpoints DISABLE TRIGGER ALL")
        connection.execute("UPDATE ledger.checkpoints SET note = 'no note'")
    policy = f"log {vkey_of(quiet)}\nquorum none\n"
    with witnessing(Policy.parse(policy), quiet.urls, _no) as told:
        deadline = time.monotonic() + 20
        while told.word != "no checkpoint yet that a key of the policy signed":
            assert time.monotonic() < deadline, told.word
            time.sleep(0.02)
    sign(quiet)
    grown(quiet)
    sign(quiet)
    assert collected(quiet, policy) == "the quorum has cosigned"


def test_rollback_and_split_view_are_refused_by_the_witness_and_reported(
    server: str, quiet: World, tmp_path: Path
) -> None:
    """An operator who sets back the database and the signer's memory too meets the witness."""
    grown(quiet)
    sign(quiet)
    state = quiet.settings.checkpoint_state_file
    backup = state.read_bytes()
    vkey = vkey_of(quiet)
    with process(tmp_path / "w", vkey) as (key, url, _), copied(server, quiet) as forked:
        policy = f"log {vkey}\nwitness w {key} {url}\nquorum w\n"
        assert collected(quiet, policy) == "the quorum has cosigned"
        grown(quiet, 4)
        true = sign(quiet)
        assert collected(quiet, policy) == "the quorum has cosigned"
        assert true is not None

        state.write_bytes(backup)
        grown(forked, 2)
        sign(forked)
        said = collected(forked, policy)
        assert f"CONTRADICTED: w has seen {true.size} records" in said
        grown(forked, 2)
        assert sign(forked) is not None
        assert f"another root at {true.size} records" in collected(forked, policy)
        grown(forked, 5)
        sign(forked)
        assert f"another history of {true.size} records" in collected(forked, policy)
        note = shown(forked, policy)
        assert note is None, "nothing that the witness refused is shown"


def test_a_witness_s_folder_has_one_owner(tmp_path: Path) -> None:
    """Two processes on one memory could cosign two trees."""
    with process(tmp_path / "w", str(KEY)) as (_, url, _running):
        assert url
        second = subprocess.run(
            [
                *(sys.executable, "-m", "ehealth_ledger.entrypoints.cli", "witness", "serve"),
                *(str(tmp_path / "w"), "--name", "w.example/1", "--log", str(KEY), "--port", "0"),
            ],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ},
            timeout=60,
        )
    assert second.returncode == 2
    assert "another process owns the folder" in second.stderr


def test_a_witness_that_answers_nonsense_is_named(quiet: World) -> None:
    """What is no cosignature of its key is not kept, whatever the status says."""
    grown(quiet)
    sign(quiet)
    key = open_witness(quiet.folder / "w", "w.example/1", []).key
    policy = f"log {vkey_of(quiet)}\nwitness w {key} http://w\nquorum w\n"
    other = f"— w.example/1 {sha256(b'x').hexdigest()}\n"
    for status, text in ((200, ""), (200, "— x eA==\n"), (200, other), (409, "x"), (500, "")):
        answer = httpx.MockTransport(lambda _, s=status, t=text: httpx.Response(s, text=t))
        with (
            connect(quiet.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection,
            httpx.Client(transport=answer) as http,
        ):
            said = Collector(Policy.parse(policy), "records", http).collect(connection)
        assert "the quorum w has not cosigned" in said, (status, text)
        assert "; w " in said, (status, text)
    assert shown(quiet, policy) is None


def _no(fault: BaseException) -> None:
    raise fault
