"""Price treated cases: by the group that the rules of the last day give, or why nothing does yet.

Care is never refused for money: without rules, group, tariff, price or contract the act stands, and
the charge is withheld. What a case earns follows from the case and what was in force alone: an
audit derives it again with the same function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Act, Worth, accrued, charge_id
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.commands.command import Command, StaffCommand
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeWithheld,
    WithheldReason,
)
from ehealth_ledger.events.grouping import GroupingReleased
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import (
    ContractInForce,
    TariffInForce,
    factors,
    statement_period,
)
from ehealth_ledger.pricing.grouping import (
    CasePrice,
    CaseTariffs,
    Group,
    Release,
    TreatedCase,
    grouped,
    price_of,
)
from ehealth_ledger.values.identifiers import ChargeId, EmployeeId, LegalEntityId, TariffId
from ehealth_ledger.values.tariffs import CaseMixTerms, NamedFactor
from ehealth_ledger.values.time import Month

BOUGHT_BY: Final = "MEDICAL_SERVICES"


@dataclass(frozen=True, slots=True)
class CaseAct:
    """Name the record of a case, who treated it, and the civil day it ended."""

    position: int
    provider: LegalEntityId
    performer: EmployeeId | None
    day: date


class CaseBooks(CaseTariffs, Protocol):
    """Know what was in force for the institution of a case on its last day."""

    def release(self) -> Release | None:
        """Return the rules of grouping."""

    def contract(self, package: str) -> ContractInForce | None:
        """Return the contract that bought a package."""

    def corrections(self, group: Group, tariff: TariffId) -> tuple[NamedFactor, ...]:
        """Return the corrections that the tariff of a group publishes."""


@dataclass(frozen=True, slots=True)
class _Priced:
    group: Group
    price: CasePrice
    contract: ContractInForce


@dataclass(frozen=True, slots=True)
class _Unpriced:
    reason: WithheldReason
    group: Group | None = None


def accrue_case(
    case: Case[StaffCommand], *, act: UUID, actor: Employee, treated: TreatedCase, day: date
) -> ChargeAccrued | ChargeWithheld:
    """Price the treated case that is this command's first fact."""
    about = CaseAct(case.basis + 1, case.command.body.legal_entity, actor.id, day)
    return price_case(case, about, treated, charge=charge_id(act, ATTEMPT_FIRST))


def price_case(
    case: Case[Command], about: CaseAct, treated: TreatedCase, *, charge: ChargeId
) -> ChargeAccrued | ChargeWithheld:
    """Price a case by what is in force now for its last day, or say what is missing."""
    period = statement_period(about.day, is_closed=case.period_is_closed)
    return charged(about, treated, _Books(case, about), charge=charge, period=period)


def charged(
    about: CaseAct, treated: TreatedCase, books: CaseBooks, *, charge: ChargeId, period: Month
) -> ChargeAccrued | ChargeWithheld:
    """Return what a case earns, or why nothing prices it."""
    found = _judged(treated, books)
    if isinstance(found, _Priced):
        return _accrued(about, found, charge, period)
    return ChargeWithheld(
        kind="case",
        charge=charge,
        act_log="records",
        act_position=about.position,
        provider=about.provider,
        performer=about.performer,
        service=None if found.group is None else found.group.service,
        package=None if found.group is None else found.group.package,
        day=about.day,
        reason=found.reason,
    )


def _judged(treated: TreatedCase, books: CaseBooks) -> _Priced | _Unpriced:
    release = books.release()
    if release is None:
        return _Unpriced("no_release")
    group = grouped(treated, release)
    if group is None:
        return _Unpriced("no_group")
    price = price_of(group, books)
    if not isinstance(price, CasePrice):
        return _Unpriced(price, group)
    contract = books.contract(group.package)
    if contract is None or contract.kind != BOUGHT_BY:
        return _Unpriced("no_contract", group)
    if contract.corrections:  # only then is it asked what the tariff publishes
        published = books.corrections(group, price.tariff)
        price = replace(price, corrections=factors(published, contract.corrections))
    if not price.payable(group):
        return _Unpriced("no_price", group)
    return _Priced(group, price, contract)


def _accrued(about: CaseAct, found: _Priced, charge: ChargeId, period: Month) -> ChargeAccrued:
    group = found.group
    act = Act(
        kind="case",
        charge=charge,
        position=about.position,
        provider=about.provider,
        performer=about.performer,
        service=group.service,
        day=about.day,
    )
    price = found.price.of(group)
    worth = Worth(found.contract, group.package, found.price.tariff, price)
    return accrued(act, worth, period=period)


@dataclass(frozen=True, slots=True)
class _Books:
    """Serve `CaseBooks` to the law, from look-ups and the streams that they named."""

    case: Case[Command]
    about: CaseAct

    def release(self) -> Release | None:
        """Return the rules of grouping."""
        wanted = self.case.lookups.groupings.in_force(self.about.day)
        released = None if wanted is None else self.case.find(GroupingReleased, wanted)
        return None if released is None else Release(released.version, released.rules)

    def rate(self, package: str, group: str) -> TariffInForce | None:
        """Return the rate for each case of a group."""
        return self.case.lookups.case_tariffs.rate(package, group, self.about.day)

    def mix(self, package: str) -> tuple[TariffId, CaseMixTerms] | None:
        """Return the base rate of a package and the weights of its groups."""
        tariff = self.case.lookups.case_tariffs.mix(package, self.about.day)
        released = None if tariff is None else self.case.find(TariffReleased, tariff)
        if released is None or not isinstance(released.terms, CaseMixTerms):
            return None
        return released.tariff, released.terms

    def contract(self, package: str) -> ContractInForce | None:
        """Return the contract that bought a package."""
        contracts = self.case.lookups.contracts
        return contracts.in_force(self.about.provider, package, self.about.day)

    def corrections(self, group: Group, tariff: TariffId) -> tuple[NamedFactor, ...]:
        """Return the corrections that the tariff of a group publishes."""
        released = self.case.lookups.billing.released(group.package, self.about.day)
        terms = next((each.terms for each in released if each.tariff == tariff), None)
        return () if terms is None else terms.corrections
