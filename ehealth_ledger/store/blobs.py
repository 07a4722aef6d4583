"""Seal bodies and envelopes under a subject's key (blob format 1, design section 3).

    blob = 0x01 ‖ SHA-256("ehealth/key/1" ‖ k) ‖ nonce (12)
           ‖ AES-256-GCM(k, nonce, plaintext, associated data)
    k    = HKDF-SHA256(subject key, salt "ehealth/blob/1",
                       fields(purpose, ledger, log, command_id, fact_index))

The second part commits to the key: one blob opens under one key only. Revealing `k` opens this blob
and no other. Associated data name the place in the ledger but never position, time or digests, so a
blob is sealed before the lock.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from struct import Struct
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ehealth_ledger.chain.fields import encode
from ehealth_ledger.chain.record import sized_topic

BLOB_FORMAT: Final = "ehealth/blob/1"
KEY_COMMITMENT_PREFIX: Final = b"ehealth/key/1"
VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
_HEADER_BYTES: Final = 1 + 32 + NONCE_BYTES
# An id and a number, length-prefixed: command and fact index, stream and version.
_PLACE: Final = Struct(">I16s Iq")
_KEY_ID: Final = Struct(">I16s")
_BLOCK_BYTES: Final = 64  # of SHA-256
_INNER_PAD: Final = bytes(value ^ 0x36 for value in range(256))
_OUTER_PAD: Final = bytes(value ^ 0x5C for value in range(256))


class BlobUnreadable(Exception):  # noqa: N818 - the name is the finding
    """Report a blob that the key does not open: other bytes, another place or another key."""


class SubjectKey:
    """Hold a subject's key in the form HKDF needs: the extracted pseudo-random key, never shown."""

    __slots__ = ("_inner", "_outer", "key_id", "sized_id")

    def __init__(self, key_id: UUID, extracted: bytes) -> None:
        """Take the extracted key (32 bytes) into the two hash states HMAC begins with (RFC 2104).

        Copying them for each blob costs a third of what keying anew does.
        """
        self.key_id: Final = key_id
        self.sized_id: Final = _KEY_ID.pack(16, key_id.bytes)
        block = extracted.ljust(_BLOCK_BYTES, b"\0")
        self._inner: Final = sha256(block.translate(_INNER_PAD))
        self._outer: Final = sha256(block.translate(_OUTER_PAD))

    @classmethod
    def from_secret(cls, key_id: UUID, secret: bytes) -> SubjectKey:
        """Extract from the 256-bit secret (RFC 5869 section 2.2)."""
        return cls(key_id, extract(secret))

    def derive(self, info: bytes) -> bytes:
        """Expand to one block (RFC 5869 section 2.3): the key of one blob."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(info + b"\x01")
        outer.update(inner.digest())
        return outer.digest()

    def __repr__(self) -> str:
        """Show the id only."""
        return f"SubjectKey({self.key_id})"


def extract(secret: bytes) -> bytes:
    """Extract a key to expand from a subject's 256-bit secret (RFC 5869 section 2.2)."""
    return hmac.digest(BLOB_FORMAT.encode(), secret, "sha256")


class RevealedKey:
    """Hold the key of one blob, revealed on purpose: it opens that blob and derives nothing."""

    __slots__ = ("_blob_key", "key_id", "sized_id")

    def __init__(self, key_id: UUID, blob_key: bytes) -> None:
        self.key_id: Final = key_id
        self.sized_id: Final = _KEY_ID.pack(16, key_id.bytes)
        self._blob_key: Final = blob_key

    def derive(self, _info: bytes) -> bytes:
        """Return the key: whether it is this blob's, the blob's second part tells."""
        return self._blob_key


class Shelf:
    """Seal and open the blobs of one ledger, log and purpose (`body` or `envelope`)."""

    __slots__ = ("_associated", "_info")

    def __init__(self, ledger: UUID, log: str, purpose: str) -> None:
        self._info = encode(purpose, ledger, log)
        self._associated = encode(BLOB_FORMAT) + self._info

    def blob_key(self, key: SubjectKey, command_id: UUID, fact_index: int) -> bytes:
        """Derive the key of one blob (RFC 5869 section 2.3, one block)."""
        return key.derive(self._info + _PLACE.pack(16, command_id.bytes, 8, fact_index))

    def seal(
        self, key: SubjectKey, command_id: UUID, fact_index: int, about: bytes, plaintext: bytes
    ) -> bytes:
        """Seal plaintext; `about` is the rest of the associated data (see `body_about`)."""
        place = _PLACE.pack(16, command_id.bytes, 8, fact_index)
        k = key.derive(self._info + place)
        nonce = os.urandom(NONCE_BYTES)
        associated = b"".join((self._associated, place, key.sized_id, about))
        sealed = AESGCM(k).encrypt(nonce, plaintext, associated)
        return b"".join((VERSION, sha256(KEY_COMMITMENT_PREFIX + k).digest(), nonce, sealed))

    def open(
        self,
        key: SubjectKey | RevealedKey,
        command_id: UUID,
        fact_index: int,
        about: bytes,
        blob: bytes,
    ) -> bytes:
        """Open a blob; raise BlobUnreadable where key, place or bytes are not the sealed ones."""
        return self.open_at(key, packed_place(command_id.bytes, fact_index), about, blob)

    def open_at(
        self, key: SubjectKey | RevealedKey, place: bytes, about: bytes, blob: bytes
    ) -> bytes:
        """Open a blob as `open` does, at a place that is packed already."""
        k = key.derive(self._info + place)
        commitment = sha256(KEY_COMMITMENT_PREFIX + k).digest()
        if blob[:1] != VERSION or not hmac.compare_digest(blob[1:33], commitment):
            raise BlobUnreadable("the blob is of another format or key")
        associated = b"".join((self._associated, place, key.sized_id, about))
        try:
            return AESGCM(k).decrypt(blob[33:_HEADER_BYTES], blob[_HEADER_BYTES:], associated)
        except InvalidTag as fault:
            raise BlobUnreadable("the blob's bytes or place are not the sealed ones") from fault


def packed_place(id_bytes: bytes, number: int) -> bytes:
    """Write a command's id and a fact index, or a stream's id and a version, as two fields."""
    return _PLACE.pack(16, id_bytes, 8, number)


def body_about(stream_id: UUID, stream_version: int, topic: str) -> bytes:
    """Name the fact a body belongs to, for its associated data.

    The name is fields(stream_id, stream_version, topic).
    """
    return packed_about(stream_id.bytes, stream_version, topic)


def packed_about(stream_bytes: bytes, stream_version: int, topic: str) -> bytes:
    """Name the fact a body belongs to as `body_about` does, by the id's bytes."""
    return _PLACE.pack(16, stream_bytes, 8, stream_version) + sized_topic(topic)


ENVELOPE_ABOUT: Final = b""
"""An envelope's associated data end with the key id: it belongs to the command as a whole."""
