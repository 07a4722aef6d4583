"""Carry a record's columns to whoever opens its body."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID


class StoredFact(NamedTuple):
    """Hold the columns of a record that opening its body needs, and the sealed body."""

    position: int
    command_id: UUID
    fact_index: int
    stream_id: UUID
    stream_version: int
    topic: str
    key_id: UUID
    body: bytes | None  # None where it was removed with its patient's key
