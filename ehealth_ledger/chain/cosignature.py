r"""Say as a witness that a checkpoint is the largest one seen, and when (C2SP tlog-cosignature).

signed    = "cosignature/v1\ntime <seconds>\n" ‖ the checkpoint's text
signature = seconds (8 bytes, big-endian) ‖ Ed25519 (64 bytes)
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final

from ehealth_ledger.chain.note import (
    COSIGNATURE,
    Note,
    NoteInvalid,
    Sign,
    SignatureLine,
    VerifierKey,
)

SIGNATURE_BYTES: Final = 64
_TIME: Final = Struct(">Q")


def cosigned_bytes(text: str, time_s: int) -> bytes:
    """Write what a witness signs; the time is seconds since the epoch."""
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def cosign(text: str, key: VerifierKey, sign: Sign, *, time_s: int) -> SignatureLine:
    """Cosign a checkpoint's text."""
    if key.kind != COSIGNATURE:
        raise NoteInvalid("a witness signs with a key for cosignatures")
    signature = sign(cosigned_bytes(text, time_s))
    return SignatureLine(key.name, key.key_id, _TIME.pack(time_s) + signature)


def cosigned_at(text: str, line: SignatureLine, key: VerifierKey) -> int:
    """Return when a witness cosigned; raise NoteInvalid where its signature does not hold."""
    if key.kind != COSIGNATURE or not line.is_of(key):
        raise NoteInvalid("the line is of another key")
    if len(line.signature) != _TIME.size + SIGNATURE_BYTES:
        raise NoteInvalid("a cosignature is a time and a signature")
    (time_s,) = _TIME.unpack_from(line.signature)
    if not 0 < time_s < 2**63:
        raise NoteInvalid("a cosignature names its time")
    key.check(cosigned_bytes(text, time_s), line.signature[_TIME.size :])
    return int(time_s)


def cosigners(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """Return which of these witnesses cosigned a note, and when.

    Raise NoteInvalid where the line of a known witness does not hold.
    """
    found: dict[VerifierKey, int] = {}
    for key in keys:
        for line in note.signatures:
            if line.is_of(key):
                found[key] = cosigned_at(note.text, line, key)
                break
    return found
