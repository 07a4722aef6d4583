"""Hold a restored log against what its backup says and against checkpoints known elsewhere.

A manifest is believed in nothing: whoever can alter a backup can alter it too. What it cannot do is
agree with a checkpoint that was signed, and cosigned, before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.merkle_proof import ProofInvalid, check_consistency
from ehealth_ledger.chain.note import Note, NoteInvalid, VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.backup.manifest import Mark
from ehealth_ledger.store.batch import Head, LogMissing, read_head
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
    """Hold a checkpoint that the log is to go on from, and whom it was had from."""

    whence: str
    encoded: bytes
    required: bool


@dataclass(frozen=True, slots=True)
class Believing:
    """Say whose signature makes a checkpoint count: the log's keys, and a policy's quorum."""

    keys: Sequence[VerifierKey]
    policy: Policy | None = None


def prove(
    connection: psycopg.Connection, mark: Mark, known: Sequence[Known], believing: Believing
) -> Iterator[Check]:
    """Check head, tree and checkpoints of a restored log, in this order; stop after a failure."""
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
    for each in known:
        yield _checkpoint(tree, origin_of(head.ledger, mark.log), each, believing)


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


def _checkpoint(tree: Tree, origin: str, known: Known, believing: Believing) -> Check:
    name = f"checkpoint ({known.whence})"
    try:
        note = Note.parse(known.encoded)
        checkpoint = Checkpoint.parse(note.text)
        keys = [each for each in believing.keys if each.name == origin]
        signed = note.signed_by(keys)
        if believing.policy is not None and known.required:
            believing.policy.believe(note)
    except NoteInvalid as fault:
        return Check(name, Outcome.FAILED, str(fault), known.required)
    if checkpoint.origin != origin:
        said = f"it is of {checkpoint.origin}, not of {origin}"
        return Check(name, Outcome.FAILED, said, known.required)
    if not keys:
        said = "no key of the log is known here: name --policy, or put checkpoint.key in its place"
        return Check(name, Outcome.UNPROVED, said, known.required)
    if not signed:
        return Check(name, Outcome.FAILED, "the log's key did not sign it", known.required)
    if checkpoint.size > tree.size:
        lost = checkpoint.size - tree.size
        said = f"{checkpoint.size} records were signed for: the last {lost} are not in the backup"
        return Check(name, Outcome.UNPROVED, said, known.required)
    try:
        path = () if checkpoint.size in {0, tree.size} else tree.consistency(checkpoint.size)
        check_consistency(checkpoint.size, checkpoint.root, tree.size, tree.root(), path)
    except (ProofInvalid, LedgerCorrupt) as fault:
        said = f"the log does not begin with the {checkpoint.size} records signed for: {fault}"
        return Check(name, Outcome.FAILED, said, known.required)
    said = f"the log begins with the {checkpoint.size} records signed for"
    return Check(name, Outcome.PROVED, said, known.required)
