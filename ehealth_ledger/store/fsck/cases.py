"""Derive again what each treated case earned: from its signed package, and what was in force then.

What was in force is what the records before the act say: rules, tariffs, contracts, and which
encounters end a case. Where the package went with the patient's key nothing can be derived; the
record is counted as erased.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.encounter.state import Encounter
from ehealth_ledger.aggregates.encounter.treated import ends_case, last_day, treated
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.treated_case import CaseAct, charged
from ehealth_ledger.commands.charge import SettleCharge
from ehealth_ledger.commands.encounter import Child, RecordEncounter, read_package
from ehealth_ledger.commands.fhir.encounter import Encounter as EncounterResource
from ehealth_ledger.events.charge import Accrued, ChargeAccrued, ChargeWithheld, Withheld
from ehealth_ledger.events.contract import (
    ContractFact,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.events.tariff import TariffEnded, TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.grouping import Group, Release
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.store.fsck.stream_past import StreamPast, Unreadable
from ehealth_ledger.store.lookups.originals import Originals
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId, TariffId
from ehealth_ledger.values.parameters.charge import CASE_ENCOUNTER_TYPES
from ehealth_ledger.values.parameters.definition import Value
from ehealth_ledger.values.tariffs import CaseMixTerms, CaseTerms, NamedFactor, rate_of
from ehealth_ledger.values.time import from_microseconds, kyiv_day, month_of


@dataclass(slots=True)
class _Past:
    """Hold what the log has said so far, with positions: a page is read ahead of its checks."""

    types: list[tuple[int, ParameterSet]] = field(default_factory=list)
    releases: list[tuple[int, GroupingReleased]] = field(default_factory=list)
    tariffs: list[tuple[int, TariffReleased]] = field(default_factory=list)
    ends: defaultdict[UUID, list[tuple[int, date | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    contracts: defaultdict[LegalEntityId, dict[ContractId, list[tuple[int, Contract]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    suspensions: defaultdict[ContractId, list[tuple[int, date, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def take_contract(
        self, position: int, provider: LegalEntityId, fact: ContractSigned | ContractFact
    ) -> None:
        """Keep a contract as a record leaves it."""
        steps = self.contracts[provider].setdefault(fact.contract, [])
        state = evolve(steps[-1][1] if steps else None, fact)
        if isinstance(state, Contract):
            steps.append((position, state))

    def types_on(self, day: date, *, before: int) -> Value | None:
        """Return which encounters ended a case on a day."""
        values: Dated[Value] = Dated()
        for position, fact in self.types:
            if position < before:
                values = values.since(fact.first_day, fact.value)
        return values.on(day)

    def suspended_on(self, contract: ContractId, day: date, *, before: int) -> bool:
        """Tell whether a contract was suspended on a day."""
        known: Dated[bool] = Dated()
        for position, since, suspended in self.suspensions.get(contract, ()):
            if position < before:
                known = known.since(since, suspended)
        return known.on(day) is True

    def holds(
        self, position: int, fact: GroupingReleased | TariffReleased, day: date, *, before: int
    ) -> bool:
        """Tell whether what was released at a position held on a day, by what was said then."""
        last: date | None = fact.last_day
        for at, ended in self.ends.get(fact.stream_id, ()):
            if at < before:
                last = ended
        return position < before and last is not None and fact.first_day <= day <= last


@dataclass(frozen=True, slots=True)
class _Books:
    """Serve `aggregates.treated_case.CaseBooks` from the records before a position."""

    past: _Past
    about: CaseAct
    before: int

    def release(self) -> Release | None:
        """Return the rules of grouping."""
        for position, fact in self.past.releases:
            if self._held(position, fact):
                return Release(fact.version, fact.rules)
        return None

    def rate(self, package: str, group: str) -> TariffInForce | None:
        """Return the rate for each case of a group."""
        for position, fact in self.past.tariffs:
            terms = fact.terms
            if (
                isinstance(terms, CaseTerms)
                and (fact.package, terms.group) == (package, group)
                and self._held(position, fact)
            ):
                return TariffInForce(fact.tariff, package, rate_of(terms))
        return None

    def mix(self, package: str) -> tuple[TariffId, CaseMixTerms] | None:
        """Return the base rate of a package and the weights of its groups."""
        for position, fact in self.past.tariffs:
            if (
                isinstance(fact.terms, CaseMixTerms)
                and fact.package == package
                and self._held(position, fact)
            ):
                return fact.tariff, fact.terms
        return None

    def contract(self, package: str) -> ContractInForce | None:
        """Return the contract that bought a package; none suspended on that day."""
        day = self.about.day
        for contract, steps in self.past.contracts[self.about.provider].items():
            before = [state for position, state in steps if position < self.before]
            if not before:
                continue
            terms = before[-1].on(day).terms
            if (
                package in terms.packages
                and terms.first_day <= day <= terms.last_day
                and not self.past.suspended_on(contract, day, before=self.before)
            ):
                corrections = terms.corrections_of(package)
                return ContractInForce(contract, terms.payer, terms.kind, corrections)
        return None

    def corrections(self, group: Group, tariff: TariffId) -> tuple[NamedFactor, ...]:  # noqa: ARG002 - a tariff's id says it all
        """Return the corrections that the tariff of a group publishes."""
        for position, fact in self.past.tariffs:
            if fact.tariff == tariff and position < self.before:
                return fact.terms.corrections
        return ()

    def _held(self, position: int, fact: GroupingReleased | TariffReleased) -> bool:
        return self.past.holds(position, fact, self.about.day, before=self.before)


class Cases:
    """Check the charges of treated cases of one log."""

    def __init__(
        self,
        connection: psycopg.Connection,
        log: str,
        streams: StreamPast,
        mapper: FactMapper,
        vault: Vault,
        findings: Findings,
    ) -> None:
        self._connection = connection
        self._log = log
        self._streams = streams
        self._mapper = mapper
        self._vault = vault
        self._findings = findings
        self._past = _Past()

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in what later cases are grouped and priced by."""
        position = row.position
        if isinstance(fact, ContractSuspended | ContractResumed):
            day = kyiv_day(from_microseconds(row.recorded_at))
            step = (position, day, isinstance(fact, ContractSuspended))
            self._past.suspensions[fact.contract].append(step)
        match fact:
            case ParameterSet(name=name) if name == CASE_ENCOUNTER_TYPES:
                self._past.types.append((position, fact))
            case GroupingReleased():
                self._past.releases.append((position, fact))
            case TariffReleased(terms=CaseTerms() | CaseMixTerms()):
                self._past.tariffs.append((position, fact))
            case GroupingEnded() | TariffEnded():
                self._past.ends[fact.stream_id].append((position, fact.last_day))
            case ContractSigned():
                self._past.take_contract(position, fact.provider, fact)
            case ContractFact(terms=terms):
                self._past.take_contract(position, terms.provider, fact)
            case _:
                pass  # no case is paid by it

    def check(self, proved: Proved, facts: Sequence[Fact]) -> None:
        """Note where a package and its charge do not agree; pass by every other command."""
        wish = proved.command
        first = proved.stored.first.position
        if self._findings.unread:
            return  # what a damaged record said is unknown
        if isinstance(wish, SettleCharge):
            self._check_settled(first, facts)
        elif isinstance(wish, RecordEncounter):
            self._check_recorded(wish, first, facts)

    def _check_recorded(self, wish: RecordEncounter, first: int, facts: Sequence[Fact]) -> None:
        found = [
            (first + at, fact)
            for at, fact in enumerate(facts)
            if isinstance(fact, Accrued | Withheld)
        ]
        day = last_day(wish.encounter)
        if not ends_case(wish.encounter, self._past.types_on(day, before=first)):
            for position, fact in found:
                if fact.of_kind == "case":
                    self._add(position, "the encounter ends no treated case")
            return
        if len(found) != 1:
            self._add(first, "a treated case without its one charge")
            return
        position, fact = found[0]
        objection = self._objection(wish, fact, first)
        if objection is not None:
            self._add(position, objection)

    def _check_settled(self, first: int, facts: Sequence[Fact]) -> None:
        """Derive a case that was withheld from its package, by what was in force when settled."""
        for at, fact in enumerate(facts):
            if not isinstance(fact, Accrued) or fact.of_kind != "case":
                continue
            objection = self._settled_objection(first, fact)
            if objection is not None:
                self._add(first + at, objection)

    def _settled_objection(self, first: int, fact: Accrued) -> str | None:
        act = fact.act_position
        with self._connection.cursor() as cursor:
            resources = Originals(cursor, set(), {act}, self._mapper, self._vault).of_act(act)
        if resources is None or fact.performer is None:
            return None  # the package went with the patient's key
        try:
            encounter, members = read_package(resources)
        except (ValueError, TypeError):  # the shape of other resources, or of none
            return "the act is no package"
        about = CaseAct(act, fact.provider, fact.performer, last_day(encounter))
        try:
            state = self._streams.before(Encounter, encounter.id, first)
            kept = [each for each in members if state is None or each.id not in state.in_error]
            expected = self._expected(about, encounter, kept, first, fact)
        except Unreadable:
            return None  # named where it stands
        return _difference(expected, fact)

    def _objection(self, wish: RecordEncounter, fact: Accrued | Withheld, act: int) -> str | None:
        """Say what of a charge the package did not earn."""
        members = [member for _, member in wish.children]
        about = CaseAct(act, wish.legal_entity, wish.employee, last_day(wish.encounter))
        try:
            expected = self._expected(about, wish.encounter, members, act, fact)
        except Unreadable:
            return None  # named where it stands
        named = charge_id(wish.encounter.id, ATTEMPT_FIRST)
        return _difference(expected.model_copy(update={"charge": named}), fact)

    def _expected(
        self,
        about: CaseAct,
        encounter: EncounterResource,
        members: Iterable[Child],
        before: int,
        fact: Accrued | Withheld,
    ) -> ChargeAccrued | ChargeWithheld:
        """Derive what a package earned by what the log said before a position.

        Raise Unreadable where the patient's past is damaged.
        """
        patient = self._streams.before(Patient, encounter.subject.reference, before)
        birth_date = None if patient is None else patient.birth_date
        return charged(
            about,
            treated(encounter, members, birth_date),
            _Books(self._past, about, before),
            charge=fact.charge,
            period=fact.period if isinstance(fact, Accrued) else month_of(fact.day),
        )

    def _add(self, position: int, text: str) -> None:
        self._findings.add(Kind.CHARGE_ALTERED, self._log, position, text)


def _difference(expected: ChargeAccrued | ChargeWithheld, found: Fact) -> str | None:
    """Name the parts that differ; what they should be is for people with the right to know."""
    if type(found) is not type(expected):
        return f"the package and what was in force give {expected.TOPIC}"
    names = type(expected).model_fields
    differing = [name for name in names if getattr(found, name) != getattr(expected, name)]
    if not differing:
        return None
    return f"not what the package and what was in force give: {', '.join(differing)}"
