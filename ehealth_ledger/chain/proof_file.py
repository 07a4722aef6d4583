"""Write and read a proof that stands alone: index, path, checkpoint (C2SP tlog-proof).

The extra line of our proofs holds the record itself, the bytes that the leaf is the hash of: it
names ids, times and digests, and no person. Consistency has no published file form; ours is the
body of a witness's `add-checkpoint` request, which any witness can judge:

    old <size>
    <base64 of a hash>…

    <the newer checkpoint, a signed note>
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ehealth_ledger.chain.checkpoint import Checkpoint, read_size
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.merkle_proof import ProofInvalid, check_consistency, check_inclusion
from ehealth_ledger.chain.note import Note, NoteInvalid, decode_base64
from ehealth_ledger.chain.policy import Believed, Policy
from ehealth_ledger.chain.record import DIGEST_BYTES

PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"
PATH_HASHES_MAX: Final = 63


@dataclass(frozen=True, slots=True)
class InclusionFile:
    """Hold a record, its place and its path, and the checkpoint that the path leads to."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, encoded: bytes) -> InclusionFile:
        """Read a proof file strictly, or raise NoteInvalid."""
        lines, note = _split(encoded)
        if len(lines) < 3 or lines[0] != PROOF_HEADER:
            raise NoteInvalid("not a proof file")
        extra, index = lines[1], lines[2]
        if not extra.startswith("extra ") or not index.startswith("index "):
            raise NoteInvalid("a proof file names its entry and its index")
        return cls(
            decode_base64(extra.removeprefix("extra ")),
            read_size(index.removeprefix("index ")),
            _path(lines[3:]),
            note,
        )

    def to_bytes(self) -> bytes:
        """Write the file."""
        extra = b64encode(self.entry).decode()
        return _joined(
            [PROOF_HEADER, f"extra {extra}", f"index {self.index}"], self.path, self.note
        )

    def check(self, policy: Policy) -> Believed:
        """Return the believed checkpoint that holds the entry; raise where anything is wrong.

        NoteInvalid: nobody the policy believes vouches for the checkpoint. ProofInvalid: the
        checkpoint does not hold this entry at this index.
        """
        believed = policy.believe(self.note)
        self.check_under(believed.checkpoint)
        return believed

    def check_under(self, checkpoint: Checkpoint) -> None:
        """Raise ProofInvalid unless a checkpoint, believed for another reason, holds the entry."""
        leaf = leaf_hash(self.entry)
        check_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root)


@dataclass(frozen=True, slots=True)
class ConsistencyFile:
    """Hold an older size, the path from it, and the newer checkpoint."""

    old_size: int
    path: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, encoded: bytes) -> ConsistencyFile:
        """Read the body of an `add-checkpoint` request strictly, or raise NoteInvalid."""
        lines, note = _split(encoded)
        if not lines or not lines[0].startswith("old "):
            raise NoteInvalid("the first line names the old size")
        return cls(read_size(lines[0].removeprefix("old ")), _path(lines[1:]), note)

    def to_bytes(self) -> bytes:
        """Write the file."""
        return _joined([f"old {self.old_size}"], self.path, self.note)

    def check(self, old: Checkpoint) -> Checkpoint:
        """Return the newer checkpoint, shown to begin with the older one, or raise ProofInvalid.

        Who signed either is for the caller to ask.
        """
        new = Checkpoint.parse(self.note.text)
        if new.origin != old.origin or self.old_size != old.size:
            raise ProofInvalid("the proof is of other checkpoints")
        if old.size == 0:
            if self.path or not (old.is_possible() and new.is_possible()):
                raise ProofInvalid("from an empty tree nothing is to be shown")
            return new
        check_consistency(old.size, old.root, new.size, new.root, self.path)
        return new


def read_proof(encoded: bytes) -> InclusionFile | ConsistencyFile:
    """Read a proof file of either kind, which its first line tells, or raise NoteInvalid."""
    if encoded.startswith(b"old "):
        return ConsistencyFile.parse(encoded)
    return InclusionFile.parse(encoded)


def _split(encoded: bytes) -> tuple[list[str], Note]:
    head, blank, rest = encoded.partition(b"\n\n")
    if not blank:
        raise NoteInvalid("a proof is lines, a blank line, and a checkpoint")
    try:
        return head.decode("utf-8").split("\n"), Note.parse(rest)
    except UnicodeDecodeError as fault:
        raise NoteInvalid("a proof is UTF-8") from fault


def _path(lines: Sequence[str]) -> tuple[bytes, ...]:
    path = tuple(decode_base64(each) for each in lines)
    if len(path) > PATH_HASHES_MAX or any(len(each) != DIGEST_BYTES for each in path):
        raise NoteInvalid("a path is at most 63 hashes of 32 bytes")
    return path


def _joined(lines: Sequence[str], path: Sequence[bytes], note: Note) -> bytes:
    whole = (*lines, *(b64encode(each).decode() for each in path), "", "")
    return "\n".join(whole).encode() + note.to_bytes()
