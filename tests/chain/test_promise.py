"""A receipt and the record that it promised are held against each other, not compared by eye."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ehealth_ledger.chain.merkle_proof import ProofInvalid
from ehealth_ledger.chain.note import NoteInvalid
from ehealth_ledger.chain.promise import check_promise, placement_of
from ehealth_ledger.chain.receipt import Receipt, ReceiptBatch
from ehealth_ledger.chain.record import Record

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = SECRET.public_key().public_bytes_raw()
RECORD = Record(
    ledger=UUID(int=1),
    log="records",
    position=43,
    command_id=UUID(int=2),
    fact_index=1,
    fact_count=2,
    stream_id=UUID(int=3),
    stream_version=1,
    topic="referral.issued.v1",
    recorded_at=1_795_420_800_123_456,
    key_id=UUID(int=4),
    body_digest=bytes(32),
    envelope_digest=b"e" * 32,
    previous=b"p" * 32,
)
OTHERS = [RECORD._replace(command_id=UUID(int=10 + n), position=50 + n) for n in range(4)]


def receipt(record: Record = RECORD) -> Receipt:
    """Sign the promise of a record among those of others."""
    batch = ReceiptBatch([placement_of(each) for each in (*OTHERS, record)])
    return batch.receipts(SECRET.sign(batch.signed_bytes()))[-1]


def test_a_promise_that_was_kept_is_told() -> None:
    """The command's last record is what its receipt names: positions, time and chain value."""
    assert placement_of(RECORD)[3:5] == (42, 43)
    check_promise(receipt(), KEY, RECORD)


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("ledger", {"ledger": UUID(int=9)}),
        ("log", {"log": "access"}),
        ("command_id", {"command_id": UUID(int=9)}),
        ("first_position", {"position": 44}),
        ("first_position", {"fact_index": 0}),
        ("last_position", {"position": 42, "fact_index": 0}),
        ("chain_value", {"body_digest": b"b" * 32}),
        ("chain_value", {"topic": "referral.cancelled.v1"}),
    ],
)
def test_another_record_than_the_promised_is_named(member: str, change: dict[str, Any]) -> None:
    """What the ledger signed and does not hold is told by the first member that differs."""
    with pytest.raises(ProofInvalid, match=f"another {member} "):
        check_promise(receipt(), KEY, RECORD._replace(**change))


def _altered(part: str, value: Any) -> Receipt:
    given = receipt()
    parts = {
        name: getattr(given, name) for name in ("placement", "index", "size", "path", "signature")
    }
    return Receipt(**{**parts, part: value})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("placement", receipt().placement._replace(recorded_at=RECORD.recorded_at + 1)),
        ("placement", receipt().placement._replace(first_position=2**63)),
        ("index", 0),
        ("index", -1),
        ("size", 6),
        ("size", 2**64),
        ("path", ()),
        ("path", (b"short",)),
        ("signature", b"s" * 64),
        ("signature", b""),
    ],
)
def test_a_receipt_that_nobody_signed_promises_nothing(part: str, value: Any) -> None:
    """An altered receipt is no finding about the log."""
    with pytest.raises(NoteInvalid):
        check_promise(_altered(part, value), KEY, RECORD)


@pytest.mark.parametrize("key", [bytes(32), b"", bytes(31), KEY[:-1] + b"x"])
def test_a_receipt_of_another_key_promises_nothing(key: bytes) -> None:
    """The key is part of what is asked."""
    with pytest.raises(NoteInvalid):
        check_promise(receipt(), key, RECORD)
