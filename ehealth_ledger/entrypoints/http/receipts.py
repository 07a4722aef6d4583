"""Write a receipt as a caller reads it: what stands where, and the proof of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import BaseModel, Field

from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.values.time import from_microseconds

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]


class Proof(BaseModel):
    """Lead from the receipt's own statement to the root its signature covers (RFC 9162)."""

    index: int = Field(description="the statement's place among the leaves of its commit")
    size: int = Field(description="how many commands the commit holds")
    path: list[Hex] = Field(description="the sibling hashes, from the leaf up")


class ReceiptAnswer(BaseModel):
    """Promise what became of a command; kept by the caller, it proves an alteration years later."""

    ledger: UUID
    log: str = Field(examples=["records"])
    command_id: UUID
    first_position: int = Field(description="where the command's first fact stands in the log")
    last_position: int
    chain_value: Hex = Field(description="SHA-256 that binds every record up to the last position")
    recorded_at: str = Field(examples=["2026-11-23T08:00:00.123456Z"])
    recorded_at_us: int = Field(
        description="the same, in microseconds since 1970 UTC: what is signed"
    )
    proof: Proof
    signature: Hex = Field(description="Ed25519, over the root of the commit's statements")
    signing_key: Hex = Field(description="the ledger's public key, as position 1 names it")
    repeated: bool = Field(description="whether the command stood in the ledger already")
    erased: bool = Field(description="whether its content was erased since")


EXAMPLE = ReceiptAnswer(
    ledger=UUID("5a3c0d0e-52a5-4f53-9f0b-3a5c0c7e4f10"),
    log="records",
    command_id=UUID("0b7b8f0e-6a0f-4a37-9f43-2f1d0a7d9a01"),
    first_position=1042,
    last_position=1043,
    chain_value="9f2c" + "00" * 30,
    recorded_at="2026-11-23T08:00:00.123456Z",
    recorded_at_us=1_795_420_800_123_456,
    proof=Proof(index=0, size=1, path=[]),
    signature="41be" + "00" * 62,
    signing_key="d75a" + "00" * 30,
    repeated=False,
    erased=False,
).model_dump(mode="json")


def instant(moment_us: int) -> str:
    """Write a moment with its microseconds, in UTC."""
    return from_microseconds(moment_us).isoformat(timespec="microseconds").replace("+00:00", "Z")


def receipt_members(accepted: Accepted, signing_key: str) -> dict[str, Any]:
    """Write the members of a receipt."""
    receipt = accepted.receipt
    placed = receipt.placement
    return {
        "ledger": placed.ledger,
        "log": placed.log,
        "command_id": placed.command_id,
        "first_position": placed.first_position,
        "last_position": placed.last_position,
        "chain_value": placed.chain_value.hex(),
        "recorded_at": instant(placed.recorded_at),
        "recorded_at_us": placed.recorded_at,
        "proof": {
            "index": receipt.index,
            "size": receipt.size,
            "path": [each.hex() for each in receipt.path],
        },
        "signature": receipt.signature.hex(),
        "signing_key": signing_key,
        "repeated": accepted.repeated,
        "erased": accepted.erased,
    }


def status_of(accepted: Accepted) -> int:
    """Return 201 for a command just recorded, 200 for one that stood there already."""
    return 200 if accepted.repeated else 201


def answer(accepted: Accepted, signing_key: str) -> Response:
    """Answer with a receipt."""
    return Response(
        orjson.dumps(receipt_members(accepted, signing_key)),
        status_code=status_of(accepted),
        media_type="application/json",
        headers={"location": f"/commands/{accepted.receipt.placement.command_id}"},
    )
