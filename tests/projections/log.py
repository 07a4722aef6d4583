"""Stand in for the door to the log: facts made by hand, chained, handed out like the real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.erasure import PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Place
from ehealth_ledger.values.json import Json, resolve

BEGAN_US = 1_795_420_800_000_000
RECORD_EVERY_US = 1_000
GENESIS = Place(0, sha256(b"genesis").digest())


@dataclass(frozen=True)
class Said:
    """Hold one record as the door hands it over; erased where `fact` is None."""

    position: int
    recorded_at: int
    chain_value: bytes
    command_id: UUID
    stream_id: UUID
    topic: str
    fact: Fact | None
    signed: Json | None
    log: str = "records"
    envelope: UUID | None = None  # the subject under whose key the content is sealed
    subject: UUID | None = None
    erased_streams: frozenset[UUID] = frozenset()

    @property
    def is_sealed_together(self) -> bool:
        return self.signed is not None and self.envelope == self.subject

    def content(self) -> Json:
        if self.signed is None:
            raise KeyError(self.command_id)
        return self.signed

    def said(self, pointer: str) -> Any:
        return resolve(self.content(), pointer)


@dataclass
class HandMadeLog:
    """Chain facts into a log that lives in memory."""

    log: str = "records"
    records: list[Said] = field(default_factory=list)
    reads: int = 0

    def add(self, *facts: Fact, content: Json | None = None) -> Said:
        """Append the facts of one command; return the record of the first."""
        command_id, first = uuid4(), len(self.records)
        envelope = next((each.subject for each in facts if each.subject is not None), None)
        for fact in facts:
            before = self.place_at(len(self.records))
            position = before.position + 1
            self.records.append(
                Said(
                    position=position,
                    recorded_at=BEGAN_US + position * RECORD_EVERY_US,
                    chain_value=sha256(before.chain_value + fact.to_bytes()).digest(),
                    command_id=command_id,
                    stream_id=fact.stream_id,
                    topic=fact.TOPIC,
                    fact=fact,
                    signed={} if content is None else content,
                    envelope=envelope,
                    subject=fact.subject,
                    erased_streams=self._streams_of(fact),
                )
            )
        return self.records[first]

    def _streams_of(self, fact: Fact) -> frozenset[UUID]:
        if not isinstance(fact, PatientErased):
            return frozenset()
        return frozenset(e.stream_id for e in self.records if e.subject == fact.patient)

    def erase(self, subject: UUID) -> None:
        """Make a subject's facts and content unreadable, as destroying the key does."""
        self.records = [
            replace(
                each,
                fact=None if each.subject == subject else each.fact,
                signed=None if each.envelope == subject else each.signed,
            )
            for each in self.records
        ]

    # What the door offers

    def beginning(self) -> Place:
        return GENESIS

    def head(self) -> Any:
        return SimpleNamespace(position=len(self.records))

    def place_at(self, position: int) -> Place:
        if position == 0:
            return GENESIS
        if position > len(self.records):
            raise LookupError(position)
        return Place(position, self.records[position - 1].chain_value)

    def standing_at(self, position: int) -> tuple[bytes, int]:
        if not 0 < position <= len(self.records):
            raise LookupError(position)
        record = self.records[position - 1]
        return record.chain_value, record.recorded_at

    def chain_values(self, positions: Sequence[int]) -> dict[int, bytes]:
        within = [each for each in positions if 0 < each <= len(self.records)]
        return {each: self.records[each - 1].chain_value for each in within}

    def select(self, topics: Sequence[str], *, upto: int, subject: UUID | None) -> Iterator[Any]:
        for each in self.records[:upto]:
            about = None if each.fact is None else each.fact.subject
            if each.topic in topics and (subject is None or about == subject):
                yield each

    def position_at(self, moment_us: int) -> int:
        return sum(each.recorded_at <= moment_us for each in self.records)

    def read(self, after: Place, limit: int, *, upto: int | None = None) -> Sequence[Any]:
        self.reads += 1
        if self.place_at(after.position) != after:
            raise LedgerCorrupt("link.broken", self.log, after.position)
        end = min(after.position + limit, len(self.records) if upto is None else upto)
        return self.records[after.position : end]


def silent(_done: int, _total: int) -> None:
    """Show no progress."""
