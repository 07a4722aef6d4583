"""Walk strict DER (X.690 clause 10) one header at a time, where a schema gives no byte offsets.

Schemas live in `cms.py`; this reader serves the three places that need positions or single values:
the parts of a container, the exact issuer bytes of a certificate, and the attributes of its subject
directory. Only single-byte tags occur in any of them.
"""

from __future__ import annotations

from typing import Final

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT_0: Final = 0xA0  # constructed [0]
STRINGS: Final = frozenset({0x0C, 0x12, 0x13, 0x16})  # UTF8, Numeric, Printable, IA5


def read(buffer: bytes, offset: int) -> tuple[int, int, int]:
    """Read the header at `offset`; return its tag and where its content starts and ends.

    Raises ValueError for anything DER forbids: indefinite or padded lengths, and content past the
    buffer's end.
    """
    try:
        tag = buffer[offset]
        length = buffer[offset + 1]
        start = offset + 2
        if length > 0x7F:
            size = length & 0x7F
            if size == 2:  # the common case of the general one below
                length = buffer[start] << 8 | buffer[start + 1]
            else:
                length = int.from_bytes(buffer[start : start + size], "big")
            # The shortest form is the only one: no leading zero, nothing that fits one byte.
            if size == 0 or length < 0x80 or length >> (8 * (size - 1)) == 0:
                raise ValueError(f"the length at {offset} is not in its shortest definite form")
            start += size
    except IndexError:
        raise ValueError(f"the header at {offset} is cut off") from None
    if tag & 0x1F == 0x1F:
        raise ValueError(f"the tag at {offset} has more than one byte")
    end = start + length
    if end > len(buffer):
        raise ValueError(f"the value at {offset} is cut off")
    return tag, start, end


def enter(buffer: bytes, offset: int, tag: int) -> tuple[int, int]:
    """Read a header that must have this tag; return where its content starts and ends."""
    found, start, end = read(buffer, offset)
    if found != tag:
        raise ValueError(f"tag {found:#04x} at {offset}, not {tag:#04x}")
    return start, end


def children(buffer: bytes, start: int, end: int) -> list[tuple[int, int, int, int]]:
    """List the values between two offsets as (offset, tag, content start, content end)."""
    found: list[tuple[int, int, int, int]] = []
    while start < end:
        tag, content, after = read(buffer, start)
        if after > end:
            raise ValueError(f"the value at {start} is longer than what holds it")
        found.append((start, tag, content, after))
        start = after
    return found


def encode(tag: int, *parts: bytes) -> bytes:
    """Put a DER header before the parts."""
    content = parts[0] if len(parts) == 1 else b"".join(parts)
    return header(tag, len(content)) + content


def header(tag: int, length: int) -> bytes:
    """Write the header of a value of so many bytes."""
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big")


def start_of(buffer: bytes, offset: int) -> int:
    """Return where the content of the value at `offset` starts, in DER that was checked before."""
    length = buffer[offset + 1]
    return offset + 2 if length < 0x80 else offset + 2 + (length & 0x7F)


def end_of(buffer: bytes, offset: int) -> int:
    """Return where the value at `offset` ends, in DER that was checked before."""
    length = buffer[offset + 1]
    if length < 0x80:
        return offset + 2 + length
    start = offset + 2 + (length & 0x7F)
    return start + int.from_bytes(buffer[offset + 2 : start], "big")
