"""Hand out proofs as files: whoever holds one, a key and a kept checkpoint needs no service."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from cryptography.exceptions import InvalidSignature

from ehealth_ledger.chain.cosignature import cosign
from ehealth_ledger.chain.note import COSIGNATURE, Note, VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.store.checkpoints import keep_cosignatures
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.proofs import inclusion_file, signed_tree_from
from ehealth_ledger.store.secrets import SigningKey
from tests.http import auditor
from tests.http.conftest import Served, served_country
from tests.http.transparent import Transparent

TEXT = "text/plain; charset=utf-8"


@pytest.fixture(scope="module")
def country(server: str) -> Iterator[Served]:
    """Serve a ledger of this file's own, whose length no other test changes."""
    with served_country(server) as running:
        yield running


@pytest.fixture(scope="module")
def log(country: Served) -> Transparent:
    """Give a log that was signed for at four sizes."""
    return Transparent.grown(country, 3, 1, 4, 6)


def sizes(log: Transparent) -> list[int]:
    return [auditor.open_checkpoint(each, log.vkey).size for each in log.notes]


def file(http: httpx.Client, path: str, **asked: int) -> bytes:
    answer = http.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TEXT
    assert answer.headers["cache-control"] == "no-cache"
    return answer.content


def test_any_record_has_a_proof_file_under_any_checkpoint(
    log: Transparent, http: httpx.Client
) -> None:
    """Not a command's last record alone: each position, under each size that was signed for."""
    newest = sizes(log)[-1]
    for size in sizes(log):
        for position in range(1, size + 1) if size == newest else (1, 2, 64, 65, size - 1, size):
            got = file(http, f"/log/records/proof/{position}/file", size=size)
            proved = auditor.open_proof(got, log.vkey)
            assert (proved.index, proved.checkpoint.size) == (position - 1, size)
            assert auditor.fields(proved.record)[3] == position.to_bytes(8)
    by_default = file(http, "/log/records/proof/1/file")
    assert by_default == file(http, "/log/records/proof/1/file", size=newest)


def test_a_command_s_proof_is_that_of_its_last_record(log: Transparent, http: httpx.Client) -> None:
    """The two routes give one file."""
    position = sizes(log)[-1]
    command_id = http.get(f"/records/records/{position}").json()["command_id"]
    by_position = file(http, f"/log/records/proof/{position}/file")
    assert file(http, f"/commands/{command_id}/proof") == by_position


def test_growth_is_shown_by_a_file_between_any_two_checkpoints(
    log: Transparent, http: httpx.Client
) -> None:
    """From each checkpoint that was kept to each later one; it shows nothing of a third."""
    for at, old in enumerate(log.notes):
        for new in log.notes[at:]:
            before, after = (auditor.open_checkpoint(each, log.vkey) for each in (old, new))
            asked = {"from": before.size, "to": after.size}
            got = file(http, "/log/records/consistency/file", **asked)
            assert auditor.open_growth(got, old, log.vkey) == after
            for third in log.notes:
                if third != old:
                    with pytest.raises(AssertionError):
                        auditor.open_growth(got, third, log.vkey)


def test_growth_is_shown_from_any_size_that_somebody_holds(
    log: Transparent, http: httpx.Client
) -> None:
    """Not from checkpoints alone: a root that was reckoned from an export will do."""
    newest = auditor.open_checkpoint(log.notes[-1], log.vkey)
    for size in range(1, newest.size + 1):
        got = file(http, "/log/records/consistency/file", **{"from": size})
        head, _, note = got.partition(b"\n\n")
        lines = head.decode().split("\n")
        shown = http.get("/log/records/consistency", params={"from": size}).json()
        assert lines[0] == f"old {size}"
        path = [auditor.b64decode(each) for each in lines[1:]]
        assert [each.hex() for each in path] == shown["path"]
        assert auditor.open_checkpoint(note, log.vkey) == newest


def test_the_super_log_has_such_files_too(log: Transparent, http: httpx.Client) -> None:
    """Its records are checkpoints, its growth is that of all logs."""
    world = log.served.world
    vkey = str(bootstrap.super_signer(world.settings, world.author.ledger).key)
    newest = auditor.open_checkpoint(http.get("/log/super/checkpoint").content, vkey)
    for position in range(1, newest.size + 1):
        proved = auditor.open_proof(file(http, f"/log/super/proof/{position}/file"), vkey)
        assert proved.record.endswith(b"\n")
    got = file(http, "/log/super/consistency/file", **{"from": 1})
    assert auditor.open_checkpoint(got.partition(b"\n\n")[2], vkey) == newest


def test_an_altered_file_shows_no_growth(log: Transparent, http: httpx.Client) -> None:
    """A changed size, hash, or checkpoint is noticed."""
    asked = {"from": sizes(log)[1], "to": sizes(log)[2]}
    got, kept = file(http, "/log/records/consistency/file", **asked), log.notes[1]
    auditor.open_growth(got, kept, log.vkey)
    lines = got.split(b"\n")
    exchanged = b"\n".join([lines[0], lines[2], lines[1], *lines[3:]])
    missing = b"\n".join([lines[0], *lines[2:]])
    for altered in (got.replace(b"old ", b"old 1"), exchanged, missing):
        with pytest.raises(AssertionError):
            auditor.open_growth(altered, kept, log.vkey)
    size = str(sizes(log)[2]).encode()
    with pytest.raises(InvalidSignature):
        auditor.open_growth(got.replace(b"\n" + size + b"\n", b"\n9999\n"), kept, log.vkey)


def test_a_size_that_nobody_signed_for_is_named_with_the_next(
    log: Transparent, http: httpx.Client
) -> None:
    """A file carries a checkpoint, and there is none between two of them."""
    before, after = sizes(log)[2:]
    between = before + 1
    assert between < after
    for path, place in {
        f"/log/records/proof/1/file?size={between}": "$.size",
        f"/log/records/consistency/file?from=1&to={between}": "$.to",
    }.items():
        problem = http.get(path).json()
        assert problem["code"] == "request.not_found"
        assert problem["errors"][0]["path"] == place
        assert problem["evidence"] == {"expected": str(after)}


def test_what_cannot_be_asked_is_refused(log: Transparent, http: httpx.Client) -> None:
    """A record beyond the tree, a log that is none, and misspelt parameters are named."""
    first, second = sizes(log)[:2]
    newest = sizes(log)[-1]
    asked = {
        f"/log/records/proof/{second}/file?size={first}": "request.not_found",
        f"/log/records/consistency/file?from={second}&to={first}": "request.not_found",
        "/log/access/proof/1/file": "request.not_found",
        "/log/access/consistency/file?from=1": "request.not_found",
        "/log/records/proof/0/file": "request.invalid_parameter",
        "/log/records/proof/1/file?size=0": "request.invalid_parameter",
        "/log/records/consistency/file": "request.invalid_parameter",
        "/log/records/consistency/file?from=0": "request.invalid_parameter",
        "/log/records/consistency/file?from=1&to=0": "request.invalid_parameter",
        "/log/records/proof/1/file?siez=8": "request.unknown_parameter",
        f"/log/records/proof/{newest + 1}/file": "checkpoint.pending",
        f"/log/records/proof/1/file?size={newest + 1}": "checkpoint.pending",
        f"/log/records/consistency/file?from={newest + 1}": "checkpoint.pending",
        f"/log/records/consistency/file?from=1&to={newest + 1}": "checkpoint.pending",
    }
    for path, code in asked.items():
        assert http.get(path).json()["code"] == code, path


def test_under_a_policy_only_what_its_quorum_cosigned_is_a_checkpoint(log: Transparent) -> None:
    """A size that was signed and not cosigned leads to the next that was."""
    world = log.served.world
    secret = SigningKey(bytes(31) + b"z")
    witness = VerifierKey("witness.example/z", COSIGNATURE, secret.public)
    policy = Policy.parse(f"log {log.vkey}\nwitness z {witness}\nquorum z\n")
    note = Note.parse(log.notes[2])
    line = cosign(note.text, witness, secret.sign, time_s=1_800_000_000)
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA) as connection:
        assert signed_tree_from(connection, "records", 1, policy) is None
        keep_cosignatures(connection, "records", sizes(log)[2], [line])
        found = signed_tree_from(connection, "records", sizes(log)[0], policy)
        assert found is not None
        assert found.tree.size == sizes(log)[2]
        assert inclusion_file(found, 1).check(policy).cosigned == {"z": 1_800_000_000}
        assert signed_tree_from(connection, "records", sizes(log)[2] + 1, policy) is None
        alone = signed_tree_from(connection, "records", sizes(log)[0])
        assert alone is not None
        assert alone.tree.size == sizes(log)[0]
