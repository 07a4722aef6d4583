"""Promise a caller, under the ledger's key, what became of the command.

The promise names log, positions, chain value and time.

One signature serves a whole batch, because signing costs more than everything else in an append:

    statement = fields("ehealth/receipt/1", ledger, log, command_id, first_position, last_position,
                       chain_value, recorded_at)
    signed    = fields("ehealth/receipts/1", ledger, log, size, root)

The root is that of the batch's statements (RFC 9162).

A receipt carries its statement's fields, the path to the root and the signature: it verifies alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

from ehealth_ledger.chain.fields import encode
from ehealth_ledger.chain.merkle import inclusion_path, leaf_hash, levels, root_from_path

RECEIPT_FORMAT: Final = "ehealth/receipt/1"
BATCH_FORMAT: Final = "ehealth/receipts/1"

# The fields after ledger and log, lengths included, packed in one call: every command runs this
# once.
_PLACEMENT: Final = Struct(">I16s Iq Iq I32s Iq")


class Placement(NamedTuple):
    """Say where a command's facts stand.

    `chain_value` is the last one's, `recorded_at` microseconds UTC.
    """

    ledger: UUID
    log: str
    command_id: UUID
    first_position: int
    last_position: int
    chain_value: bytes
    recorded_at: int

    def statement(self) -> bytes:
        """Write the bytes this placement contributes to the batch's tree."""
        return _start(self.ledger, self.log) + _PLACEMENT.pack(
            *(16, self.command_id.bytes, 8, self.first_position, 8, self.last_position),
            *(32, self.chain_value, 8, self.recorded_at),
        )

    def leaf(self) -> bytes:
        """Hash the statement into its leaf of the batch's tree."""
        return leaf_hash(self.statement())


@lru_cache(maxsize=64)
def _start(ledger: UUID, log: str) -> bytes:
    return encode(RECEIPT_FORMAT, ledger, log)


class Receipt:
    """Carry a placement with its proof.

    The proof is the leaf's index and the size of the batch, the path, and an Ed25519 signature (64
    bytes). A receipt just given takes its path from the batch's tree when somebody asks: most
    callers of a busy process only want to know that they were heard.
    """

    __slots__ = ("_path", "_tree", "index", "placement", "signature", "size")

    def __init__(
        self,
        placement: Placement,
        index: int,
        size: int,
        path: tuple[bytes, ...] | None,
        signature: bytes,
        *,
        tree: Sequence[Sequence[bytes]] = (),
    ) -> None:
        """Take the path, or None and the tree that it is found in."""
        self.placement: Final = placement
        self.index: Final = index
        self.size: Final = size
        self.signature: Final = signature
        self._path = path
        self._tree = tree

    @property
    def path(self) -> tuple[bytes, ...]:
        """Return the siblings from the leaf up to the root."""
        if self._path is None:
            self._path = inclusion_path(self._tree, self.index)
            self._tree = ()
        return self._path

    def signed_bytes(self) -> bytes:
        """Return the bytes the signature covers.

        Raise ValueError when the path cannot belong to the tree.
        """
        root = root_from_path(self.placement.leaf(), self.index, self.size, self.path)
        return batch_bytes(self.placement.ledger, self.placement.log, self.size, root)

    def _parts(self) -> tuple[Placement, int, int, tuple[bytes, ...], bytes]:
        return self.placement, self.index, self.size, self.path, self.signature

    def __eq__(self, other: object) -> bool:
        """Compare everything that is served."""
        return isinstance(other, Receipt) and self._parts() == other._parts()

    def __hash__(self) -> int:
        """Hash what `__eq__` compares."""
        return hash(self._parts())

    def __repr__(self) -> str:
        """Show what is served."""
        return f"Receipt{self._parts()}"


class ReceiptBatch:
    """Collect the placements of a chunk; `signed_bytes` is what the ledger's key signs, once."""

    def __init__(self, placements: Sequence[Placement]) -> None:
        self._placements = placements
        self._tree = levels([placement.leaf() for placement in placements])

    def signed_bytes(self) -> bytes:
        """Return the bytes to sign for all the batch's receipts."""
        first = self._placements[0]
        return batch_bytes(first.ledger, first.log, len(self._placements), self._tree[-1][0])

    def receipts(self, signature: bytes) -> list[Receipt]:
        """Hand every command its own receipt."""
        size, tree = len(self._placements), self._tree
        return [
            Receipt(placement, index, size, None, signature, tree=tree)
            for index, placement in enumerate(self._placements)
        ]


def batch_bytes(ledger: UUID, log: str, size: int, root: bytes) -> bytes:
    """Write what a batch signature covers."""
    return encode(BATCH_FORMAT, ledger, log, size, root)
