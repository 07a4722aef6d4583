"""Bind every stored column of a record and the record before it into one hash.

Record format 1 (design section 3):

    record      = fields(format, ledger, log, position, command_id, fact_index, fact_count,
                         stream_id, stream_version, topic, recorded_at, key_id, body_digest,
                         envelope_digest, previous)
    chain value = SHA-256(0x00 ‖ record)
    genesis     = SHA-256(fields("ehealth/genesis/1", ledger, log))

The chain value is also the RFC 6962 leaf hash; the genesis is the first record's previous value.

Positions and stream versions start at 1, fact indexes at 0; the leaf index in the Merkle tree is
position − 1.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

from ehealth_ledger.chain.fields import decode, encode, integer

RECORD_FORMAT: Final = "ehealth/record/1"
GENESIS_FORMAT: Final = "ehealth/genesis/1"
LEAF_PREFIX: Final = b"\x00"
DIGEST_BYTES: Final = 32
RECORDS: Final = "records"  # the one log of version 1
RECORD_FIELDS: Final = 15

# The fixed-length runs of fields, lengths included, packed in one call: the append path does this
# for every record.
_POSITION_TO_VERSION: Final = Struct(">Iq I16s Iq Iq I16s Iq")
_TIME_TO_PREVIOUS: Final = Struct(">Iq I16s I32s I32s I32s")


@lru_cache(maxsize=64)
def record_start(ledger: UUID, log: str) -> bytes:
    """Write the fields every record of a log begins with: format, ledger, log."""
    return encode(RECORD_FORMAT, ledger, log)


@lru_cache(maxsize=1024)
def sized_topic(topic: str) -> bytes:
    """Write a topic as a field."""
    return encode(topic)


def encode_after_log(
    position: int,
    command_id: bytes,
    fact_index: int,
    fact_count: int,
    stream_id: bytes,
    stream_version: int,
    topic: str,
    recorded_at: int,
    key_id: bytes,
    body_digest: bytes,
    envelope_digest: bytes,
    previous: bytes,
) -> bytes:
    """Write a record's fields from the position on: what differs from record to record.

    Ids are their 16 bytes: the append path has them at hand.
    """
    return b"".join(
        (
            _POSITION_TO_VERSION.pack(
                *(8, position, 16, command_id, 8, fact_index),
                *(8, fact_count, 16, stream_id, 8, stream_version),
            ),
            sized_topic(topic),
            _TIME_TO_PREVIOUS.pack(
                *(8, recorded_at, 16, key_id, 32, body_digest),
                *(32, envelope_digest, 32, previous),
            ),
        )
    )


class Record(NamedTuple):
    """Hold one row of a log as it is stored.

    Digests are 32 bytes, `recorded_at` is microseconds UTC.
    """

    ledger: UUID
    log: str
    position: int
    command_id: UUID
    fact_index: int
    fact_count: int
    stream_id: UUID
    stream_version: int
    topic: str
    recorded_at: int
    key_id: UUID
    body_digest: bytes
    envelope_digest: bytes
    previous: bytes

    def encode(self) -> bytes:
        """Write the record's bytes: every column, length-prefixed, in the published order."""
        return record_start(self.ledger, self.log) + encode_after_log(
            *(self.position, self.command_id.bytes, self.fact_index, self.fact_count),
            *(self.stream_id.bytes, self.stream_version, self.topic, self.recorded_at),
            *(self.key_id.bytes, self.body_digest, self.envelope_digest, self.previous),
        )

    @classmethod
    def decode(cls, encoded: bytes) -> Record:
        """Read a record's bytes; raise ValueError where they are no record of this format."""
        pieces = decode(encoded)
        if len(pieces) != RECORD_FIELDS or pieces[0] != RECORD_FORMAT.encode():
            raise ValueError("not a record of a known format")
        ledger, command_id, stream_id, key_id = (UUID(bytes=pieces[at]) for at in (1, 4, 7, 11))
        position, index, count, version, at = (integer(pieces[at]) for at in (3, 5, 6, 8, 10))
        topic = pieces[9].decode()
        record = cls(
            *(ledger, pieces[2].decode(), position, command_id, index, count, stream_id, version),
            *(topic, at, key_id, pieces[12], pieces[13], pieces[14]),
        )
        if any(len(each) != DIGEST_BYTES for each in pieces[12:]):
            raise ValueError("a record's digests have 32 bytes")
        return record

    def chain_value(self) -> bytes:
        """Hash the record's bytes into its chain value, which is its Merkle leaf hash too."""
        return sha256(LEAF_PREFIX + self.encode()).digest()


def genesis_value(ledger: UUID, log: str) -> bytes:
    """Return what the first record of a log names as its previous chain value."""
    return sha256(encode(GENESIS_FORMAT, ledger, log)).digest()
