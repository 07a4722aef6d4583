"""A receipt verifies alone, by its published format and the ledger's public key."""

from __future__ import annotations

import asyncio
import struct
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.entrypoints.bootstrap import Keys
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.intake.answers import Accepted
from tests.world import World
from tests.write_path.country import commit, settle, superuser


def _fields(*values: bytes | str | int | UUID) -> bytes:
    """Write fields as the format says, with nothing of the product."""
    written = b""
    for value in values:
        match value:
            case bytes():
                piece = value
            case str():
                piece = value.encode()
            case int():
                piece = struct.pack(">q", value)
            case UUID():
                piece = value.bytes
        written += struct.pack(">I", len(piece)) + piece
    return written


def _verify(receipt: Receipt, public_key: bytes) -> None:
    """Recompute statement, leaf, root and signature; raise InvalidSignature or ValueError."""
    placed = receipt.placement
    statement = _fields(
        "ehealth/receipt/1",
        placed.ledger,
        placed.log,
        placed.command_id,
        placed.first_position,
        placed.last_position,
        placed.chain_value,
        placed.recorded_at,
    )
    value = sha256(b"\x00" + statement).digest()
    index, last, path = receipt.index, receipt.size - 1, list(receipt.path)
    while last > 0:
        if index % 2:
            value = sha256(b"\x01" + path.pop(0) + value).digest()
        elif index < last:
            value = sha256(b"\x01" + value + path.pop(0)).digest()
        index, last = index // 2, last // 2
    if path:
        raise ValueError("the path is too long")
    signed = _fields("ehealth/receipts/1", placed.ledger, placed.log, receipt.size, value)
    Ed25519PublicKey.from_public_bytes(public_key).verify(receipt.signature, signed)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8])
def test_each_receipt_of_a_batch_verifies(world: World, size: int) -> None:
    """Whatever the batch's size, each receipt leads to the one signature over all."""
    country = asyncio.run(settle(world))
    public = bytes.fromhex(Keys.read(world.settings).signing.public_hex)
    answers = commit(world, [country.patient_registration() for _ in range(size)])
    receipts = [answer.receipt for answer in answers if isinstance(answer, Accepted)]
    assert [(each.index, each.size) for each in receipts] == [(at, size) for at in range(size)]
    assert len({each.signature for each in receipts}) == 1
    for receipt in receipts:
        _verify(receipt, public)


def _placed(placed: Placement, **other: Any) -> Placement:
    names = (
        *("ledger", "log", "command_id", "first_position", "last_position"),
        *("chain_value", "recorded_at"),
    )
    return Placement(*(other.get(name, getattr(placed, name)) for name in names))


def _altered(receipt: Receipt, **other: Any) -> Receipt:
    names = ("placement", "index", "size", "path", "signature")
    return Receipt(*(other.get(name, getattr(receipt, name)) for name in names))


def test_an_altered_receipt_fails(world: World) -> None:
    """No field of a receipt can be changed, and no receipt speaks for its neighbour."""
    country = asyncio.run(settle(world))
    public = bytes.fromhex(Keys.read(world.settings).signing.public_hex)
    first, second, _ = (
        answer.receipt
        for answer in commit(world, [country.patient_registration() for _ in range(3)])
        if isinstance(answer, Accepted)
    )
    _verify(first, public)
    placed = first.placement
    altered = [
        _altered(first, placement=_placed(placed, **change))
        for change in (
            {"ledger": country.patient},
            {"log": "access"},
            {"command_id": second.placement.command_id},
            {"first_position": placed.first_position + 1},
            {"last_position": placed.last_position + 1},
            {"chain_value": bytes(32)},
            {"recorded_at": placed.recorded_at + 1},
        )
    ]
    altered += [
        _altered(first, index=1),
        _altered(first, size=4),
        _altered(first, path=first.path[:1]),
        _altered(first, path=second.path),
        _altered(first, path=(*first.path, bytes(32))),
        _altered(first, signature=bytes(64)),
    ]
    for each in altered:
        with pytest.raises((InvalidSignature, ValueError, IndexError)):
            _verify(each, public)


def test_a_receipt_names_the_records_that_stand(world: World) -> None:
    """Positions, chain value and time are those of the log, and the opening names the signing
    key.
    """

    async def story() -> Accepted:
        country = await settle(world)
        return await country.treated()

    placed = asyncio.run(story()).receipt.placement
    with superuser(world) as connection:
        rows = connection.execute(
            "SELECT position, chain_value, recorded_at, fact_index, fact_count FROM records "
            "WHERE command_id = %s ORDER BY position",
            (placed.command_id,),
        ).fetchall()
    assert [row[0] for row in rows] == list(range(placed.first_position, placed.last_position + 1))
    assert (rows[-1][1], rows[-1][2]) == (placed.chain_value, placed.recorded_at)
    assert [(row[3], row[4]) for row in rows] == [(at, len(rows)) for at in range(len(rows))]
    door = world.running.reader.notifications
    (opened,) = door.read(door.beginning(), 1)
    assert isinstance(opened.fact, LedgerOpened)
    assert opened.fact.signing_key == Keys.read(world.settings).signing.public_hex
