"""Hold a receipt against the record that it promised.

A receipt is the ledger's word. With the record's proof file it is more: what was promised stands in
the log, under a checkpoint.
"""

from __future__ import annotations

from struct import error as OutOfRange  # noqa: N812 - a number of a receipt that no format holds
from typing import Final

from ehealth_ledger.chain.merkle_proof import ProofInvalid
from ehealth_ledger.chain.note import ED25519, NoteInvalid, VerifierKey
from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.chain.record import Record

_SIGNER: Final = "the receipt"  # named where the signature does not hold


def check_promise(receipt: Receipt, signing_key: bytes, record: Record) -> None:
    """Raise unless a receipt is signed with the key, and promised this record.

    1. NoteInvalid: the receipt is not what the key signed.
    2. ProofInvalid, with the first member that differs: the record is another than the promised.
    """
    # 1.
    try:
        signed = receipt.signed_bytes()
    except (ValueError, OutOfRange) as fault:
        raise NoteInvalid(f"the receipt leads to no signature: {fault}") from fault
    VerifierKey(_SIGNER, ED25519, signing_key).check(signed, receipt.signature)
    # 2.
    promised, found = receipt.placement, placement_of(record)
    for name, was, stands in zip(Placement._fields, promised, found, strict=True):
        if was != stands:
            raise ProofInvalid(f"the record has another {name} than the receipt promised")


def placement_of(record: Record) -> Placement:
    """Return what a receipt says of the command whose last record this is."""
    return Placement(
        record.ledger,
        record.log,
        record.command_id,
        record.position - record.fact_index,
        record.position,
        record.chain_value(),
        record.recorded_at,
    )
