"""A witness keeps what a log's key signed against what was cosigned, and fills no disk with it."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle_proof import is_of_another, prove_consistency
from ehealth_ledger.chain.note import ED25519, Note, SignatureLine, VerifierKey
from ehealth_ledger.chain.proof_file import ConsistencyFile
from ehealth_ledger.store import contradictions
from ehealth_ledger.store.secrets import SigningKey
from tests.chain.trees import LEAVES, mth, nodes
from tests.http.test_witness import FORKED, KEY, Witnessed, process, request

FORKED_AGAIN = [*LEAVES[:3], *LEAVES[300:400]]


def root(size: int, leaves: list[bytes] = LEAVES) -> str:
    return b64encode(mth(leaves[:size])).decode()


def listed(folder: Path, *, status: int = 0) -> list[dict[str, Any]]:
    """Ask the command what is kept."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ehealth_ledger.entrypoints.cli"),
            *("witness", "contradictions", str(folder), "--json"),
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    found: list[dict[str, Any]] = orjson.loads(done.stdout)
    return found


def kept(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*.contradiction"))


def test_a_split_view_and_a_rollback_are_kept_and_told(tmp_path: Path) -> None:
    """Over real HTTP: the answers are the protocol's, log and folder have the evidence."""
    folder, log = tmp_path / "w", tmp_path / "log"
    with process(folder, str(KEY), log) as (_, url, _running):

        def ask(body: bytes) -> int:
            return httpx.post(f"{url}/add-checkpoint", content=body, trust_env=False).status_code

        assert ask(request(0, 10)) == 200
        assert listed(folder) == []
        for _ in range(3):
            assert ask(request(10, 10, FORKED)) == 409
            assert ask(request(5, 8)) == 409
        assert ask(request(10, 20)) == 200, "the true log goes on"
        assert ask(request(10, 10, FORKED)) == 409
        assert ask(request(5, 8)) == 409
        first, second = sorted(listed(folder, status=1), key=lambda each: str(each["kind"]))
    told = log.read_text()
    assert [each["kind"] for each in (first, second)] == ["rollback", "split view"]
    for each, size, leaves in ((first, 8, LEAVES), (second, 10, FORKED)):
        assert (each["origin"], each["path"]) == (KEY.name, [])
        assert each["known"]["size"] == 10
        assert each["known"]["root"] == root(10)
        assert each["signed"]["size"] == size
        assert each["signed"]["root"] == root(size, leaves)
        for which in ("known", "signed"):
            note = Note.parse(each[which]["note"].encode())
            assert note.signed_by([KEY]) == [KEY], "the log's key is all that it takes"
            assert Checkpoint.parse(note.text).size == each[which]["size"]
    assert told.count("CRITICAL") == told.count("ERROR") == 1, "told once, however often it is sent"
    split = (
        f"SPLIT VIEW: the key of {KEY.name} signed 10 records with root {root(10, FORKED)}, and "
        f"10 with root {root(10)}, which cannot be one log"
    )
    rollback = (
        f"an older checkpoint: the key of {KEY.name} signed 8 records with root {root(8)}, and 10 "
        f"with root {root(10)} were cosigned"
    )
    assert split in told
    assert rollback in told


@pytest.fixture
def witness(tmp_path: Path) -> Witnessed:
    """Give a witness that has cosigned the tree of 10 leaves."""
    witnessed = Witnessed(tmp_path / "witness")
    (answer,) = witnessed.ask(request(0, 10))
    assert answer.status_code == 200, answer.text
    return witnessed


def _unsigned() -> bytes:
    return request(10, 10, FORKED, key=SigningKey(bytes(32)))


# What is asked of a witness that has seen 10 leaves | what it keeps
KEPT: dict[str, tuple[bytes, str | None]] = {
    "the log has grown": (request(10, 20), None),
    "the same once more": (request(10, 10), None),
    "the true log, and no proof": (request(10, 20, proof=()), None),
    "the true log, and a proof of something else": (
        request(10, 20, proof=prove_consistency(nodes(LEAVES), 9, 20)),
        None,
    ),
    "the true log from a size not seen": (request(11, 20), None),
    "another history that shows nothing": (request(10, 20, FORKED, proof=()), None),
    "another history, shown from another size": (request(9, 20, FORKED), None),
    "another history that shows it": (request(10, 20, FORKED), "split view"),
    "another root at one size": (request(10, 10, FORKED), "split view"),
    "another root, asked from elsewhere": (request(3, 10, FORKED), "split view"),
    "set back": (request(5, 8), "rollback"),
    "set back, the old size being the larger": (request(10, 8), "rollback"),
    "another root by a key that is not the log's": (_unsigned(), None),
    "another root under a signature that does not hold": (
        request(10, 10).replace(b"\n10\n", b"\n9\n"),
        None,
    ),
    "an unknown log": (request(0, 10, FORKED, origin="example.org/other"), None),
}


@pytest.mark.parametrize("asked", KEPT)
def test_what_a_witness_keeps(witness: Witnessed, asked: str) -> None:
    """What the log's key signed and no log can hold; what may be honest is no split view."""
    body, kind = KEPT[asked]
    witness.ask(body)
    found = listed(witness.folder, status=int(kind == "split view"))
    assert [each["kind"] for each in found] == ([] if kind is None else [kind])


def test_a_larger_tree_s_own_path_proves_the_split(witness: Witnessed) -> None:
    """Two notes, the path and the log's key are enough for a third party."""
    witness.ask(request(10, 20, FORKED))
    (found,) = listed(witness.folder, status=1)
    path = ConsistencyFile.parse(request(10, 20, FORKED)).path
    assert found["path"] == [b64encode(each).decode() for each in path]
    assert is_of_another(10, mth(LEAVES[:10]), 20, mth(FORKED[:20]), path)


@pytest.mark.parametrize("size", range(1, 30))
def test_no_path_of_an_honest_log_proves_a_split(size: int) -> None:
    """Whatever the sizes: an honest tree's paths show nothing, another tree's do where they can."""
    for new in range(size + 1, 31):
        true, other = (prove_consistency(nodes(each), size, new) for each in (LEAVES, FORKED))
        old_root = mth(LEAVES[:size])
        for wrong in (true, true[1:], (*true, bytes(32)), other):
            assert not is_of_another(size, old_root, new, mth(LEAVES[:new]), wrong)
        is_shown = size > 7 and bool(size & (size - 1))
        assert is_of_another(size, old_root, new, mth(FORKED[:new]), other) is is_shown


def test_two_old_checkpoints_of_one_size_are_a_split_view(witness: Witnessed) -> None:
    """The first might have been honest; the second shows that one of them was not."""
    witness.ask(request(5, 8))
    witness.ask(request(5, 8, FORKED_AGAIN))
    kinds = {each["kind"]: each for each in listed(witness.folder, status=1)}
    assert kinds.keys() == {"rollback", "split view"}
    split = kinds["split view"]
    assert (split["known"]["root"], split["signed"]["root"]) == (root(8), root(8, FORKED_AGAIN))


def test_strangers_signatures_make_no_further_file(witness: Witnessed) -> None:
    """Whoever adds lines of his own to what the log signed has it kept once, without them."""
    asked = ConsistencyFile.parse(request(10, 10, FORKED))
    for at in range(5):
        name = VerifierKey(f"example.org/{at}", ED25519, bytes(32))
        lines = [SignatureLine(name.name, name.key_id, bytes(64))]
        witness.ask(ConsistencyFile(10, (), asked.note.and_signed(lines)).to_bytes())
    (found,) = listed(witness.folder, status=1)
    assert found["signed"]["note"] == asked.note.to_bytes().decode()


def test_the_number_of_what_is_kept_is_bounded(
    witness: Witnessed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Old checkpoints that anybody can send again fill no disk, and crowd out no proof."""
    monkeypatch.setattr(contradictions, "KEPT_MAX", {"split view": 2, "rollback": 3})
    witness.ask(*(request(0, size) for size in range(1, 10)))
    assert len(kept(witness.folder)) == 3
    assert sum(each.levelname == "ERROR" for each in caplog.records) == 4  # and that it is full
    witness.ask(*(request(10, size, FORKED) for size in (10, 11, 12, 13)))
    names = kept(witness.folder)
    assert [each.rpartition(".")[0].rpartition(".")[2] for each in names].count("split-view") == 2
    assert len(names) == 5
    prefix = sha256(KEY.name.encode()).hexdigest()
    assert all(each.startswith(f"{prefix}.") for each in names)


def test_a_kept_file_that_cannot_be_read_is_named(witness: Witnessed) -> None:
    """What is no evidence is not listed as some; the witness goes on meanwhile."""
    witness.ask(request(5, 8))
    (file,) = witness.folder.glob("*.contradiction")
    file.write_bytes(file.read_bytes()[:100])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ehealth_ledger.entrypoints.cli"),
            *("witness", "contradictions", str(witness.folder)),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be read" in done.stderr
    (again, further) = witness.ask(request(5, 7), request(10, 20))
    assert (again.status_code, further.status_code) == (409, 200)
