"""Hand the log's proofs to an auditor who has a file, a key, and nothing of ours running."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import psycopg
import pytest

from ehealth_ledger.chain.cosignature import cosign
from ehealth_ledger.chain.note import COSIGNATURE, Note, VerifierKey
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.record import Record
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.store import export as export_module
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.proofs import inclusion_file, signed_tree
from ehealth_ledger.store.secrets import SigningKey
from tests.cli.conftest import Deployment
from tests.http import auditor


def sign(deployment: Deployment) -> int:
    """Sign for the log as it stands, and return its size."""
    world = deployment.world
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer") as connection:
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


@pytest.mark.parametrize("command", ["log export", "audit export --everything"])
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
