"""Encode a list of fields so that no two lists share their bytes.

Each field is preceded by its length.

A field is `length (4 bytes, big-endian, unsigned) ‖ bytes`. Integers are 8 bytes, big-endian, two's
complement; UUIDs their 16 bytes; text UTF-8. PostgreSQL writes the same with `int4send`,
`int8send`, `uuid_send` and `convert_to`.
"""

from __future__ import annotations

from struct import Struct, error
from typing import Final
from uuid import UUID

_LENGTH: Final = Struct(">I")
_INTEGER: Final = Struct(">q")
_SIZED_INTEGER: Final = Struct(">Iq")
_SIZED_UUID: Final = Struct(">I16s")

Field = bytes | str | int | UUID


def encode(*values: Field) -> bytes:
    """Join the values, each preceded by its length; `decode` gives the same pieces back."""
    pieces: list[bytes] = []
    for value in values:
        # Ordered by how often each kind occurs on the append path.
        if isinstance(value, bytes):
            pieces.append(_LENGTH.pack(len(value)))
            pieces.append(value)
        elif isinstance(value, int):
            pieces.append(_SIZED_INTEGER.pack(8, value))
        elif isinstance(value, str):
            text = value.encode()
            pieces.append(_LENGTH.pack(len(text)))
            pieces.append(text)
        else:
            pieces.append(_SIZED_UUID.pack(16, value.bytes))
    return b"".join(pieces)


def decode(encoded: bytes) -> tuple[bytes, ...]:
    """Split encoded fields; raise ValueError where a length does not fit the bytes that follow."""
    pieces: list[bytes] = []
    at, end, read = 0, len(encoded), _LENGTH.unpack_from
    try:
        while at < end:
            start = at + 4
            at = start + read(encoded, at)[0]
            pieces.append(encoded[start:at])
    except error as fault:
        raise ValueError("a field's length is cut short") from fault
    if at > end:  # only the last one can be cut: the loop has ended with it
        raise ValueError("a field is shorter than its length says")
    return tuple(pieces)


def integer(piece: bytes) -> int:
    """Read back an integer field; raise ValueError when it is not 8 bytes."""
    if len(piece) != _INTEGER.size:
        raise ValueError("an integer field has 8 bytes")
    return int.from_bytes(piece, "big", signed=True)
