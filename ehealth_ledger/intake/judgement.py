"""Judge the commands of one batch in order, each seeing the facts of the ones before it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.errors import LedgerCorrupt, Refusal, Refused, RuleBroken, Undecided
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.batch import Head, SealedCommand
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.lookups import BatchLookups, Fold, Wanted
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.streams import EMPTY, Stream, StreamCache, advance
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.time import from_microseconds

CLOCK_SKEW_S_MAX: Final = 300  # a claimed time further ahead than this is a claim, not a drift

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """Hold a verified command and the system that posted it."""

    verified: Verified[Command]
    client: str

    @property
    def command_id(self) -> UUID:
        """Return the client's id of the command."""
        return self.verified.body.command_id


class Bench:
    """Sit over one batch under the head's lock: the streams, the lookups and the clock are fixed for it."""

    def __init__(
        self,
        cursor: psycopg.Cursor,
        head: Head,
        now_us: int,
        submissions: Sequence[Submission],
        *,
        streams: StreamCache,
        mapper: FactMapper,
        vault: Vault,
        fold: Fold,
    ) -> None:
        self._cursor = cursor
        self._now = from_microseconds(now_us)
        self._streams = streams
        self._mapper = mapper
        self._vault = vault
        self._position = head.position
        wanted = Wanted()
        named: set[UUID] = set()
        for submission in submissions:
            command = submission.verified.body
            law = LAWS[type(command)]
            named |= law.streams_of(command)
            wanted.ids.update(law.brings(command))
            law.lookups(command, wanted)
        self.lookups = BatchLookups(cursor, wanted, vault, fold)
        self.loaded: dict[UUID, Stream] = streams.load(cursor, named)
        self._states: dict[UUID, object] = {
            stream_id: stream.state
            for stream_id, stream in self.loaded.items()
            if stream.state is not None
        }

    def judge(self, submission: Submission) -> SealedCommand | Refusal:
        """Return the command's facts, sealed, or its refusal; nothing of a refused command remains."""
        try:
            facts = self._facts(submission.verified)
            return self._seal(submission, facts)
        except Refusal as refusal:
            return refusal
        except LedgerCorrupt:
            raise
        except Exception:  # a fault of one law must not fail its neighbours: it is logged and answered as a fault
            _log.exception("command %s failed its law", submission.command_id)
            return Undecided("service.internal_error")

    def _facts(self, verified: Verified[Command]) -> list[Fact]:
        command = verified.body
        if command.issued_at > self._now + timedelta(seconds=CLOCK_SKEW_S_MAX):
            raise Refused("content.issued_in_future", "$.issued_at", seconds_max=CLOCK_SKEW_S_MAX)
        if self._position == 0 and not isinstance(command, OpenLedger):
            raise Undecided("ledger.not_open")
        case = Case(verified, self._states, self.lookups, basis=self._position, now=self._now)
        return LAWS[type(command)].judge(case)

    def _seal(self, submission: Submission, facts: Sequence[Fact]) -> SealedCommand:
        command = submission.verified.body
        key_ids = [self._mapper.key_id(fact) for fact in facts]
        keys = self._vault.keys(key_ids)
        if any(key_id not in keys for key_id in key_ids):
            raise RuleBroken("subject.key_missing")
        after: dict[UUID, Stream] = {}
        sealed = []
        for index, (fact, key_id) in enumerate(zip(facts, key_ids, strict=True)):
            stream_id = fact.stream_id
            before = after.get(stream_id) or self._stream(fact)
            after[stream_id] = advance(before, fact)
            sealed.append(
                self._mapper.seal_fact(
                    keys[key_id], command.command_id, index, before.version + 1, fact
                )
            )
        envelope_key = keys[key_ids[0]]
        envelope = Envelope.of(submission.verified, submission.client).to_bytes()
        # From here on nothing can refuse: the batch takes the facts in.
        self.loaded.update(after)
        self._states.update(
            {each: stream.state for each, stream in after.items() if stream.state is not None}
        )
        self.lookups.absorb(LAWS[type(command)].brings(command), facts, self._position + 1)
        self._position += len(facts)
        return SealedCommand(
            command.command_id,
            envelope_key.key_id,
            self._mapper.seal_envelope(envelope_key, command.command_id, envelope),
            sealed,
        )

    def _stream(self, fact: Fact) -> Stream:
        """Return the stream a fact extends: one already at hand, a new one, or one the law found by a lookup."""
        known = self.loaded.get(fact.stream_id)
        if known is not None:
            return known
        if fact.BEGINS:
            return EMPTY
        return self._streams.load(self._cursor, (fact.stream_id,))[fact.stream_id]
