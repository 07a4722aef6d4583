"""Add rows up to one digest, whatever their order: a sum of SHA-256 values modulo 2^256.

A row's hash covers its table, its key and its document, each preceded by its length. Adding and
taking away single rows keeps the digest current; equal sets of rows have equal digests. It tells a
live model from a rebuilt one and finds accidents; against an adversary with write access stand the
log and `compare`, not this sum.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from struct import Struct
from typing import Final
from uuid import UUID

from ehealth_ledger.chain.fields import encode

MODULUS: Final = 2**256
DIGEST_BYTES: Final = 32
EMPTY: Final = bytes(DIGEST_BYTES)
# `fields.encode` of a key, and of a document's length: every row written goes through it.
_KEY: Final = Struct(">I16sI")


def row_hash(table: str, key: UUID, document: str) -> int:
    """Hash one row to the number that it adds to its model's digest."""
    said = document.encode()
    named = _KEY.pack(16, key.bytes, len(said))
    return int.from_bytes(sha256(_sized(table) + named + said).digest(), "big")


@cache
def _sized(table: str) -> bytes:
    return encode(table)


def moved(digest: bytes, difference: int) -> bytes:
    """Return the digest after rows that add up to `difference` were put in and taken out."""
    return ((int.from_bytes(digest, "big") + difference) % MODULUS).to_bytes(DIGEST_BYTES, "big")
