"""Seal bodies and envelopes under a subject's key (blob format 1, design section 3).

    blob = 0x01 ‖ SHA-256("ehealth/key/1" ‖ k) ‖ nonce (12) ‖ AES-256-GCM(k, nonce, plaintext, associated data)
    k    = HKDF-SHA256(subject key, salt "ehealth/blob/1", fields(purpose, ledger, log, command_id, fact_index))

The second part commits to the key: one blob opens under one key only. Revealing `k` opens this blob and no other.
Associated data name the place in the ledger but never position, time or digests, so a blob is sealed before the lock.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ehealth_ledger.chain.fields import encode

BLOB_FORMAT: Final = "ehealth/blob/1"
KEY_COMMITMENT_PREFIX: Final = b"ehealth/key/1"
VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
_HEADER_BYTES: Final = 1 + 32 + NONCE_BYTES
_PLACE: Final = Struct(">I16s Iq")  # command id and fact index, length-prefixed


class BlobUnreadable(Exception):  # noqa: N818 - the name is the finding
    """Report a blob that the key does not open: other bytes, another place or another key."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """Hold a subject's key in the form HKDF needs: the extracted pseudo-random key, never shown."""

    key_id: UUID
    extracted: bytes

    @classmethod
    def from_secret(cls, key_id: UUID, secret: bytes) -> SubjectKey:
        """Extract from the 256-bit secret (RFC 5869 section 2.2)."""
        return cls(key_id, hmac.digest(BLOB_FORMAT.encode(), secret, "sha256"))

    def __repr__(self) -> str:
        """Show the id only."""
        return f"SubjectKey({self.key_id})"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Name the ledger, log and purpose (`body` or `envelope`) whose blobs are sealed here."""

    ledger: UUID
    log: str
    purpose: str

    def blob_key(self, key: SubjectKey, command_id: UUID, fact_index: int) -> bytes:
        """Derive the key of one blob (RFC 5869 section 2.3, one block)."""
        info = self._prefix() + _PLACE.pack(16, command_id.bytes, 8, fact_index)
        return hmac.digest(key.extracted, info + b"\x01", "sha256")

    def seal(
        self, key: SubjectKey, command_id: UUID, fact_index: int, about: bytes, plaintext: bytes
    ) -> bytes:
        """Seal plaintext; `about` is the rest of the associated data (see `body_about`)."""
        k = self.blob_key(key, command_id, fact_index)
        nonce = os.urandom(NONCE_BYTES)
        associated = self._associated(key.key_id, command_id, fact_index, about)
        sealed = AESGCM(k).encrypt(nonce, plaintext, associated)
        return b"".join((VERSION, sha256(KEY_COMMITMENT_PREFIX + k).digest(), nonce, sealed))

    def open(
        self, key: SubjectKey, command_id: UUID, fact_index: int, about: bytes, blob: bytes
    ) -> bytes:
        """Open a blob; raise BlobUnreadable where key, place or bytes are not the sealed ones."""
        k = self.blob_key(key, command_id, fact_index)
        commitment = sha256(KEY_COMMITMENT_PREFIX + k).digest()
        if blob[:1] != VERSION or not hmac.compare_digest(blob[1:33], commitment):
            raise BlobUnreadable("the blob is of another format or key")
        associated = self._associated(key.key_id, command_id, fact_index, about)
        try:
            return AESGCM(k).decrypt(blob[33:_HEADER_BYTES], blob[_HEADER_BYTES:], associated)
        except InvalidTag as fault:
            raise BlobUnreadable("the blob's bytes or place are not the sealed ones") from fault

    def _prefix(self) -> bytes:
        return _prefix(self.purpose, self.ledger, self.log)

    def _associated(self, key_id: UUID, command_id: UUID, fact_index: int, about: bytes) -> bytes:
        return b"".join(
            (
                _FORMAT_FIELD,
                self._prefix(),
                _PLACE.pack(16, command_id.bytes, 8, fact_index),
                encode(key_id),
                about,
            )
        )


_FORMAT_FIELD: Final = encode(BLOB_FORMAT)
_PREFIXES: dict[tuple[str, UUID, str], bytes] = {}


def _prefix(purpose: str, ledger: UUID, log: str) -> bytes:
    """Encode the constant start of key info and associated data once a shelf."""
    known = _PREFIXES.get((purpose, ledger, log))
    if known is None:
        known = _PREFIXES[purpose, ledger, log] = encode(purpose, ledger, log)
    return known


def body_about(stream_id: UUID, stream_version: int, topic: str) -> bytes:
    """Name the fact a body belongs to, for its associated data."""
    return encode(stream_id, stream_version, topic)


ENVELOPE_ABOUT: Final = b""
"""An envelope's associated data end with the key id: it belongs to the command as a whole."""
