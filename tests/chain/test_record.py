"""A record's bytes say all of its columns, and are read back strictly."""

from __future__ import annotations

from uuid import UUID

import pytest

from ehealth_ledger.chain.fields import decode, encode
from ehealth_ledger.chain.record import Record

ID = UUID("5a3c0d0e-52a5-4f53-9f0b-3a5c0c7e4f10")
RECORD = Record(
    *(ID, "records", 7, UUID(int=1), 0, 2, UUID(int=2), 3, "referral.issued.v1", 1_800_000_000),
    *(UUID(int=4), bytes(32), b"e" * 32, b"p" * 32),
)


def test_a_record_is_read_back() -> None:
    """What a proof file carries can be read by whoever has it."""
    assert Record.decode(RECORD.encode()) == RECORD


def _with(at: int, piece: bytes) -> bytes:
    pieces = list(decode(RECORD.encode()))
    pieces[at] = piece
    return encode(*pieces)


@pytest.mark.parametrize(
    "encoded",
    {
        "nothing": b"",
        "cut short": RECORD.encode()[:-1],
        "a field more": RECORD.encode() + encode(b""),
        "another format": _with(0, b"ehealth/record/2"),
        "a short id": _with(4, b"1"),
        "a short number": _with(3, b"1"),
        "text that is none": _with(9, b"\xff"),
        "a short digest": _with(12, b"1"),
    }.items(),
    ids=lambda item: item[0],
)
def test_other_bytes_are_no_record(encoded: tuple[str, bytes]) -> None:
    """Bytes of another shape are refused, not guessed at."""
    with pytest.raises(ValueError, match=r"."):
        Record.decode(encoded[1])
