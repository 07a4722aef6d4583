"""Notes, checkpoints, cosignatures, policies and proof files are those of the C2SP documents."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.cosignature import cosign, cosigned_at, cosigned_bytes, cosigners
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.merkle_edge import EMPTY_EDGE
from ehealth_ledger.chain.merkle_proof import (
    ProofInvalid,
    prove_consistency,
    prove_inclusion,
)
from ehealth_ledger.chain.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteInvalid,
    VerifierKey,
    read_line,
    sign_note,
)
from ehealth_ledger.chain.policy import NotBelieved, Policy, PolicyInvalid
from ehealth_ledger.chain.proof_file import ConsistencyFile, InclusionFile, read_proof
from tests.chain.trees import nodes

# Published in C2SP signed-note and tlog-checkpoint.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONn"
    "cAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
WITNESS_REQUEST = (
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n" + CHECKPOINT + "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2"
    "q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V62"
    "67UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
).encode()

ORIGIN = "ledger.example/records"
LOG_SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = VerifierKey(ORIGIN, ED25519, LOG_SECRET.public_key().public_bytes_raw())
ENTRIES = [f"record {n}".encode() for n in range(20)]
LEAVES = [leaf_hash(each) for each in ENTRIES]


def witness(n: int) -> tuple[VerifierKey, Ed25519PrivateKey]:
    secret = Ed25519PrivateKey.from_private_bytes(bytes((n,)) * 32)
    return VerifierKey(f"w{n}.example", COSIGNATURE, secret.public_key().public_bytes_raw()), secret


def checkpoint(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, EMPTY_EDGE.extend(LEAVES[:size])[0].root())


def signed(size: int, *witnesses: int) -> Note:
    note = sign_note(checkpoint(size).text, LOG_KEY, LOG_SECRET.sign)
    lines = []
    for each in witnesses:
        key, secret = witness(each)
        lines.append(cosign(note.text, key, secret.sign, time_s=1_700_000_000 + each))
    return note.and_signed(lines)


POLICY = f"""
# The operator's own, and any two of three others.
log {LOG_KEY}
witness operator {witness(9)[0]}
witness payer {witness(1)[0]} https://payer.example/
witness regulator {witness(2)[0]}
witness hospital {witness(3)[0]}
group others 2 payer regulator hospital
group both all operator others
quorum both
"""


def test_the_published_note_is_believed() -> None:
    """The example of the specification is read and verifies under its key."""
    key = VerifierKey.parse(VKEY)
    note = Note.parse(NOTE)
    assert note.signed_by([key]) == [key]
    assert note.to_bytes() == NOTE
    assert str(key) == VKEY


def test_the_published_witness_request_is_read() -> None:
    """The example request's old size, proof and checkpoint come out as they stand."""
    found = ConsistencyFile.parse(WITNESS_REQUEST)
    assert (found.old_size, len(found.path), len(found.note.signatures)) == (20852014, 4, 2)
    assert Checkpoint.parse(found.note.text).size == 20852163
    assert Checkpoint.parse(found.note.text).text == CHECKPOINT
    assert found.to_bytes() == WITNESS_REQUEST


def test_the_published_cosigned_message_is_written() -> None:
    """The example of what a witness signs."""
    assert cosigned_bytes(CHECKPOINT, 1679315147) == (
        b"cosignature/v1\ntime 1679315147\n" + CHECKPOINT.encode()
    )


def test_no_bit_of_a_note_can_change() -> None:
    """One flipped bit anywhere: the note is no note, or nobody known signed it."""
    key = VerifierKey.parse(VKEY)
    for bit in range(len(NOTE) * 8):
        changed = bytearray(NOTE)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            believed = Note.parse(bytes(changed)).signed_by([key])
        except NoteInvalid:
            continue
        assert believed == [], bit


@pytest.mark.parametrize(
    ("case", "note"),
    [
        ("no blank line", b"text\n\xe2\x80\x94 a AAAAAAAA\n"),
        ("no signature", b"text\n\n"),
        ("no last newline", NOTE[:-1]),
        ("a carriage return", NOTE.replace(b"message.", b"message.\r")),
        ("not UTF-8", b"\xff" + NOTE),
        ("a hyphen for the dash", NOTE.replace("—".encode(), b"-")),
        ("a name with a plus", NOTE.replace(b"example.com/foo", b"example.com+foo")),
        ("no base64", NOTE.replace(b"Uw2Q", b"Uw2*")),
        ("a key id and nothing else", b"text\n\n\xe2\x80\x94 a AAAAAA==\n"),
        ("base64 spelled otherwise", NOTE.replace(b"eyaQM=", b"eyaQN=")),
    ],
)
def test_what_is_no_note_is_refused(case: str, note: bytes) -> None:
    """The form is strict: a note has one spelling."""
    with pytest.raises(NoteInvalid):
        Note.parse(note)


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("two lines", "a\n1\n"),
        ("an empty origin", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"),
        ("a leading zero", CHECKPOINT.replace("2085", "02085")),
        ("a sign", CHECKPOINT.replace("2085", "+2085")),
        ("a short root", "a\n1\nAAAA\n"),
        ("no last newline", CHECKPOINT[:-1]),
        ("an empty extension", CHECKPOINT + "\n"),
        ("too large", CHECKPOINT.replace("20852163", str(2**63))),
    ],
)
def test_what_is_no_checkpoint_is_refused(case: str, text: str) -> None:
    """Origin, size and root each have one spelling."""
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(text)


def test_a_key_whose_id_is_another_s_is_refused() -> None:
    """A verifier key carries its own check."""
    with pytest.raises(NoteInvalid, match="id"):
        VerifierKey.parse(VKEY.replace("530d903a", "530d903b"))


def test_a_cosignature_binds_its_time() -> None:
    """The time that a witness names is part of what it signed."""
    key, secret = witness(1)
    line = cosign(CHECKPOINT, key, secret.sign, time_s=1_700_000_000)
    assert cosigned_at(CHECKPOINT, line, key) == 1_700_000_000
    assert read_line(str(line)) == line
    for bit in range(len(line.signature) * 8):
        changed = bytearray(line.signature)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NoteInvalid):
            cosigned_at(CHECKPOINT, line._replace(signature=bytes(changed)), key)


def test_a_quorum_is_the_policy_s() -> None:
    """The operator and any two of the three others; never the three without the operator."""
    policy = Policy.parse(POLICY)
    assert policy.believe(signed(5, 9, 1, 3)).cosigned == {
        "operator": 1_700_000_009,
        "payer": 1_700_000_001,
        "hospital": 1_700_000_003,
    }
    for too_few in ((), (9,), (9, 1), (1, 2, 3)):
        with pytest.raises(NotBelieved, match="quorum"):
            policy.believe(signed(5, *too_few))


def test_a_witness_s_false_line_spoils_the_note() -> None:
    """A known witness's line that does not hold is not passed over."""
    note = signed(5, 9, 1, 2)
    lines = [each._replace(signature=each.signature[:-1] + b"\0") for each in note.signatures[-1:]]
    with pytest.raises(NoteInvalid):
        cosigners(note.and_signed(lines), [witness(2)[0]])
    with pytest.raises(NoteInvalid) as refused:
        Policy.parse(POLICY).believe(note.and_signed(lines))
    assert not isinstance(refused.value, NotBelieved), "that is no want of lines"


@pytest.mark.parametrize(
    ("reason", "old", "new"),
    [
        ("no quorum", "quorum both", ""),
        ("two quorums", "quorum both", "quorum both\nquorum none"),
        ("an unknown member", "2 payer", "2 nobody"),
        ("a member twice", "all operator others", "all operator operator"),
        ("a threshold above the members", "others 2", "others 4"),
        ("a threshold of none", "others 2", "others 0"),
        ("a name twice", "witness payer", "witness operator"),
        ("the name none", "witness payer", "witness none"),
        ("a witness's key for a log", f"log {LOG_KEY}", f"log {witness(7)[0]}"),
        ("no log", f"log {LOG_KEY}", ""),
        ("a word", "quorum both", "quorum both please"),
        ("a witness's key twice", str(witness(2)[0]), str(witness(1)[0])),
    ],
)
def test_a_policy_that_is_not_clear_is_refused(reason: str, old: str, new: str) -> None:
    """Nobody is believed by mistake."""
    assert old in POLICY
    with pytest.raises(PolicyInvalid):
        Policy.parse(POLICY.replace(old, new, 1))


def proof(index: int = 4, size: int = 20) -> InclusionFile:
    path = prove_inclusion(nodes(LEAVES), index, size)
    return InclusionFile(ENTRIES[index], index, path, signed(size, 9, 1, 2))


def test_a_proof_file_stands_alone() -> None:
    """Entry, index, path, checkpoint and cosignatures: bytes and a policy are enough."""
    again = InclusionFile.parse(proof().to_bytes())
    assert again == proof()
    assert again.check(Policy.parse(POLICY)).checkpoint == checkpoint(20)


def test_no_bit_of_a_proof_file_can_change() -> None:
    """One flipped bit anywhere, and the file no longer proves anything."""
    policy, whole = Policy.parse(POLICY), proof().to_bytes()
    for bit in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((NoteInvalid, ProofInvalid)):
            InclusionFile.parse(bytes(changed)).check(policy)


def test_every_record_of_every_size_has_a_proof_file() -> None:
    """Each (index, size) is proved under its own checkpoint, and under that one alone."""
    policy = Policy.parse(f"log {LOG_KEY}\nquorum none\n")
    notes = [signed(size) for size in range(21)]
    for size in range(1, 21):
        for index in range(size):
            path = prove_inclusion(nodes(LEAVES), index, size)
            encoded = InclusionFile(ENTRIES[index], index, path, notes[size]).to_bytes()
            file = read_proof(encoded)
            assert isinstance(file, InclusionFile)
            assert file.check(policy).checkpoint == checkpoint(size)
            for other in {index + 1, size - 1} - {index}:
                with pytest.raises(ProofInvalid):
                    InclusionFile(ENTRIES[index], other, path, notes[size]).check(policy)
            with pytest.raises(ProofInvalid):
                InclusionFile(ENTRIES[index], index, path, notes[size - 1]).check(policy)


def test_every_size_grows_into_every_later_one() -> None:
    """Each pair of sizes has its file, and it shows nothing of another pair."""
    policy = Policy.parse(f"log {LOG_KEY}\nquorum none\n")
    notes = [signed(size) for size in range(21)]
    for new in range(1, 21):
        for old in range(1, new + 1):
            path = prove_consistency(nodes(LEAVES), old, new)
            file = read_proof(ConsistencyFile(old, path, notes[new]).to_bytes())
            assert isinstance(file, ConsistencyFile)
            assert file.check(policy.signed(notes[old])) == policy.believe(file.note).checkpoint
            with pytest.raises(ProofInvalid):
                file.check(policy.signed(notes[old - 1]))
            with pytest.raises(ProofInvalid):
                ConsistencyFile(old, (*path, LEAVES[0]), notes[new]).check(checkpoint(old))
            if path:
                with pytest.raises(ProofInvalid):
                    ConsistencyFile(old, path[:-1], notes[new]).check(checkpoint(old))


@pytest.mark.parametrize(("old", "new"), [(7, 20), (8, 20), (20, 20)])
def test_no_bit_of_a_consistency_file_or_of_a_kept_checkpoint_can_change(
    old: int, new: int
) -> None:
    """One flipped bit in either, and the two no longer show that the log grew."""
    policy = Policy.parse(f"log {LOG_KEY}\nquorum none\n")
    path = prove_consistency(nodes(LEAVES), old, new)
    whole, kept = ConsistencyFile(old, path, signed(new)).to_bytes(), signed(old).to_bytes()

    def check(encoded: bytes, note: bytes) -> None:
        file = read_proof(encoded)
        policy.believe(file.note)
        assert isinstance(file, ConsistencyFile)
        file.check(policy.signed(Note.parse(note)))

    check(whole, kept)
    for length, altered in ((len(whole), 0), (len(kept), 1)):
        for bit in range(length * 8):
            changed = [bytearray(whole), bytearray(kept)]
            changed[altered][bit // 8] ^= 1 << bit % 8
            with pytest.raises((NoteInvalid, ProofInvalid)):
                check(bytes(changed[0]), bytes(changed[1]))


def test_a_kept_checkpoint_needs_the_log_s_signature_and_no_witness() -> None:
    """Whoever kept it saw it; a key that the policy does not name has signed nothing."""
    policy = Policy.parse(POLICY)
    assert policy.signed(signed(5)) == checkpoint(5)
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    other = VerifierKey(ORIGIN, ED25519, stranger.public_key().public_bytes_raw())
    with pytest.raises(NoteInvalid, match="no log of the policy"):
        policy.signed(sign_note(checkpoint(5).text, other, stranger.sign))


def test_a_consistency_file_shows_growth_and_nothing_else() -> None:
    """From each size to the last one; from another root or size it shows nothing."""
    new = signed(20)
    for old in range(21):
        path = prove_consistency(nodes(LEAVES), old, 20) if old else ()
        file = ConsistencyFile.parse(ConsistencyFile(old, path, new).to_bytes())
        assert file.check(checkpoint(old)) == checkpoint(20)
        if old:
            with pytest.raises(ProofInvalid):
                file.check(checkpoint(old)._replace(root=LEAVES[3] if old != 20 else LEAVES[4]))
        with pytest.raises(ProofInvalid):
            file.check(checkpoint(old)._replace(origin="other"))


def test_a_vkey_names_its_kind() -> None:
    """The same key for cosignatures has another id."""
    other = LOG_KEY._replace(kind=COSIGNATURE)
    assert other.key_id != LOG_KEY.key_id
    assert VerifierKey.parse(str(other)) == other
    with pytest.raises(NoteInvalid, match="kind"):
        VerifierKey.parse(f"a+00000000+{b64encode(b'x' * 33).decode()}")
