"""Bind the logs of a deployment by one root: a log whose entries are the logs' checkpoints.

    entry = the text of a checkpoint: origin, size, root, a line each
    leaf  = SHA-256(0x00 ‖ entry)

Its tree, its own checkpoints and its proofs are those of any log here (RFC 9162, C2SP). It takes a
checkpoint of a log only where that log is longer than it was in the one before; across logs the
order is that of signing. So whoever keeps one checkpoint of the super-log can be shown each log's,
and by that each record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.merkle import leaf_hash, node_hash
from ehealth_ledger.chain.merkle_edge import EMPTY_EDGE, Edge
from ehealth_ledger.chain.merkle_proof import Nodes, ProofInvalid
from ehealth_ledger.chain.note import NoteInvalid
from ehealth_ledger.chain.policy import Believed, Policy
from ehealth_ledger.chain.proof_file import InclusionFile

SUPER: Final = "super"
"""The super-log's name among the logs: no log of records is called so."""


def is_super(origin: str) -> bool:
    """Tell whether a checkpoint's origin is a super-log's."""
    return origin.endswith(f"/{SUPER}")


def log_of(origin: str) -> str:
    """Return the name of the log at the end of an origin."""
    return origin.rpartition("/")[2]


def completed(edge: Edge, leaf: bytes) -> tuple[Edge, tuple[bytes, ...]]:
    """Append a leaf; return the edge, and the complete subtrees that end with it, leaf first.

    Kept with each leaf they are all the tree there is: each complete subtree has a last leaf.
    """
    nodes, hashes, carried = [leaf], list(edge.hashes), edge.size
    while carried & 1:
        nodes.append(node_hash(hashes.pop(), nodes[-1]))
        carried >>= 1
    return Edge(edge.size + 1, (*hashes, nodes[-1])), tuple(nodes)


def nodes_from(kept: Callable[[int], tuple[bytes, ...]]) -> Nodes:
    """Read complete subtrees from what `completed` returned for the leaf at an index."""

    def node(height: int, index: int) -> bytes:
        return kept(((index + 1) << height) - 1)[height]

    return node


class SuperLog:
    """Grow a super-log entry by entry, and refuse what cannot be one."""

    def __init__(self, origin: str) -> None:
        """Take the super-log's origin, `ehealth-ledger/<ledger>/super`."""
        self.origin = origin
        self._sizes: dict[str, int] = {}
        self.edge = EMPTY_EDGE

    def take(self, entry: bytes) -> tuple[bytes, ...]:
        """Append an entry; return the complete subtrees that end with it, leaf first.

        Raise NoteInvalid where it is no later checkpoint of a log of this deployment.
        """
        checkpoint = read_entry(entry, self.origin)
        if checkpoint.size <= self._sizes.get(checkpoint.origin, 0):
            raise NoteInvalid(f"{checkpoint.origin} does not grow")
        self._sizes[checkpoint.origin] = checkpoint.size
        self.edge, nodes = completed(self.edge, leaf_hash(entry))
        return nodes


def read_entry(entry: bytes, origin: str) -> Checkpoint:
    """Read a checkpoint out of an entry of the super-log of that origin.

    Raise NoteInvalid where it is none, or of no log of the same deployment.
    """
    try:
        checkpoint = Checkpoint.parse(entry.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise NoteInvalid("an entry of a super-log is UTF-8") from fault
    if is_super(checkpoint.origin):
        raise NoteInvalid("a super-log holds no super-log")
    if checkpoint.origin != origin.removesuffix(SUPER) + log_of(checkpoint.origin):
        raise NoteInvalid(f"{checkpoint.origin} is no log of this deployment")
    return checkpoint


def held_checkpoint(file: InclusionFile, policy: Policy) -> tuple[Checkpoint, Believed]:
    """Return the log's checkpoint that a proof file shows in a super-log, and the believed root.

    NoteInvalid: nobody the policy believes vouches for the super-log, or the entry is no checkpoint
    of its deployment. ProofInvalid: the super-log does not hold the entry.
    """
    believed = file.check(policy)
    origin = believed.checkpoint.origin
    if not is_super(origin):
        raise ProofInvalid(f"{origin} is no super-log")
    return read_entry(file.entry, origin), believed
