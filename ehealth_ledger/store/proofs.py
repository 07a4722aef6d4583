"""Answer what an auditor asks of a log, from its newest checkpoint: tiles, paths, proof files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note, VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import ConsistencyFile, InclusionFile
from ehealth_ledger.chain.super_log import SUPER, is_super
from ehealth_ledger.store.checkpoints import (
    first_checkpoint,
    newest_believed,
    newest_checkpoint,
)
from ehealth_ledger.store.super_log import SuperTree
from ehealth_ledger.store.tree import Tree

_PLACE: Final = """
    SELECT log, position + fact_count - 1 FROM records WHERE command_id = %s AND fact_index = 0
"""


class Signed(NamedTuple):
    """Hold the newest checkpoint of a log and the tree it speaks of."""

    note: Note
    tree: Tree


def signed_tree(
    connection: psycopg.Connection,
    log: str,
    policy: Policy | None = None,
    keys: Sequence[VerifierKey] = (),
) -> Signed | None:
    """Return the tree that the newest checkpoint speaks of; None before the first one.

    Under a policy, the newest one that its quorum has cosigned. A policy that names no key of the
    super-log says nothing of it. Without one, the newest that one of the log's `keys` signed.
    """
    asked = _policy_for(log, policy)
    if asked is None:
        note = newest_checkpoint(connection, log, keys)
    else:
        note = newest_believed(connection, log, asked)
    return None if note is None else _spoken_of(connection, log, note)


def signed_tree_from(
    connection: psycopg.Connection,
    log: str,
    size: int,
    policy: Policy | None = None,
    keys: Sequence[VerifierKey] = (),
) -> Signed | None:
    """Return the tree of the first checkpoint that covers `size` records; None before there is one.

    Its size is `size` only where that was signed for. Policy and keys are as in `signed_tree`.
    """
    note = first_checkpoint(connection, log, size, _policy_for(log, policy), keys)
    return None if note is None else _spoken_of(connection, log, note)


def _policy_for(log: str, policy: Policy | None) -> Policy | None:
    if policy is None or log != SUPER or any(is_super(each.key.name) for each in policy.logs):
        return policy
    return None


def _spoken_of(connection: psycopg.Connection, log: str, note: Note) -> Signed:
    size = Checkpoint.parse(note.text).size
    if log == SUPER:
        return Signed(note, SuperTree(connection, size))
    return Signed(note, Tree(connection, log, size))


def checkpoint_file(
    connection: psycopg.Connection,
    log: str,
    policy: Policy | None = None,
    size: int | None = None,
    keys: Sequence[VerifierKey] = (),
) -> InclusionFile | None:
    """Prove a log's checkpoint by the super-log's newest: that of a size, or the newest there.

    None where the super-log does not hold it yet.
    """
    over = signed_tree(connection, SUPER, policy, keys)
    if over is None or not isinstance(over.tree, SuperTree):
        return None
    index = over.tree.place(log, size)
    return None if index is None else inclusion_file(over, index + 1)


def place_of(connection: psycopg.Connection, command_id: UUID) -> tuple[str, int] | None:
    """Return log and position of a command's last record, which its receipt promises."""
    return connection.execute(_PLACE, (command_id,)).fetchone()


def inclusion_file(signed: Signed, position: int) -> InclusionFile:
    """Prove a record by a checkpoint, which must cover it."""
    index, tree = position - 1, signed.tree
    return InclusionFile(tree.entry(index), index, tree.inclusion(index), signed.note)


def consistency_file(signed: Signed, old_size: int) -> ConsistencyFile:
    """Show that the log of a checkpoint only grew since it had `old_size` records."""
    return ConsistencyFile(old_size, signed.tree.consistency(old_size), signed.note)
