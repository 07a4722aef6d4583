"""Hold a restored log against what its backup says and against checkpoints known elsewhere.

A manifest is believed in nothing: whoever can alter a backup can alter it too. What it cannot do is
agree with a checkpoint that was signed, and cosigned, before. A checkpoint of the super-log binds
one of the log, and the records are held against that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.merkle import leaf_hash
from ehealth_ledger.chain.merkle_proof import ProofInvalid, check_consistency, check_inclusion
from ehealth_ledger.chain.note import Note, NoteInvalid, VerifierKey
from ehealth_ledger.chain.policy import NONE, Believed, NotBelieved, Policy
from ehealth_ledger.chain.super_log import SUPER, is_super, read_entry
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.backup.manifest import Mark
from ehealth_ledger.store.batch import Head, LogMissing, read_head
from ehealth_ledger.store.super_log import SuperTree, size_of
from ehealth_ledger.store.tree import Tree


class Outcome(StrEnum):
    """Say how a check ended; what could not be told is never shown as success."""

    PROVED = "proved"
    UNPROVED = "unproved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """Hold one check of a backup; a required one must be proved."""

    name: str
    outcome: Outcome
    detail: str
    required: bool = True

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is left to be done about it."""
        return self.outcome is Outcome.PROVED or (
            self.outcome is Outcome.UNPROVED and not self.required
        )


@dataclass(frozen=True, slots=True)
class Known:
    """Hold a checkpoint that the log is to go on from, and whom it was had from.

    A policy is asked of it unless it is the signer's own, which no witness has seen yet.
    """

    whence: str
    encoded: bytes
    required: bool
    is_signers: bool = False


@dataclass(frozen=True, slots=True)
class Believing:
    """Say whose signature makes a checkpoint count: the log's keys, and a policy's quorum."""

    keys: Sequence[VerifierKey]
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class _Restored:
    """Hold what was restored: the log's tree, and where the super-log's is read from."""

    connection: psycopg.Connection
    ledger: UUID
    log: str
    tree: Tree


class _Witnessed(NamedTuple):
    """Hold a checkpoint that a policy believes, and how many of the records it vouches for."""

    records: int
    by: tuple[str, ...]


def prove(
    connection: psycopg.Connection, mark: Mark, known: Sequence[Known], believing: Believing
) -> Iterator[Check]:
    """Check head, tree, checkpoints and witnesses of a restored log; stop after a damaged tree."""
    try:
        head = read_head(connection.cursor(), mark.log)
    except (LogMissing, LedgerCorrupt) as fault:
        yield Check("head", Outcome.FAILED, str(fault))
        return
    yield (first := _head(connection, mark, head))
    if first.outcome is Outcome.FAILED:
        return
    tree = Tree(connection, mark.log, head.position)
    yield (second := _tree(tree, mark, head))
    if second.outcome is Outcome.FAILED:
        return
    restored = _Restored(connection, head.ledger, mark.log, tree)
    witnessed = []
    for each in known:
        check, by = _checkpoint(restored, each, believing)
        yield check
        witnessed += [] if by is None else [by]
    yield _witnesses(believing.policy, witnessed, head.position)


def _head(connection: psycopg.Connection, mark: Mark, head: Head) -> Check:
    name: Final = "head"
    if head.ledger != mark.ledger:
        return Check(name, Outcome.FAILED, f"the ledger is {head.ledger}, not {mark.ledger}")
    if head.position < mark.position:
        said = f"the log ends at {head.position}, and the manifest names {mark.position}"
        return Check(name, Outcome.FAILED, said)
    row = connection.execute(
        "SELECT chain_value FROM records WHERE log = %s AND position = %s",
        (mark.log, mark.position),
    ).fetchone()
    if row is None or bytes(row[0]).hex() != mark.chain_value:
        said = f"position {mark.position} is another record than the manifest names"
        return Check(name, Outcome.FAILED, said)
    more = head.position - mark.position
    said = f"position {head.position}, chain value {head.chain_value.hex()}"
    return Check(name, Outcome.PROVED, f"{said}; {more} records came in after the mark")


def _tree(tree: Tree, mark: Mark, head: Head) -> Check:
    name: Final = "tree"
    try:
        is_whole = tree.root() == head.edge.root() and tree.root(mark.position).hex() == mark.root
    except LedgerCorrupt as fault:
        return Check(name, Outcome.FAILED, str(fault))
    if not is_whole:
        return Check(name, Outcome.FAILED, "the tiles, the head and the manifest name other roots")
    return Check(name, Outcome.PROVED, f"root {head.edge.root().hex()}")


def _checkpoint(
    restored: _Restored, known: Known, believing: Believing
) -> tuple[Check, _Witnessed | None]:
    """Check one checkpoint; return who vouches for it too, where a policy believes it.

    1. It is of the log or the super-log, and signed by its key.
    2. What was restored is as long, and begins with what was signed for.
    3. The policy believes it.
    """

    def so(outcome: Outcome, said: str) -> tuple[Check, None]:
        return Check(f"checkpoint ({known.whence})", outcome, said, known.required), None

    # 1.
    try:
        note = Note.parse(known.encoded)
        checkpoint = Checkpoint.parse(note.text)
        keys = [each for each in believing.keys if each.name == checkpoint.origin]
        signed = note.signed_by(keys)
        believed, doubt = _believed(note, known, checkpoint.origin, believing.policy)
    except NoteInvalid as fault:
        return so(Outcome.FAILED, str(fault))
    own = [origin_of(restored.ledger, each) for each in (restored.log, SUPER)]
    if checkpoint.origin not in own:
        return so(Outcome.FAILED, f"it is of {checkpoint.origin}, not of {' or '.join(own)}")
    if not keys:
        said = "no key of the log is known here: name --policy, or put checkpoint.key in its place"
        return so(Outcome.UNPROVED, said)
    if not signed:
        return so(Outcome.FAILED, "the log's key did not sign it")
    # 2.
    over, what = _over(restored, checkpoint)
    if checkpoint.size > over.size:
        lost = checkpoint.size - over.size
        said = f"{checkpoint.size} {what} were signed for: the last {lost} are not in the backup"
        return so(Outcome.UNPROVED, said)
    try:
        records, said = _begun(restored, over, checkpoint)
    except (ProofInvalid, NoteInvalid, LedgerCorrupt) as fault:
        said = f"the log does not begin with the {checkpoint.size} {what} signed for: {fault}"
        return so(Outcome.FAILED, said)
    # 3.
    if doubt:
        return so(Outcome.UNPROVED, f"{said}, but {doubt}")
    proved, _ = so(Outcome.PROVED, said)
    return proved, None if believed is None else _Witnessed(records, tuple(believed.cosigned))


def _believed(
    note: Note, known: Known, origin: str, policy: Policy | None
) -> tuple[Believed | None, str]:
    """Ask a policy for its word about a note, or for what it lacks; neither where it says nothing.

    A policy without a key of the super-log says nothing of it. Raise NoteInvalid where a signature
    is false.
    """
    if policy is None or known.is_signers or (is_super(origin) and not policy.knows(origin)):
        return None, ""
    try:
        return policy.believe(note), ""
    except NotBelieved as fault:
        return None, str(fault)


def _over(restored: _Restored, checkpoint: Checkpoint) -> tuple[Tree, str]:
    """Return the restored tree that a checkpoint is of, and what its leaves are."""
    if is_super(checkpoint.origin):
        size = size_of(restored.connection)
        return SuperTree(restored.connection, size), "entries of the super-log"
    return restored.tree, "records"


def _begun(restored: _Restored, tree: Tree, checkpoint: Checkpoint) -> tuple[int, str]:
    """Return how many of the records a checkpoint vouches for, and say so.

    Raise ProofInvalid where the tree does not begin with it, or the records not with what it binds;
    NoteInvalid or LedgerCorrupt where what is needed to tell is damaged.
    """
    _check_begin(tree, checkpoint)
    if not isinstance(tree, SuperTree):
        return checkpoint.size, f"the log begins with the {checkpoint.size} records signed for"
    signed = tree.at(checkpoint.size)
    index = signed.place(restored.log)
    if index is None:
        raise ProofInvalid("they bind no checkpoint of the log")
    entry = signed.entry(index)
    leaf, path = leaf_hash(entry), signed.inclusion(index)
    check_inclusion(leaf, index, checkpoint.size, path, checkpoint.root)
    bound = read_entry(entry, checkpoint.origin)
    if bound.size > restored.tree.size:
        raise ProofInvalid(f"they bind {bound.size} records, and the log has fewer")
    _check_begin(restored.tree, bound)
    said = f"the super-log begins with the {checkpoint.size} entries signed for"
    return bound.size, f"{said}, and the log with the {bound.size} records that they bind"


def _check_begin(tree: Tree, checkpoint: Checkpoint) -> None:
    path = () if checkpoint.size in {0, tree.size} else tree.consistency(checkpoint.size)
    check_consistency(checkpoint.size, checkpoint.root, tree.size, tree.root(), path)


def _witnesses(policy: Policy | None, witnessed: Sequence[_Witnessed], position: int) -> Check:
    """Say who beside the operator vouches for the log; under a policy somebody has to."""
    name: Final = "witnesses"
    if policy is None:
        said = "no witness was asked: no policy is named or configured"
        return Check(name, Outcome.UNPROVED, said, required=False)
    if not witnessed:
        said = "of the checkpoints that were proved the policy believes none"
        return Check(name, Outcome.UNPROVED, said)
    records, by = max(witnessed)
    if policy.quorum == NONE:
        said = "the policy asks for no witness: the log's key alone is believed"
        return Check(name, Outcome.UNPROVED, said, required=False)
    said = f"{', '.join(by)} cosigned the first {records} records, {position - records} came after"
    return Check(name, Outcome.PROVED, said)
