"""Judge the commands of one batch in order, each seeing the facts of the ones before it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.behind import BEHIND, behind
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.commands.command import Command, StaffCommand
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.signed import Draft, PatientSigner, StaffSigner, Verified
from ehealth_ledger.errors import LedgerCorrupt, Refusal, Refused, RuleBroken, Undecided
from ehealth_ledger.events.erasure import PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.law import Leads
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.batch import Head, SealedCommand, SealedFact
from ehealth_ledger.store.blobs import SubjectKey
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.lookups.batch import BatchLookups
from ehealth_ledger.store.lookups.billing import Take
from ehealth_ledger.store.lookups.statements import Fold
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.streams import EMPTY, Stream, StreamCache, advance
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.time import from_microseconds, kyiv_day

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


class Question:
    """Hold a command that nobody has signed, about which somebody asks beforehand."""

    __slots__ = ("verified",)

    def __init__(self, draft: Draft[Command]) -> None:
        self.verified = draft


class Bench:
    """Sit over one batch under the head's lock.

    The streams, the lookups and the clock are fixed for it.
    """

    def __init__(
        self,
        cursor: psycopg.Cursor,
        head: Head,
        now_us: int,
        submissions: Sequence[Submission | Question],
        *,
        streams: StreamCache,
        mapper: FactMapper,
        vault: Vault,
        fold: Fold,
        take: Take,
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
        self._named: dict[UUID, set[UUID]] = {}  # what each command names, by its id
        leading: list[tuple[Command, Leads]] = []
        for submission in submissions:
            command = submission.verified.body
            law = LAWS[type(command)]
            self._named[command.command_id] = law.streams_of(command)
            named |= self._named[command.command_id]
            wanted.ids.update(law.brings(command))
            law.lookups(command, wanted)
            if law.leads is not None:
                leading.append((command, law.leads))
            signer = submission.verified.signer
            if isinstance(signer, PatientSigner):
                wanted.patient_tax_ids.add(signer.tax_id)
            if law.counts_signer and isinstance(signer, StaffSigner):
                wanted.declared_signers.add(signer.tax_id)
            elif law.counts_signer and isinstance(command, StaffCommand):
                employed = streams.load(cursor, (command.employee,))[command.employee].state
                if isinstance(employed, Employee):
                    wanted.declared_parties.add(employed.party)
        before: dict[UUID, object | None] = {}
        if leading:
            first = {each for command, leads in leading for each in leads.streams(command)}
            before = {each: found.state for each, found in streams.load(cursor, first).items()}
        for command, leads in leading:
            leads.lookups(command, before, wanted)
        self.lookups = BatchLookups(
            cursor,
            wanted,
            today=kyiv_day(self._now),
            vault=vault,
            mapper=mapper,
            fold=fold,
            take=take,
        )
        for submission in submissions:
            command = submission.verified.body
            named.update(LAWS[type(command)].found(command, self.lookups))
        self.erased: set[UUID] = set()  # patients whom this batch erases
        for command, leads in leading:
            named.update(leads.found(command, before, self.lookups))
        self.loaded: dict[UUID, Stream] = {}
        self._states: dict[UUID, object | None] = {}
        self._leading: set[UUID] = set()  # streams the batch wrote to that lead to others
        self._load(named)
        self._load(behind(self._states.values()))

    def judge(self, submission: Submission) -> SealedCommand | Refusal:
        """Return the command's facts, sealed, or its refusal.

        Nothing of a refused command remains.
        """
        try:
            facts = self._facts(submission.verified)
            sealed, after = self._seal(submission, facts)
        except Refusal as refusal:
            return refusal
        except (LedgerCorrupt, psycopg.Error):
            raise  # no fault of the law: the process ends, or the batch runs again
        except Exception:  # noqa: BLE001 - a fault of one law must not fail its neighbours
            # It is logged, and answered as a fault; the batch has taken in nothing of it.
            _log.exception("command %s failed its law", submission.command_id)
            return Undecided("service.internal_error")
        # Outside: a fault in here would leave half of a command behind, so it ends the process.
        self._take_in(submission.verified.body, facts, after)
        return sealed

    def hear(self, question: Question) -> list[Refusal]:
        """List everything that is held against a command that nobody has signed; take in nothing.

        The signature, and what only it could prove, is not asked for. A law that stumbles over what
        it has refused already is a fault of ours: it is logged, and the list says that it may lack
        something.
        """
        draft, found = question.verified, list[Refusal]()
        collected: list[RuleBroken] = []
        try:
            self._require_now(draft.body)
        except Refused as refusal:
            found.append(refusal)
        try:
            LAWS[type(draft.body)].judge(self._case(draft, collected))
        except Refusal as refusal:
            found += [*collected, refusal]
        except (LedgerCorrupt, psycopg.Error):
            raise
        except Exception:
            if not collected:
                raise
            _log.exception("the law of %s stumbled over what it had refused", type(draft.body).NAME)
            found += [*collected, Undecided("service.internal_error")]
        else:
            found += collected
        return found

    def _facts(self, verified: Verified[Command]) -> list[Fact]:
        self._require_now(verified.body)
        return LAWS[type(verified.body)].judge(self._case(verified))

    def _require_now(self, command: Command) -> None:
        if command.issued_at > self._issued_at_max:
            raise Refused(
                "content.issued_in_future",
                "$.issued_at",
                expected=f"a moment not after {self._now.isoformat()}",
                seconds_max=CLOCK_SKEW_S_MAX,
            )
        if self._position == 0 and not isinstance(command, OpenLedger):
            raise Undecided("ledger.not_open")

    def _case(
        self,
        wish: Verified[Command] | Draft[Command],
        collected: list[RuleBroken] | None = None,
    ) -> Case[Command]:
        command = wish.body
        # The batch may have begun what this command names: load where that leads, too.
        begun = self._leading & self._named[command.command_id]
        if begun:
            self._load(behind([self._states[each] for each in begun]))
        return Case(wish, self._states, self.lookups, self._position, self._now, collected)

    def _seal(
        self, submission: Submission, facts: Sequence[Fact]
    ) -> tuple[SealedCommand, dict[UUID, Stream]]:
        """Return the sealed command, and every stream it touches as it is after it."""
        command_id, mapper, ledger = submission.command_id, self._mapper, self._mapper.ledger
        # A dismissal ends hundreds of declarations: streams and keys come by one query each.
        if len(facts) > 1:
            self._load({fact.stream_id for fact in facts if not fact.BEGINS})
        if len(facts) > FEW_FACTS:
            self._vault.keys(fact.subject or ledger for fact in facts)
        after: dict[UUID, Stream] = {}
        sealed: list[SealedFact] = []
        envelope_key: SubjectKey | None = None
        for index, fact in enumerate(facts):
            subject, stream_id = fact.subject, fact.stream_id
            key = self._vault.key(subject or ledger)
            if key is None or subject in self.erased:
                raise self._unsealed(subject)
            # What was signed about a person lies under that person's key, whatever else it says.
            if envelope_key is None or (subject is not None and envelope_key.key_id == ledger):
                envelope_key = key
            before = after.get(stream_id) if after else None
            stream = advance(before or self._stream(fact, stream_id), fact)
            after[stream_id] = stream
            body = mapper.seal_body(key, command_id, index, stream_id, stream.version, fact)
            sealed.append(SealedFact(stream_id, stream.version, fact.TOPIC, key.key_id, body))
        if envelope_key is None:
            raise TypeError(f"{type(submission.verified.body).__name__} led to no fact")
        envelope = mapper.seal_envelope(envelope_key, command_id, submission.envelope)
        return SealedCommand(command_id, envelope_key.key_id, envelope, sealed), after

    def _unsealed(self, subject: UUID | None) -> RuleBroken:
        """Say why nothing can be written about somebody."""
        if subject is not None and (subject in self.erased or self._vault.is_forgotten(subject)):
            return RuleBroken("patient.erased", "$.resource", expected="what was not erased")
        return RuleBroken("subject.key_missing")

    def _take_in(
        self, command: Command, facts: Sequence[Fact], after: Mapping[UUID, Stream]
    ) -> None:
        """Let the commands that follow see what this one did."""
        for stream_id, stream in after.items():
            self.loaded[stream_id] = stream
            self._states[stream_id] = stream.state
            if type(stream.state) in BEHIND:
                self._leading.add(stream_id)
        self.erased.update(each.patient for each in facts if isinstance(each, PatientErased))
        self.lookups.absorb(LAWS[type(command)].brings(command), facts, self._position + 1)
        self._position += len(facts)

    def _load(self, wanted: set[UUID]) -> None:
        """Load streams that are not at hand."""
        # One by one: the difference of a set and a dict's keys visits every key of the dict.
        missing = {each for each in wanted if each not in self.loaded}
        if missing:
            found = self._streams.load(self._cursor, missing)
            self.loaded.update(found)
            self._states.update((each, stream.state) for each, stream in found.items())

    def _stream(self, fact: Fact, stream_id: UUID) -> Stream:
        """Return the stream a fact extends.

        It is one already at hand, a new one, or one the law found by a lookup.
        """
        if fact.BEGINS:
            return EMPTY
        known = self.loaded.get(stream_id)
        if known is not None:
            return known
        return self._streams.load(self._cursor, (stream_id,))[stream_id]
