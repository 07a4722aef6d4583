"""Fold what happened to a contract, and to the request that led to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.events.charge import Accrued
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractCountersigned,
    ContractDeclined,
    ContractedDoctor,
    ContractPayerSigned,
    ContractRequested,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
    ContractTerminated,
    Correction,
    PlannedMonth,
    Terms,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ContractId, DivisionId, LegalEntityId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import first_day

AnyRequestFact = ContractRequested | ContractPayerSigned | ContractDeclined | ContractCountersigned
AnyContractFact = (
    ContractSigned
    | ContractConcluded
    | ContractAmended
    | ContractSuspended
    | ContractResumed
    | ContractTerminated
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """Hold what both sides agreed to count from a day on."""

    packages: tuple[str, ...]
    corrections: tuple[Correction, ...]
    employees: tuple[ContractedDoctor, ...]
    divisions: frozenset[DivisionId]
    plan: tuple[PlannedMonth, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Hold what the laws need to know of a contract in force: its terms as they were agreed last.

    What counts on a day `on` tells: nobody prices by anything else.
    """

    id: ContractId
    terms: Terms
    suspended: bool = False
    suspended_with_entity: bool = False  # by the provider's suspension alone, and resumed with it
    suspended_with_head: bool = False  # until the provider's new head has signed it anew
    employees: tuple[ContractedDoctor, ...] = ()
    divisions: frozenset[DivisionId] = frozenset()
    plan: tuple[PlannedMonth, ...] = ()
    # What counts from which day; where it is empty, what stands above counts on every day.
    course: Dated[Agreed] = field(default_factory=Dated)

    def on(self, day: date) -> Contract:
        """Return the contract with the terms that count on a day.

        Before its first day they are those it begins with, after its last day those it ended with.
        """
        if not self.course.days or day >= self.course.days[-1]:
            return self  # what was agreed last
        agreed = self.course.on(day) or self.course.values[0]
        terms = {"packages": agreed.packages, "corrections": agreed.corrections}
        return replace(
            self,
            terms=self.terms.model_copy(update=terms),
            employees=agreed.employees,
            divisions=agreed.divisions,
            plan=agreed.plan,
        )

    @property
    def payer(self) -> LegalEntityId:
        """Return who pays."""
        return self.terms.payer

    @property
    def provider(self) -> LegalEntityId:
        """Return who is paid."""
        return self.terms.provider

    def bought(self, first_day: date, last_day: date) -> frozenset[str]:
        """Return the packages that the contract's terms name on one of these days."""
        begun = self.course.between(first_day, last_day)
        return frozenset(self.on(first_day).terms.packages).union(*(e.packages for e in begun))

    def ceiling(self, charge: Accrued) -> Kopiykas | None:
        """Return what is planned for the package and month of a charge; None where nothing is.

        The plan is that of the act's day, or of the first of the month where it is stated in a
        later one.
        """
        plan = self.on(max(charge.day, first_day(charge.period))).plan
        key = (charge.package, charge.period)
        found = (each for each in plan if (each.package, each.period) == key)
        return next((each.amount for each in found), None)

    def ended_by(self, day: date) -> bool:
        """Tell whether the contract's last day lies before a day."""
        return self.terms.last_day < day


class RequestStatus(Enum):
    """Say whose turn it is; the last three are for good."""

    REQUESTED = "requested"
    SIGNED = "signed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CONCLUDED = "concluded"


@dataclass(frozen=True, slots=True)
class ContractRequest:
    """Hold what is asked for, and what the payer signed of it."""

    asked: ContractRequested
    status: RequestStatus = RequestStatus.REQUESTED
    signed: ContractPayerSigned | None = None

    @property
    def open(self) -> bool:
        """Tell whether a signature is still waited for."""
        return self.status in (RequestStatus.REQUESTED, RequestStatus.SIGNED)


def evolve_contract(state: Contract | None, fact: AnyContractFact) -> Contract | None:
    """Take in what happened to a contract; never refuses a fact."""
    match fact:
        case ContractSigned():
            terms = Terms(
                payer=fact.payer,
                provider=fact.provider,
                kind="MEDICAL_SERVICES",
                number=fact.number,
                packages=fact.packages,
                first_day=fact.first_day,
                last_day=fact.last_day,
            )
            return _agreed(Contract(fact.contract, terms), terms.first_day)
        case ContractConcluded():
            concluded = Contract(
                fact.contract,
                fact.terms,
                employees=fact.employees,
                divisions=frozenset(fact.divisions),
                plan=fact.plan,
            )
            return _agreed(concluded, fact.terms.first_day)
        case ContractAmended():
            if state is None:
                return None
            amended = replace(
                state,
                terms=fact.terms,
                employees=fact.employees,
                divisions=frozenset(fact.divisions),
                plan=fact.plan,
            )
            return _agreed(amended, fact.since)
        case ContractTerminated():
            return None if state is None else replace(state, terms=fact.terms)
        case ContractSuspended():
            if state is None:
                return None
            return replace(
                state,
                suspended=True,
                suspended_with_entity=fact.with_legal_entity is True,
                suspended_with_head=fact.with_head is True,
            )
        case ContractResumed():
            if state is None:
                return None
            return replace(
                state, suspended=False, suspended_with_entity=False, suspended_with_head=False
            )
        case _:
            assert_never(fact)


def _agreed(contract: Contract, since: date) -> Contract:
    """Let what the contract says now count from a day on, whatever was agreed for later days."""
    agreed = Agreed(
        contract.terms.packages,
        contract.terms.corrections,
        contract.employees,
        contract.divisions,
        contract.plan,
    )
    return replace(contract, course=contract.course.anew(since, agreed))


def evolve_request(state: ContractRequest | None, fact: AnyRequestFact) -> ContractRequest | None:
    """Take in what happened to a request; never refuses a fact."""
    if isinstance(fact, ContractRequested):
        return ContractRequest(fact)
    if state is None:
        return None
    match fact:
        case ContractPayerSigned():
            return replace(state, status=RequestStatus.SIGNED, signed=fact)
        case ContractDeclined(by_provider=by_provider):
            over = RequestStatus.WITHDRAWN if by_provider else RequestStatus.DECLINED
            return replace(state, status=over)
        case ContractCountersigned():
            return replace(state, status=RequestStatus.CONCLUDED)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ContractSigned: evolve_contract,
    ContractRequested: evolve_request,
    ContractPayerSigned: evolve_request,
    ContractDeclined: evolve_request,
    ContractCountersigned: evolve_request,
    ContractConcluded: evolve_contract,
    ContractAmended: evolve_contract,
    ContractSuspended: evolve_contract,
    ContractResumed: evolve_contract,
    ContractTerminated: evolve_contract,
}
