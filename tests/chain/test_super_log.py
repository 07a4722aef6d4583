"""One root over all logs: a checkpoint kept leads to each log's, and by it to a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.merkle_proof import (
    ProofInvalid,
    check_consistency,
    prove_consistency,
    prove_inclusion,
)
from ehealth_ledger.chain.note import ED25519, NoteInvalid, VerifierKey, sign_note
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.super_log import SuperLog, held_checkpoint, nodes_from
from tests.chain.trees import mth, nodes

NATION = "ehealth-ledger/5a3c0d0e-52a5-4f53-9f0b-3a5c0c7e4f10"
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey(f"{NATION}/super", ED25519, SECRET.public_key().public_bytes_raw())
POLICY = Policy.parse(f"log {KEY}\nquorum none\n")
RECORDS = [f"record {number}".encode() for number in range(40)]
LEAVES = {
    log: [leaf_hash(each + log.encode()) for each in RECORDS] for log in ("records", "access", "n")
}

Steps = list[tuple[str, int]]


def checkpoint(log: str, size: int) -> Checkpoint:
    return Checkpoint(f"{NATION}/{log}", size, mth(LEAVES[log][:size]))


def entries(steps: Steps) -> list[bytes]:
    """Let logs grow by turns, by so many records; each turn is an entry."""
    sizes, made = dict.fromkeys(LEAVES, 0), []
    for log, more in steps:
        sizes[log] = min(sizes[log] + more, len(RECORDS))
        made.append(checkpoint(log, sizes[log]).text.encode())
    return list(dict.fromkeys(made))


def proof(made: list[bytes], index: int) -> InclusionFile:
    """Prove an entry by the checkpoint over all of them."""
    leaves = [leaf_hash(each) for each in made]
    note = sign_note(Checkpoint(KEY.name, len(made), mth(leaves)).text, KEY, SECRET.sign)
    return InclusionFile(made[index], index, prove_inclusion(nodes(leaves), index, len(made)), note)


STEPS: Steps = [("records", 3), ("access", 9), ("records", 1), ("n", 1), ("access", 2)] * 4


@given(st.lists(st.tuples(st.sampled_from(sorted(LEAVES)), st.integers(1, 5)), min_size=1))
def test_what_is_kept_beside_each_entry_is_the_whole_tree(steps: Steps) -> None:
    """Roots and proofs of every size come out of it, as a naive tree has them."""
    made, grown = entries(steps), SuperLog(KEY.name)
    kept = [grown.take(each) for each in made]
    leaves = [leaf_hash(each) for each in made]
    read, naive = nodes_from(kept.__getitem__), nodes(leaves)
    assert grown.edge.root() == mth(leaves)
    for size in range(1, len(made) + 1):
        for index in range(size):
            assert prove_inclusion(read, index, size) == prove_inclusion(naive, index, size)
        path = prove_consistency(read, size, len(made))
        check_consistency(size, mth(leaves[:size]), len(made), mth(leaves), path)


def test_a_record_of_any_log_follows_from_the_one_root() -> None:
    """Whoever keeps a checkpoint of the super-log needs no key of a log, and no service."""
    made = entries(STEPS)
    for index in range(len(made)):
        held, believed = held_checkpoint(proof(made, index), POLICY)
        assert believed.checkpoint.size == len(made)
        log = held.origin.rpartition("/")[2]
        assert held == checkpoint(log, held.size)
        for at in (0, held.size - 1):
            path = prove_inclusion(nodes(LEAVES[log]), at, held.size)
            entry = RECORDS[at] + log.encode()
            note = sign_note(held.text, KEY, SECRET.sign)  # nobody asks who signed for the log
            InclusionFile(entry, at, path, note).check_under(held)
            with pytest.raises(ProofInvalid):
                InclusionFile(entry + b"x", at, path, note).check_under(held)


OF_ANOTHER = f"ehealth-ledger/11111111-1111-4111-8111-111111111111/records\n1\n{'A' * 43}=\n"
REFUSED: dict[str, tuple[Callable[[list[bytes]], bytes], str]] = {
    "a log that did not grow": (lambda made: made[-1], "does not grow"),
    "a log that was set back": (lambda made: made[0], "does not grow"),
    "of another deployment": (lambda _: OF_ANOTHER.encode(), "no log of this deployment"),
    "a super-log": (
        lambda _: Checkpoint(KEY.name, 1, bytes(32)).text.encode(),
        "holds no super-log",
    ),
    "no checkpoint": (lambda _: b"nothing", "ends with a newline"),
    "no text": (lambda _: b"\xff\n", "UTF-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_super_log_takes_growing_logs_of_one_deployment_only(case: str) -> None:
    """Nothing else can be an entry, whoever writes it."""
    made, grown = entries(STEPS), SuperLog(KEY.name)
    for each in made:
        grown.take(each)
    entry, reason = REFUSED[case]
    before = grown.edge
    with pytest.raises(NoteInvalid, match=reason):
        grown.take(entry(made))
    assert grown.edge == before


def test_a_proof_of_anything_else_is_none() -> None:
    """Another entry, place, path, key or kind of log does not pass for a held checkpoint."""
    made = entries(STEPS)
    true, other = proof(made, 3), proof(made, 4)
    for wrong in (
        replace(true, entry=other.entry),
        replace(true, index=4),
        replace(true, path=other.path),
        replace(true, path=true.path[:-1]),
        replace(true, note=proof(made[:-1], 3).note),
    ):
        with pytest.raises(ProofInvalid):
            held_checkpoint(wrong, POLICY)
    stranger = Policy.parse(f"log {KEY._replace(public=bytes(32))}\nquorum none\n")
    with pytest.raises(NoteInvalid):
        held_checkpoint(true, stranger)
    of_log = KEY._replace(name=f"{NATION}/records")
    note = sign_note(Checkpoint(of_log.name, 1, leaf_hash(made[0])).text, of_log, SECRET.sign)
    with pytest.raises(ProofInvalid, match="no super-log"):
        held_checkpoint(
            InclusionFile(made[0], 0, (), note), Policy.parse(f"log {of_log}\nquorum none\n")
        )
    alone = OF_ANOTHER.encode()
    note = sign_note(Checkpoint(KEY.name, 1, leaf_hash(alone)).text, KEY, SECRET.sign)
    with pytest.raises(NoteInvalid, match="no log of this deployment"):
        held_checkpoint(InclusionFile(alone, 0, (), note), POLICY)
