"""Read a receipt that a caller kept: the JSON that `POST /commands` answered with."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.entrypoints.http.receipts import ReceiptAnswer


class ReceiptUnreadable(ValueError):  # noqa: N818 - the name is the finding
    """Report a file that is no receipt."""


class KeptReceipt(NamedTuple):
    """Hold a receipt, not checked, and the key that it says it is signed with."""

    receipt: Receipt
    signing_key: bytes


def read_receipt(file: Path) -> KeptReceipt:
    """Read a receipt's file, or raise ReceiptUnreadable."""
    try:
        told = ReceiptAnswer.model_validate_json(file.read_bytes())
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"]) or "the file"
        raise ReceiptUnreadable(f"{file} is no receipt ({place}: {first['msg']})") from fault
    placement = Placement(
        told.ledger,
        told.log,
        told.command_id,
        told.first_position,
        told.last_position,
        bytes.fromhex(told.chain_value),
        told.recorded_at_us,
    )
    path = tuple(bytes.fromhex(each) for each in told.proof.path)
    proof, signature = told.proof, bytes.fromhex(told.signature)
    receipt = Receipt(placement, proof.index, proof.size, path, signature)
    return KeptReceipt(receipt, bytes.fromhex(told.signing_key))
