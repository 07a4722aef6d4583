"""Prove the log to somebody who trusts neither the operator nor this project's code."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from uuid import uuid4

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from pymerkle import InclusionProof, InmemoryTree
from sigstore.errors import VerificationError

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.store.secrets import SigningKey
from tests.http import auditor
from tests.http.conftest import Served, served_country
from tests.http.sigstore_reader import Reader
from tests.http.transparent import Transparent


@pytest.fixture(scope="module")
def country(server: str) -> Iterator[Served]:
    """Serve a ledger of this file's own, whose length no other test changes."""
    with served_country(server) as running:
        yield running


@pytest.fixture(scope="module")
def log(country: Served) -> Transparent:
    """Give a log of more than one full tile, signed at three sizes."""
    return Transparent.grown(country, 7, 120, 240)


def get(http: httpx.Client, path: str, media: str) -> bytes:
    answer = http.get(f"/log/records/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media
    return answer.content


def hashes(http: httpx.Client, path: str) -> list[bytes]:
    joined = get(http, path, "application/octet-stream")
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


def newest(log: Transparent, http: httpx.Client) -> auditor.Seen:
    note = get(http, "checkpoint", "text/plain; charset=utf-8")
    return auditor.open_checkpoint(note, log.vkey)


def all_entries(http: httpx.Client, size: int) -> list[bytes]:
    """Fetch every record of a tree as the published layout says."""
    entries: list[bytes] = []
    for index in range(size // 256):
        bundle = get(http, f"tile/entries/{index:03}", "application/octet-stream")
        entries += auditor.split_bundle(bundle)
    if size % 256:
        place = f"{size // 256:03}.p/{size % 256}"
        bundle = get(http, f"tile/entries/{place}", "application/octet-stream")
        entries += auditor.split_bundle(bundle)
    return entries


def test_a_foreign_tree_over_the_served_records_has_every_signed_root(
    log: Transparent, http: httpx.Client
) -> None:
    """An implementation of others, fed with the records, arrives at each checkpoint's root."""
    seen = [auditor.open_checkpoint(each, log.vkey) for each in log.notes]
    assert newest(log, http) == seen[-1]
    entries = all_entries(http, seen[-1].size)
    assert len(entries) == seen[-1].size > 256
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    for each in seen:
        assert tree.get_root(each.size) == each.root


def test_a_foreign_verifier_accepts_the_served_paths(log: Transparent, http: httpx.Client) -> None:
    """Our path in the proof object of others verifies there; one flipped bit does not."""
    tree = InmemoryTree(algorithm="sha256")
    size = newest(log, http).size
    for entry in all_entries(http, size):
        tree.append_entry(entry)
    for position in (1, 2, 100, 255, 256, 257, size):
        served = http.get(f"/log/records/proof/{position}").json()
        leaf, root = bytes.fromhex(served["leaf"]), bytes.fromhex(served["root"])
        path = [leaf, *map(bytes.fromhex, served["path"])]
        rule = tree.prove_inclusion(position, size).rule
        InclusionProof("sha256", True, size, position, rule, path).verify(leaf, root)
        assert auditor.root_by_inclusion(leaf, position - 1, size, path[1:]) == root


def test_a_command_is_proved_by_a_file_alone(log: Transparent, http: httpx.Client) -> None:
    """Whoever holds file and key needs no service: record, path and signature fit together."""
    (command_id,) = log.grow(1)
    log.sign()
    answer = http.get(f"/commands/{command_id}/proof")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    proved = auditor.open_proof(answer.content, log.vkey)
    receipt = http.get(f"/commands/{command_id}").json()
    leaf = sha256(b"\x00" + proved.record).hexdigest()
    assert leaf == receipt["chain_value"]
    assert proved.index == receipt["last_position"] - 1
    pieces = auditor.fields(proved.record)
    assert pieces[0] == b"ehealth/record/1"
    assert pieces[4].hex() == command_id.replace("-", "")


def test_sigstore_accepts_the_served_checkpoint_and_proofs(
    log: Transparent, http: httpx.Client
) -> None:
    """Code of others, written for another log, verifies our signature, our text and our paths."""
    reader = Reader.of(log.vkey)
    seen = newest(log, http)
    note = get(http, "checkpoint", "text/plain; charset=utf-8")
    assert reader.open_checkpoint(note) == (seen.origin, seen.size, seen.root.hex())
    for position in (1, 2, 100, 256, 257, seen.size):
        file = get(http, f"proof/{position}/file", "text/plain; charset=utf-8")
        reader.check_proof(file)
        other = get(http, f"proof/{position % seen.size + 1}/file", "text/plain; charset=utf-8")
        for wrong in (_exchanged(file, other, 1), _exchanged(file, other, 2)):
            with pytest.raises(VerificationError):
                reader.check_proof(wrong)


def test_sigstore_refuses_an_altered_note(log: Transparent, http: httpx.Client) -> None:
    """A letter of the text or of the signature that was changed is noticed, and another key."""
    reader = Reader.of(log.vkey)
    note = get(http, "checkpoint", "text/plain; charset=utf-8")
    signature = note.index(b"\n\n") + 2
    for at in (*range(signature - 2), signature + 80, len(note) - 20):
        changed = bytearray(note)
        changed[at] ^= 1
        # ValueError where what was changed is no base64 any more.
        with pytest.raises((VerificationError, ValueError)):
            reader.open_checkpoint(bytes(changed))
    name, key_id, _ = log.vkey.split("+", 2)
    stranger = Reader.of(
        f"{name}+{key_id}+{b64encode(b'%c' % 1 + SigningKey(bytes(32)).public).decode()}"
    )
    with pytest.raises(VerificationError):
        stranger.open_checkpoint(note)


def _exchanged(file: bytes, other: bytes, line: int) -> bytes:
    """Put a line of another proof file into this one."""
    lines, others = file.split(b"\n"), other.split(b"\n")
    lines[line] = others[line]
    return b"\n".join(lines)


def test_an_altered_proof_file_proves_nothing(log: Transparent, http: httpx.Client) -> None:
    """A flipped bit in record, index, path or checkpoint is noticed."""
    command_id = http.get("/records/records/300").json()["command_id"]
    file = http.get(f"/commands/{command_id}/proof").content
    auditor.open_proof(file, log.vkey)
    head, _, note = file.partition(b"\n\n")
    lines = head.split(b"\n")
    altered = [
        b"\n".join([lines[0], b"extra " + b64encode(b"another record"), *lines[2:]]),
        b"\n".join([*lines[:2], b"index 7", *lines[3:]]),
        b"\n".join([*lines[:-1], b64encode(bytes(32))]),
        b"\n".join(lines[:-1]),
    ]
    for each in altered:
        with pytest.raises(AssertionError):
            auditor.open_proof(each + b"\n\n" + note, log.vkey)
    size = str(auditor.open_checkpoint(note, log.vkey).size).encode()
    with pytest.raises(InvalidSignature):
        auditor.open_proof(file.replace(b"\n" + size + b"\n", b"\n9999\n"), log.vkey)


def test_the_log_is_shown_to_have_only_grown(log: Transparent, http: httpx.Client) -> None:
    """From each checkpoint that was kept to each later one there is a proof, and it holds."""
    seen = [auditor.open_checkpoint(each, log.vkey) for each in log.notes]
    for at, old in enumerate(seen):
        for new in seen[at:]:
            query = {"from": old.size, "to": new.size}
            shown = http.get("/log/records/consistency", params=query).json()
            assert (shown["old_root"], shown["root"]) == (old.root.hex(), new.root.hex())
            path = [bytes.fromhex(each) for each in shown["path"]]
            auditor.check_growth(old.size, old.root, new.size, new.root, path)
            if path:
                with pytest.raises(AssertionError):
                    auditor.check_growth(
                        old.size, sha256(old.root).digest(), new.size, new.root, path
                    )


def test_tiles_hold_the_tree_and_may_be_kept(log: Transparent, http: httpx.Client) -> None:
    """Full and partial tiles are hashes of the level below; they never change and may be cached."""
    size = newest(log, http).size
    leaves = [sha256(b"\x00" + each).digest() for each in all_entries(http, size)]
    assert hashes(http, "tile/0/000") == leaves[:256]
    assert hashes(http, f"tile/0/001.p/{size - 256}") == leaves[256:]
    assert hashes(http, "tile/0/000.p/7") == leaves[:7]  # of an older checkpoint
    tree = InmemoryTree(algorithm="sha256")
    for entry in all_entries(http, size)[:256]:
        tree.append_entry(entry)
    assert hashes(http, "tile/1/000.p/1") == [tree.get_root()]
    answer = http.get("/log/records/tile/0/000")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert http.get("/log/records/checkpoint").headers["cache-control"] == "no-cache"
    assert http.get("/head").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        *("tile/0/002", "tile/0/001", "tile/1/000", "tile/0/001.p/255", "tile/8/000.p/1"),
        *("tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x000/000", "tile/a/000"),
        *("tile/0/../000", "tile/64/000", "tile/-1/000", "tile/entries/001", "tile/entries/1"),
    ],
)
def test_there_is_no_other_tile(log: Transparent, http: httpx.Client, path: str) -> None:
    """What is not full yet, not signed for, or spelled otherwise is not found."""
    answer = http.get(f"/log/records/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")
    assert answer.headers["cache-control"] == "no-store"


def test_another_log_is_not_found(log: Transparent, http: httpx.Client) -> None:
    """This version keeps one log."""
    for path in ("checkpoint", "tile/0/000", "tile/entries/000", "proof/1", "consistency?from=1"):
        assert http.get(f"/log/access/{path}").json()["code"] == "request.not_found"


def test_checkpoint__pending_is_said_of_what_no_checkpoint_covers(
    log: Transparent, http: httpx.Client
) -> None:
    """What was recorded a moment ago is proved after the next checkpoint: ask again."""
    (command_id,) = log.grow(1)
    position = http.get("/head").json()["position"]
    size = newest(log, http).size
    asked = [
        f"/commands/{command_id}/proof",
        f"/log/records/proof/{position}",
        f"/log/records/proof/1?size={position}",
        f"/log/records/consistency?from=1&to={position}",
        f"/log/records/consistency?from={position}",
    ]
    for each in asked:
        answer = http.get(each)
        assert (answer.status_code, answer.json()["code"]) == (503, "checkpoint.pending"), each
        assert answer.json()["evidence"] == {"size": str(size)}
        assert answer.headers["retry-after"] == "1"
    log.sign()
    for each in asked:
        assert http.get(each).status_code == 200, each


def test_what_cannot_be_asked_is_refused(log: Transparent, http: httpx.Client) -> None:
    """An unknown command, a tree that is too small, and misspelt parameters are named."""
    asked = {
        f"/commands/{uuid4()}/proof": "request.not_found",
        "/log/records/proof/9?size=8": "request.not_found",
        "/log/records/consistency?from=9&to=8": "request.not_found",
        "/log/records/proof/0": "request.invalid_parameter",
        "/log/records/proof/1?size=0": "request.invalid_parameter",
        "/log/records/consistency": "request.invalid_parameter",
        "/log/records/consistency?from=0": "request.invalid_parameter",
        "/log/records/proof/1?siez=8": "request.unknown_parameter",
        "/log/records/proof/1?size=8&size=9": "request.unknown_parameter",
        "/log/records/checkpoint?size=8": "request.unknown_parameter",
        "/log/records/tile/0/000?": "",
    }
    for path, code in asked.items():
        answer = http.get(path)
        assert answer.status_code == 200 if not code else answer.json()["code"] == code, path


def test_one_root_leads_to_every_log_and_record(log: Transparent, http: httpx.Client) -> None:
    """With the super-log's key alone: its checkpoint, the log's in it, a record in that."""
    world = log.served.world
    vkey = str(bootstrap.super_signer(world.settings, world.author.ledger).key)
    answer = http.get("/log/super/checkpoint")
    assert answer.status_code == 200, answer.text
    seen = auditor.open_checkpoint(answer.content, vkey)
    assert seen.origin == f"ehealth-ledger/{world.author.ledger}/super"
    place = f"000.p/{seen.size}"
    entries = auditor.split_bundle(http.get(f"/log/super/tile/entries/{place}").content)
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    assert tree.get_root() == seen.root
    leaves = http.get(f"/log/super/tile/0/{place}").content
    assert leaves == b"".join(sha256(b"\x00" + each).digest() for each in entries)
    texts = [each.partition(b"\n\n")[0] + b"\n" for each in log.notes]
    assert [each for each in entries if each in texts] == texts
    for text in texts:
        size = text.split(b"\n")[1].decode()
        proof = http.get("/log/records/checkpoint/proof", params={"size": size})
        assert auditor.open_proof(proof.content, vkey).record == text
    newest = auditor.open_proof(http.get("/log/records/checkpoint/proof").content, vkey)
    assert (newest.record, newest.checkpoint) == (texts[-1], seen)
    root = b64encode(bytes.fromhex(http.get("/log/records/proof/300").json()["root"]))
    assert newest.record.split(b"\n")[2] == root
    grown = http.get("/log/super/consistency", params={"from": 1}).json()
    path = [bytes.fromhex(each) for each in grown["path"]]
    first = sha256(b"\x00" + entries[0]).digest()
    auditor.check_growth(1, first, seen.size, seen.root, path)


def test_a_checkpoint_that_the_super_log_does_not_hold_is_pending(http: httpx.Client) -> None:
    """Nothing is proved of a size that was never signed for, nor of a log that is none."""
    answer = http.get("/log/records/checkpoint/proof", params={"size": 2})
    assert answer.json()["code"] == "checkpoint.pending"
    for name in ("super", "access"):
        answer = http.get(f"/log/{name}/checkpoint/proof")
        assert answer.json()["code"] == "request.not_found"
