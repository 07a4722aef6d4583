"""Judge the commands of one batch in order, each seeing the facts of the ones before it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.behind import behind
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.signed import StaffSigner, Verified
from ehealth_ledger.errors import LedgerCorrupt, Refusal, Refused, RuleBroken, Undecided
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.batch import Head, SealedCommand, SealedFact
from ehealth_ledger.store.blobs import SubjectKey
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.lookups.batch import BatchLookups
from ehealth_ledger.store.lookups.statements import Fold
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.streams import EMPTY, Stream, StreamCache, advance
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.time import from_microseconds

FEW_FACTS: Final = 16  # up to here the vault's cache is asked key by key
CLOCK_SKEW_S_MAX: Final = 300  # a claimed time further ahead than this is a claim, not a drift

_log = logging.getLogger(__name__)


class Submission:
    """Hold a verified command, the system that posted it, and the envelope that will prove it."""

    __slots__ = ("client", "command_id", "envelope", "verified")

    def __init__(self, verified: Verified[Command], client: str) -> None:
        self.verified = verified
        self.client = client
        self.command_id: UUID = verified.body.command_id
        self.envelope = Envelope.of(verified, client).to_bytes()  # here, off the committer's thread


class Bench:
    """Sit over one batch under the head's lock.

    The streams, the lookups and the clock are fixed for it.
    """

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
        self.now_us = now_us
        self._now = from_microseconds(now_us)
        self._issued_at_max = self._now + timedelta(seconds=CLOCK_SKEW_S_MAX)
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
            signer = submission.verified.signer
            if law.counts_signer and isinstance(signer, StaffSigner):
                wanted.declared_signers.add(signer.tax_id)
        self.lookups = BatchLookups(cursor, wanted, vault=vault, mapper=mapper, fold=fold)
        for submission in submissions:
            command = submission.verified.body
            named.update(LAWS[type(command)].found(command, self.lookups))
        self.loaded: dict[UUID, Stream] = {}
        self._states: dict[UUID, object | None] = {}
        self._load(named)
        self._load(behind(self._states.values()))

    def judge(self, submission: Submission) -> SealedCommand | Refusal:
        """Return the command's facts, sealed, or its refusal.

        Nothing of a refused command remains.
        """
        try:
            facts = self._facts(submission.verified)
            return self._seal(submission, facts)
        except Refusal as refusal:
            return refusal
        except (LedgerCorrupt, psycopg.OperationalError, psycopg.InterfaceError):
            raise  # no fault of the law: the process ends, or the batch runs again
        except Exception:  # noqa: BLE001 - a fault of one law must not fail its neighbours
            # It is logged, and answered as a fault.
            _log.exception("command %s failed its law", submission.command_id)
            return Undecided("service.internal_error")

    def _facts(self, verified: Verified[Command]) -> list[Fact]:
        command = verified.body
        if command.issued_at > self._issued_at_max:
            raise Refused("content.issued_in_future", "$.issued_at", seconds_max=CLOCK_SKEW_S_MAX)
        if self._position == 0 and not isinstance(command, OpenLedger):
            raise Undecided("ledger.not_open")
        # The batch may have begun what this command names: load where that leads, too.
        named = LAWS[type(command)].streams_of(command)
        self._load(behind([self._states.get(each) for each in named]))
        case = Case(verified, self._states, self.lookups, basis=self._position, now=self._now)
        return LAWS[type(command)].judge(case)

    def _seal(self, submission: Submission, facts: Sequence[Fact]) -> SealedCommand:
        command_id, mapper = submission.command_id, self._mapper
        # A dismissal ends hundreds of declarations: their streams and keys come by one query each.
        self._load({fact.stream_id for fact in facts if not fact.BEGINS})
        if len(facts) > FEW_FACTS:
            self._vault.keys(mapper.key_id(fact) for fact in facts)
        keys: list[SubjectKey] = []
        for fact in facts:
            key = self._vault.key(mapper.key_id(fact))
            if key is None:
                raise RuleBroken("subject.key_missing")
            keys.append(key)
        after: dict[UUID, Stream] = {}
        sealed: list[SealedFact] = []
        for index, fact in enumerate(facts):
            stream_id = fact.stream_id
            before = after.get(stream_id) or self.loaded.get(stream_id, EMPTY)
            after[stream_id] = advance(before, fact)
            sealed.append(
                mapper.seal_fact(keys[index], command_id, index, before.version + 1, fact)
            )
        # What was signed about a person lies under that person's key, whatever else it says.
        personal = (key for key, fact in zip(keys, facts, strict=True) if fact.subject is not None)
        envelope_key = next(personal, keys[0])
        envelope = mapper.seal_envelope(envelope_key, command_id, submission.envelope)
        # From here on nothing can refuse: the batch takes the facts in.
        self.loaded.update(after)
        for stream_id, stream in after.items():
            self._states[stream_id] = stream.state
        command = submission.verified.body
        self.lookups.absorb(LAWS[type(command)].brings(command), facts, self._position + 1)
        self._position += len(facts)
        return SealedCommand(command_id, envelope_key.key_id, envelope, sealed)

    def _load(self, wanted: set[UUID]) -> None:
        """Load streams that are not at hand."""
        missing = wanted - self.loaded.keys()
        if missing:
            found = self._streams.load(self._cursor, missing)
            self.loaded.update(found)
            self._states.update((each, stream.state) for each, stream in found.items())
