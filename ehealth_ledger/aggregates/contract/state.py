"""Fold what happened to a contract, and to the request that led to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, Final, assert_never

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
    PlannedMonth,
    Terms,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ContractId, DivisionId, LegalEntityId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month

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
class Contract:
    """Hold what the laws need to know of a contract in force."""

    id: ContractId
    terms: Terms
    suspended: bool = False
    suspended_with_entity: bool = False  # by the provider's suspension alone, and resumed with it
    employees: tuple[ContractedDoctor, ...] = ()
    divisions: frozenset[DivisionId] = frozenset()
    plan: tuple[PlannedMonth, ...] = ()

    @property
    def payer(self) -> LegalEntityId:
        """Return who pays."""
        return self.terms.payer

    @property
    def provider(self) -> LegalEntityId:
        """Return who is paid."""
        return self.terms.provider

    @property
    def packages(self) -> frozenset[str]:
        """Return what is bought."""
        return frozenset(self.terms.packages)

    def planned(self, package: str, period: Month) -> Kopiykas | None:
        """Return what is planned for a package in a month: its ceiling; None where nothing is."""
        found = (each for each in self.plan if (each.package, each.period) == (package, period))
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
            return Contract(fact.contract, terms)
        case ContractConcluded():
            return Contract(
                fact.contract,
                fact.terms,
                employees=fact.employees,
                divisions=frozenset(fact.divisions),
                plan=fact.plan,
            )
        case ContractAmended():
            if state is None:
                return None
            return replace(
                state,
                terms=fact.terms,
                employees=fact.employees,
                divisions=frozenset(fact.divisions),
                plan=fact.plan,
            )
        case ContractTerminated():
            return None if state is None else replace(state, terms=fact.terms)
        case ContractSuspended():
            if state is None:
                return None
            with_entity = fact.with_legal_entity is True
            return replace(state, suspended=True, suspended_with_entity=with_entity)
        case ContractResumed():
            if state is None:
                return None
            return replace(state, suspended=False, suspended_with_entity=False)
        case _:
            assert_never(fact)


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
