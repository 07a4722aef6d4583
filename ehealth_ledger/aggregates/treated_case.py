"""Price treated cases: by the group that the rules of the last day give, or why nothing does yet.

Care is never refused for money: without rules, group, tariff, price or contract the act stands, and
the charge is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.commands.command import Command
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeFact,
    ChargeWithheld,
    Coefficient,
    WithheldReason,
)
from ehealth_ledger.events.grouping import GroupingReleased
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import (
    ContractInForce,
    TariffInForce,
    amount,
    statement_period,
)
from ehealth_ledger.pricing.grouping import (
    CasePrice,
    Group,
    Release,
    TreatedCase,
    grouped,
    price_of,
)
from ehealth_ledger.values.identifiers import ChargeId, EmployeeId, LegalEntityId, TariffId
from ehealth_ledger.values.tariffs import CaseMixTerms

BOUGHT_BY: Final = "MEDICAL_SERVICES"


@dataclass(frozen=True, slots=True)
class CaseAct:
    """Name the record of a case, who treated it, and the day it ended."""

    position: int
    provider: LegalEntityId
    performer: EmployeeId | None
    day: date


@dataclass(frozen=True, slots=True)
class _Priced:
    group: Group
    price: CasePrice
    contract: ContractInForce


@dataclass(frozen=True, slots=True)
class _Unpriced:
    reason: WithheldReason
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class _TariffsOf:
    """Serve `pricing.grouping.CaseTariffs` for one day."""

    case: Case[Command]
    day: date

    def rate(self, package: str, group: str) -> TariffInForce | None:
        """Return the rate for each case of a group."""
        return self.case.lookups.case_tariffs.rate(package, group, self.day)

    def mix(self, package: str) -> tuple[TariffId, CaseMixTerms] | None:
        """Return the base rate of a package and the weights of its groups."""
        tariff = self.case.lookups.case_tariffs.mix(package, self.day)
        released = None if tariff is None else self.case.find(TariffReleased, tariff)
        if released is None or not isinstance(released.terms, CaseMixTerms):
            return None
        return released.tariff, released.terms


def accrue_case(
    case: Case[Command], *, act: UUID, actor: Employee, treated: TreatedCase, day: date
) -> ChargeFact:
    """Price the treated case that is this command's first fact."""
    charge = charge_id(act, ATTEMPT_FIRST)
    about = CaseAct(case.basis + 1, actor.legal_entity, actor.id, day)
    found = _judged(case, about, treated)
    if isinstance(found, _Priced):
        return _accrued(case, charge, about, found)
    return ChargeWithheld(
        kind="case",
        charge=charge,
        act_log="records",
        act_position=about.position,
        provider=about.provider,
        performer=about.performer,
        service=None if found.group is None else found.group.service,
        package=None if found.group is None else found.group.package,
        day=day,
        reason=found.reason,
    )


def settle_case(
    case: Case[Command], withheld: ChargeWithheld, *, treated: TreatedCase, charge: ChargeId
) -> ChargeAccrued | None:
    """Price a withheld case by what is in force now for its day; None where nothing prices it yet.

    The rules are asked again, so that a release that came later can give another group. `charge` is
    the id under which it accrues.
    """
    about = CaseAct(withheld.act_position, withheld.provider, withheld.performer, withheld.day)
    found = _judged(case, about, treated)
    return _accrued(case, charge, about, found) if isinstance(found, _Priced) else None


def _judged(case: Case[Command], about: CaseAct, treated: TreatedCase) -> _Priced | _Unpriced:
    wanted = case.lookups.groupings.in_force(about.day)
    released = None if wanted is None else case.find(GroupingReleased, wanted)
    if released is None:
        return _Unpriced("no_release")
    group = grouped(treated, Release(released.version, released.rules))
    if group is None:
        return _Unpriced("no_group")
    price = price_of(group, _TariffsOf(case, about.day))
    if not isinstance(price, CasePrice):
        return _Unpriced(price, group)
    contract = case.lookups.contracts.in_force(about.provider, group.package, about.day)
    if contract is None or contract.kind != BOUGHT_BY:
        return _Unpriced("no_contract", group)
    return _Priced(group, price, contract)


def _accrued(
    case: Case[Command], charge: ChargeId, about: CaseAct, found: _Priced
) -> ChargeAccrued:
    group, price, contract = found.group, found.price, found.contract
    worth = amount(1, price.of(group))
    return ChargeAccrued(
        kind="case",
        charge=charge,
        act_log="records",
        act_position=about.position,
        provider=about.provider,
        performer=about.performer,
        service=group.service,
        day=about.day,
        payer=contract.payer,
        contract=contract.contract,
        package=group.package,
        period=statement_period(about.day, is_closed=case.period_is_closed),
        attempt=ATTEMPT_FIRST,
        tariff=price.tariff,
        quantity=1,
        unit_price=price.base,
        coefficients=_coefficients(group, price),
        amount=worth,
        postings=transfer(
            debit="expense",
            credit="accrued",
            owner=contract.payer,
            counterparty=about.provider,
            amount=worth,
        ),
    )


def _coefficients(group: Group, price: CasePrice) -> tuple[Coefficient, ...]:
    """Carry the weight with its group and the tariff that names it."""
    if price.weight is None:
        return ()
    return (Coefficient(code=group.code, value=price.weight, tariff=price.tariff),)
