"""Hand the log's proofs to an auditor who has a file, a key, and nothing of ours running."""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import randrange
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.cosignature import cosign
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.note import COSIGNATURE, ED25519, Note, VerifierKey, sign_note
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.record import Record
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.entrypoints.http.receipts import EXAMPLE, receipt_members
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.store import export as export_module
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.proofs import checkpoint_file, inclusion_file, signed_tree
from ehealth_ledger.store.secrets import SigningKey
from tests.cli.conftest import Deployment
from tests.http import auditor
from tests.world import serving


def sign(deployment: Deployment) -> int:
    """Sign for the log as it stands, and return its size."""
    world = deployment.world
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = bootstrap.signer(world.settings, world.author.ledger).sign(connection)
        assert note is not None
        bootstrap.super_signer(world.settings, world.author.ledger).sign_over(connection, [note])
        signed = signed_tree(connection, "records")
    assert signed is not None
    return signed.tree.size


@pytest.fixture
def key(deployment: Deployment) -> str:
    """Ask the operator for the log's key, as an auditor does once."""
    result = deployment.run("log", "key")
    assert result.exit_code == 0, result.output
    return str(result.stdout.strip())


def proof(deployment: Deployment, position: int) -> InclusionFile:
    with connect(deployment.world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        signed = signed_tree(connection, "records")
        assert signed is not None
        return inclusion_file(signed, position)


def test_a_proof_file_is_checked_without_a_database(
    deployment: Deployment, key: str, tmp_path: Path
) -> None:
    """File and key are enough: no setting is read, no server is asked."""
    size = sign(deployment)
    file = tmp_path / "act.proof"
    file.write_bytes(proof(deployment, 7).to_bytes())
    nobody = "postgresql://nobody@127.0.0.1:1/none"
    nowhere = {f"EHEALTH_{name}_URL": nobody for name in ("LEDGER", "VAULT", "READ")}
    arguments = ("log", "check", str(file), "--key", key)
    result = deployment.run(*arguments, **nowhere)
    assert result.exit_code == 0, result.output
    assert "proved: " in result.stdout
    assert f"at size {size}" in result.stdout
    members = deployment.json(*arguments)
    assert (members["position"], members["size"], members["cosigned_by"]) == (7, size, [])
    assert auditor.open_proof(file.read_bytes(), key).index == 6


@pytest.mark.parametrize("altered", ["record", "index", "path", "checkpoint", "not a proof"])
def test_an_altered_proof_file_is_not_proved(
    deployment: Deployment, key: str, tmp_path: Path, altered: str
) -> None:
    """What was changed ends with status 1."""
    sign(deployment)
    true = proof(deployment, 7)
    other = proof(deployment, 8)
    changed = {
        "record": InclusionFile(other.entry, true.index, true.path, true.note).to_bytes(),
        "index": InclusionFile(true.entry, other.index, true.path, true.note).to_bytes(),
        "path": InclusionFile(true.entry, true.index, other.path, true.note).to_bytes(),
        "checkpoint": true.to_bytes().replace(b"/records\n", b"/access\n"),
        "not a proof": b"nothing",
    }
    file = tmp_path / "act.proof"
    file.write_bytes(changed[altered])
    result = deployment.run("log", "check", str(file), "--key", key)
    assert result.exit_code == 1, result.output
    assert "not proved" in result.stderr


def test_another_key_does_not_prove(deployment: Deployment, key: str, tmp_path: Path) -> None:
    """Whom to believe is the auditor's choice, and has to be made."""
    sign(deployment)
    file = tmp_path / "act.proof"
    file.write_bytes(proof(deployment, 7).to_bytes())
    origin = key.partition("+")[0]
    another = str(VerifierKey(origin, 1, SigningKey(bytes(32)).public))
    assert deployment.run("log", "check", str(file), "--key", another).exit_code == 1
    assert deployment.run("log", "check", str(file), "--key", "nonsense").exit_code == 2
    assert deployment.run("log", "check", str(file)).exit_code == 2


def test_a_policy_may_ask_for_witnesses(deployment: Deployment, key: str, tmp_path: Path) -> None:
    """A proof whose checkpoint lacks the quorum is not believed; with it, the witness is named."""
    sign(deployment)
    witness = SigningKey(bytes(31) + b"x")
    name = VerifierKey("witness.example/x", COSIGNATURE, witness.public)
    policy = tmp_path / "policy"
    policy.write_text(f"log {key}\nwitness x {name}\nquorum x\n", encoding="utf-8")
    file, lacking = tmp_path / "act.proof", proof(deployment, 7)
    file.write_bytes(lacking.to_bytes())
    assert deployment.run("log", "check", str(file), "--policy", str(policy)).exit_code == 1
    line = cosign(lacking.note.text, name, witness.sign, time_s=1_800_000_000)
    seen = InclusionFile(
        lacking.entry, lacking.index, lacking.path, lacking.note.and_signed([line])
    )
    file.write_bytes(seen.to_bytes())
    members = deployment.json("log", "check", str(file), "--policy", str(policy))
    assert members["cosigned_by"] == ["x"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve a folder by a plain web server that knows nothing of logs."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_an_exported_log_is_read_from_a_plain_web_server(
    deployment: Deployment, key: str, web: tuple[Path, str]
) -> None:
    """Tiles and records lie where the layout says; their root is the signed one."""
    folder, url = web
    size = sign(deployment)
    result = deployment.run("log", "export", str(folder))
    assert result.exit_code == 0, result.output
    with httpx.Client(base_url=url, trust_env=False) as client:
        seen = auditor.open_checkpoint(client.get("/checkpoint").content, key)
        assert seen.size == size
        bundle = client.get(f"/tile/entries/000.p/{size}").content
        tile = client.get(f"/tile/0/000.p/{size}").content
    leaves = [sha256(b"\x00" + each).digest() for each in auditor.split_bundle(bundle)]
    assert b"".join(leaves) == tile
    assert len(leaves) == size < 256
    first = Record.decode(auditor.split_bundle(bundle)[0])
    assert (first.position, first.topic) == (1, "ledger.opened.v1")


def test_hashes_can_be_exported_alone(deployment: Deployment, tmp_path: Path) -> None:
    """Whoever may not publish which records are of one person publishes what proves them."""
    sign(deployment)
    folder = tmp_path / "log"
    assert deployment.run("log", "export", str(folder), "--hashes-only").exit_code == 0
    assert (folder / "checkpoint").is_file()
    assert list((folder / "tile").iterdir()) == [folder / "tile" / "0"]


def test_an_export_goes_on_where_it_was(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted before its checkpoint, it is finished by the next run; then nothing is left."""
    sign(deployment)
    folder = tmp_path / "log"
    write, calls = export_module.write_durably, list[Path]()

    def fails_third(file: Path, content: bytes) -> None:
        calls.append(file)
        if len(calls) == 3:
            raise OSError("no space left")
        write(file, content)

    with monkeypatch.context() as patched:
        patched.setattr(export_module, "write_durably", fails_third)
        assert deployment.run("log", "export", str(folder)).exit_code != 0
    assert not (folder / "checkpoint").exists()
    assert ": 5 files written" in deployment.run("log", "export", str(folder)).stdout
    assert ": 0 files written" in deployment.run("log", "export", str(folder)).stdout


@pytest.mark.parametrize(
    "kept", ["another history", "a longer log", "another log", "no checkpoint"]
)
def test_an_export_does_not_mix_histories(
    deployment: Deployment, tmp_path: Path, kept: str
) -> None:
    """A folder that others have read from is not overwritten by what does not go on from it."""
    sign(deployment)
    folder = tmp_path / "log"
    assert deployment.run("log", "export", str(folder)).exit_code == 0
    file = folder / "checkpoint"
    lines = file.read_text(encoding="utf-8").split("\n")
    match kept:
        case "another history":
            lines[2] = "A" * 43 + "="
        case "a longer log":
            lines[1] = str(int(lines[1]) + 1)
        case "another log":
            lines[0] = "example.org/log"
        case _:
            lines = ["nonsense"]
    file.write_text("\n".join(lines), encoding="utf-8")
    before = file.read_bytes()
    result = deployment.run("log", "export", str(folder))
    assert result.exit_code == 1, result.output
    assert "refused" in result.stderr
    assert file.read_bytes() == before


def test_verify_checks_checkpoints_with_the_deployment_s_own_key(
    deployment: Deployment, key: str, tmp_path: Path
) -> None:
    """A checkpoint whose signature was altered is named; keys of others come by a policy."""
    sign(deployment)
    policy = tmp_path / "policy"
    policy.write_text(f"log {key}\nquorum none\n", encoding="utf-8")
    assert deployment.run("verify", "--policy", str(policy)).exit_code == 0
    policy.write_text("quorum none\n", encoding="utf-8")
    assert deployment.run("verify", "--policy", str(policy)).exit_code == 2
    assert deployment.json("verify")["checkpoints"] > 0
    url = deployment.world.urls.ledger
    flip = "UPDATE ledger.checkpoints SET note = set_byte(note, length(note) - 9, %s)"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger.checkpoints DISABLE TRIGGER ALL")
        saved = connection.execute("SELECT log, size, note FROM ledger.checkpoints").fetchall()
        connection.execute(flip, (ord("A"),))
        connection.execute(flip.replace("9", "10"), (ord("A"),))
        try:
            report = deployment.json("verify", status=1)
        finally:
            for log, size, note in saved:
                connection.execute(
                    "UPDATE ledger.checkpoints SET note = %s WHERE log = %s AND size = %s",
                    (note, log, size),
                )
            connection.execute("ALTER TABLE ledger.checkpoints ENABLE ALWAYS TRIGGER only_grows")
    altered = {each["kind"] for each in report["findings"] if each["log"] == "records"}
    assert altered == {"checkpoint.altered"}


def test_one_root_proves_a_record_without_the_log_s_key(
    deployment: Deployment, key: str, web: tuple[Path, str], tmp_path: Path
) -> None:
    """Record, log and super-log are checked in turn, from files alone."""
    folder, _ = web
    size = sign(deployment)
    assert deployment.run("log", "export", str(folder), "--hashes-only").exit_code == 0
    over = deployment.run("log", "key", "--super").stdout.strip()
    seen = auditor.open_checkpoint((folder / "super" / "checkpoint").read_bytes(), over)
    act, held = tmp_path / "act.proof", folder / "checkpoint.proof"
    act.write_bytes(proof(deployment, 7).to_bytes())
    alone = deployment.json("log", "check", str(held), "--key", over)
    assert (alone["size"], alone["super"]["size"]) == (size, seen.size)
    arguments = ("log", "check", str(act), "--super", str(held), "--key")
    members = deployment.json(*arguments, over)
    assert (members["position"], members["size"]) == (7, size)
    assert members["super"]["root"] == seen.root.hex()
    assert "which stands in" in deployment.run(*arguments, over).stdout
    assert deployment.run(*arguments, key).exit_code == 1, "the log's key is not the super-log's"
    sign_after = proof(deployment, 7)
    other = sign_after.note.text.replace(f"\n{size}\n", f"\n{size + 1}\n")
    note = Note(other, sign_after.note.signatures)
    act.write_bytes(InclusionFile(sign_after.entry, 6, sign_after.path, note).to_bytes())
    refused = deployment.run(*arguments, over)
    assert refused.exit_code == 1
    assert "another checkpoint" in refused.stderr


def test_an_exported_super_log_is_brought_up_to_date(
    deployment: Deployment, tmp_path: Path
) -> None:
    """A second export writes nothing anew, of either log."""
    sign(deployment)
    folder = tmp_path / "log"
    assert deployment.run("log", "export", str(folder)).exit_code == 0
    assert (folder / "super" / "tile" / "entries").is_dir()
    assert ": 0 files written" in deployment.run("log", "export", str(folder)).stdout


@pytest.mark.parametrize(
    "command", ["log export", "log prove 7 --out", "audit export --everything"]
)
def test_what_is_not_signed_yet_has_a_status_of_its_own(
    deployment: Deployment, key: str, tmp_path: Path, command: str
) -> None:
    """A script may ask again later, and does not take it for a finding; `--help` says so."""
    sign(deployment)
    witness = VerifierKey("witness.example/y", COSIGNATURE, SigningKey(bytes(31) + b"y").public)
    policy = tmp_path / "policy"
    policy.write_text(f"log {key}\nwitness y {witness}\nquorum y\n", encoding="utf-8")
    words, folder = command.split(), tmp_path / "out"
    lacking = {"EHEALTH_WITNESS_POLICY_FILE": str(policy)}
    result = deployment.run(*words, str(folder), **lacking)
    assert result.exit_code == 4, result.output
    assert "not yet" in result.stderr
    assert not folder.exists()
    helped = deployment.run(*words[:2], "--help", COLUMNS="200")
    assert "4: no checkpoint" in helped.stdout


NOWHERE = {
    f"EHEALTH_{name}_URL": "postgresql://nobody@127.0.0.1:1/none"
    for name in ("LEDGER", "VAULT", "READ")
}


def kept(deployment: Deployment, file: Path) -> int:
    """Sign for the log, keep its checkpoint as an auditor does, and return its size."""
    size = sign(deployment)
    with connect(deployment.world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        signed = signed_tree(connection, "records")
    assert signed is not None
    file.write_bytes(signed.note.to_bytes())
    return size


def grow(deployment: Deployment) -> Accepted:
    """Register one more doctor."""

    async def post() -> Accepted:
        with serving(deployment.world) as world:
            head = next(iter(world.heads.values()))
            party = registry.party(f"20{randrange(10**8):08}", "Лікарка", "Нова")
            resource = registry.employment(uuid4(), party, "DOCTOR")
            return await world.post(world.author.sign("employee.register", head, resource=resource))

    return asyncio.run(post())


def test_any_record_is_proved_by_a_file_of_the_command_line(
    deployment: Deployment, key: str, tmp_path: Path
) -> None:
    """Written to a file or to standard output, and checked where there is no database."""
    size = sign(deployment)
    file = tmp_path / "record.proof"
    for position in (1, 7, size):
        result = deployment.run("log", "prove", str(position), "--out", str(file))
        assert result.exit_code == 0, result.output
        assert f"size {size}" in result.stdout
        assert auditor.open_proof(file.read_bytes(), key).index == position - 1
        assert deployment.run("log", "prove", str(position)).stdout_bytes == file.read_bytes()
        checked = deployment.run("log", "check", str(file), "--key", key, **NOWHERE)
        assert f"stands at position {position}" in checked.stdout, checked.output


def test_growth_is_proved_from_a_checkpoint_that_was_kept(
    deployment: Deployment, key: str, tmp_path: Path
) -> None:
    """Kept file, proof file and key: whoever kept a checkpoint sees that nothing was rewritten."""
    old, growth = tmp_path / "kept.checkpoint", tmp_path / "growth.proof"
    before = kept(deployment, old)
    grow(deployment)
    after = sign(deployment)
    wrote = deployment.run("log", "prove", "--from", str(before), "--out", str(growth))
    assert wrote.exit_code == 0, wrote.output
    arguments = ("log", "check", str(growth), "--old", str(old), "--key", key)
    result = deployment.run(*arguments, **NOWHERE)
    assert result.exit_code == 0, result.output
    assert f"only grew since the checkpoint at size {before}" in result.stdout
    members = deployment.json(*arguments)
    assert (members["old"]["size"], members["size"]) == (before, after)
    seen = auditor.open_growth(growth.read_bytes(), old.read_bytes(), key)
    assert members["root"] == seen.root.hex()
    again = deployment.run("log", "prove", "--from", "1", "--to", str(before)).stdout_bytes
    assert auditor.open_checkpoint(again.partition(b"\n\n")[2], key).size == before


@pytest.mark.parametrize("altered", ["path", "old size", "kept root", "kept size", "kept key"])
def test_growth_that_is_not_shown_is_not_proved(
    deployment: Deployment, key: str, tmp_path: Path, altered: str
) -> None:
    """What was changed in either file ends with status 1."""
    old, growth = tmp_path / "kept.checkpoint", tmp_path / "growth.proof"
    before = kept(deployment, old)
    grow(deployment)
    sign(deployment)
    assert (
        deployment.run("log", "prove", "--from", str(before), "--out", str(growth)).exit_code == 0
    )
    note, shown = Note.parse(old.read_bytes()), growth.read_bytes()
    lines = note.text.split("\n")
    match altered:
        case "path":
            growth.write_bytes(shown.replace(shown.split(b"\n")[1], b"A" * 43 + b"=", 1))
        case "old size":
            growth.write_bytes(shown.replace(b"old ", b"old 1", 1))
        case "kept root":
            text = "\n".join([*lines[:2], "A" * 43 + "=", ""])
            old.write_bytes(Note(text, note.signatures).to_bytes())
        case "kept size":
            text = "\n".join([lines[0], str(before - 1), *lines[2:]])
            old.write_bytes(Note(text, note.signatures).to_bytes())
        case _:
            stranger = SigningKey(bytes(32))
            name = VerifierKey(key.partition("+")[0], ED25519, stranger.public)
            old.write_bytes(sign_note(note.text, name, stranger.sign).to_bytes())
    result = deployment.run("log", "check", str(growth), "--old", str(old), "--key", key)
    assert result.exit_code == 1, result.output
    assert "not proved" in result.stderr


def test_growth_is_proved_beneath_the_super_log_and_of_it(
    deployment: Deployment, tmp_path: Path
) -> None:
    """With the super-log's key alone: the newer checkpoint stands in it, the older was kept."""
    old, growth, held = (tmp_path / name for name in ("kept.checkpoint", "growth", "held"))
    before = kept(deployment, old)
    grow(deployment)
    size = sign(deployment)
    over = deployment.run("log", "key", "--super").stdout.strip()
    growth.write_bytes(deployment.run("log", "prove", "--from", str(before)).stdout_bytes)
    with connect(deployment.world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        proof = checkpoint_file(connection, "records", None, size)
        above = signed_tree(connection, "super")
    assert proof is not None
    assert above is not None
    held.write_bytes(proof.to_bytes())
    beside = ("--old", str(old), "--super", str(held), "--key", over)
    members = deployment.json("log", "check", str(growth), *beside)
    assert (members["old"]["size"], members["super"]["size"]) == (before, above.tree.size)
    old.write_bytes(above.note.to_bytes())
    grow(deployment)
    sign(deployment)
    asked = ("log", "prove", "--super", "--from", str(above.tree.size))
    growth.write_bytes(deployment.run(*asked).stdout_bytes)
    members = deployment.json("log", "check", str(growth), "--old", str(old), "--key", over)
    assert members["origin"].endswith("/super")
    assert members["size"] > members["old"]["size"] == above.tree.size


def test_a_receipt_is_upgraded_to_a_proof(deployment: Deployment, key: str, tmp_path: Path) -> None:
    """The receipt as the service answered it and the record's file are checked together."""
    accepted = grow(deployment)
    sign(deployment)
    public = bootstrap.Keys.read(deployment.world.settings).signing.public_hex
    members = receipt_members(accepted, public)
    receipt, file = tmp_path / "receipt.json", tmp_path / "act.proof"
    receipt.write_bytes(orjson.dumps(members))
    position = accepted.receipt.placement.last_position
    file.write_bytes(deployment.run("log", "prove", str(position)).stdout_bytes)
    arguments = ("log", "check", str(file), "--receipt", str(receipt), "--key", key)
    result = deployment.run(*arguments, **NOWHERE)
    assert result.exit_code == 0, result.output
    assert f"as promised by the receipt signed with {public}" in result.stdout
    assert deployment.json(*arguments)["receipt"]["last_position"] == position
    for changed, status in (
        ({"recorded_at_us": members["recorded_at_us"] + 1}, 1),
        ({"signature": "00" * 64}, 1),
        ({"chain_value": "ab"}, 1),
        ({"first_position": 2**70}, 1),
        ({"signing_key": "no key"}, 2),
        ({"proof": None}, 2),
    ):
        receipt.write_text(json.dumps({**members, **changed}, default=str), encoding="utf-8")
        assert deployment.run(*arguments).exit_code == status, changed
    receipt.write_bytes(orjson.dumps(members))
    file.write_bytes(deployment.run("log", "prove", str(position - 1)).stdout_bytes)
    refused = deployment.run(*arguments)
    assert refused.exit_code == 1
    assert "than the receipt promised" in refused.stderr


def test_a_record_of_another_log_is_not_proved(deployment: Deployment, tmp_path: Path) -> None:
    """Whoever signs for a tree cannot slip a record of another deployment into it."""
    sign(deployment)
    entry = proof(deployment, 1).entry
    file, secret = tmp_path / "act.proof", SigningKey(bytes(32))
    for ledger, status in ((Record.decode(entry).ledger, 0), (uuid4(), 1)):
        name = VerifierKey(origin_of(ledger, "records"), ED25519, secret.public)
        note = sign_note(Checkpoint(name.name, 1, leaf_hash(entry)).text, name, secret.sign)
        file.write_bytes(InclusionFile(entry, 0, (), note).to_bytes())
        result = deployment.run("log", "check", str(file), "--key", str(name))
        assert result.exit_code == status, result.output
    assert "another log" in result.stderr


def test_what_is_asked_of_a_proof_has_to_fit_it(
    deployment: Deployment, key: str, tmp_path: Path
) -> None:
    """Wrong usage ends with status 2, and says what the file is to be checked with."""
    old, growth, act = (tmp_path / name for name in ("kept.checkpoint", "growth", "act.proof"))
    size = kept(deployment, old)
    growth.write_bytes(deployment.run("log", "prove", "--from", "1").stdout_bytes)
    act.write_bytes(deployment.run("log", "prove", "7").stdout_bytes)
    receipt, held = tmp_path / "receipt.json", tmp_path / "held"
    receipt.write_text(json.dumps(EXAMPLE), encoding="utf-8")
    held.write_bytes(deployment.run("log", "prove", "--super", "1").stdout_bytes)
    over = deployment.run("log", "key", "--super").stdout.strip()
    for words, said in (
        (("check", str(growth), "--key", key), "name --old"),
        (("check", str(act), "--old", str(old), "--key", key), "needs a file of growth"),
        (
            (
                *("check", str(growth), "--old", str(old)),
                *("--receipt", str(receipt), "--key", key),
            ),
            "needs the proof file of a record",
        ),
        (
            ("check", str(held), "--receipt", str(receipt), "--key", over),
            "needs the proof file of a record",
        ),
        (("check", str(act), "--receipt", str(old), "--key", key), "is no receipt"),
        (("prove",), "either a POSITION or --from"),
        (("prove", "7", "--from", "7"), "either a POSITION or --from"),
        (("prove", "7", "--to", "6"), "--to is smaller"),
        (("prove", "0"), "greater than or equal to 1"),
    ):
        result = deployment.run("log", *words)
        assert result.exit_code == 2, (words, result.output)
        assert said in result.stderr, words
    for words in (("prove", str(size + 1)), ("prove", "7", "--to", str(size + 1))):
        result = deployment.run("log", *words)
        assert result.exit_code == 4, result.output
        assert "not yet" in result.stderr


def test_a_size_that_nobody_signed_for_is_refused_with_the_next(
    deployment: Deployment, tmp_path: Path
) -> None:
    """A proof file carries a signed checkpoint; between two of them there is none."""
    before = kept(deployment, tmp_path / "kept.checkpoint")
    grow(deployment)
    grow(deployment)
    after = sign(deployment)
    assert after > before + 1
    for words in (("prove", "7"), ("prove", "--from", "7")):
        result = deployment.run("log", *words, "--to", str(before + 1))
        assert result.exit_code == 1, result.output
        assert f"the next is {after}" in result.stderr
