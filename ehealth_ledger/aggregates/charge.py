"""Price acts: what an accepted act earns, or why nothing prices it yet.

Care is never refused for money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.kept import keep
from ehealth_ledger.commands.command import Command, StaffCommand
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeDenied,
    ChargeFact,
    ChargeFlagged,
    ChargeKind,
    ChargeQuestioned,
    ChargeResubmitted,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
    ChargeWithheldV1,
    Coefficient,
    Instead,
    Withheld,
    WithheldReason,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.pricing.charge import ContractInForce, Price, amount, statement_period
from ehealth_ledger.values.identifiers import ChargeId, EmployeeId, LegalEntityId, TariffId
from ehealth_ledger.values.time import Month

ATTEMPT_FIRST: Final = 1
ATTEMPTS_MAX: Final = 9  # no contract allows more; how many one does is a parameter
_CHARGE_NAMESPACE: Final = UUID("6f1f9c4e-5f0e-4a35-9d53-6b0e1c6f0a11")


def charge_id(act: UUID, attempt: int) -> ChargeId:
    """Derive a charge's id from its act, so that the law needs no source of ids."""
    return ChargeId(uuid5(_CHARGE_NAMESPACE, f"{act}/{attempt}"))


def charges_of(act: UUID) -> tuple[ChargeId, ...]:
    """List the ids that charges of an act may have, one an attempt; the first may be withheld."""
    ids = [charge_id(act, ATTEMPT_FIRST)]
    while len(ids) <= ATTEMPTS_MAX:
        ids.append(successor_of(ids[-1]))
    return tuple(ids)


def first_of(act: UUID) -> tuple[ChargeId, ...]:
    """List the ids under which an act may have its price: at once, or at last, or once more."""
    return charges_of(act)[:2]


def successor_of(charge: ChargeId) -> ChargeId:
    """Derive the id of the charge that follows one: the next attempt, or the price at last."""
    return ChargeId(uuid5(_CHARGE_NAMESPACE, f"{charge}/successor"))


@dataclass(frozen=True, slots=True)
class Charge:
    """Hold what became of a priced act; `adjusted` is the sum of its corrections, kopiykas."""

    accrued: Accrued
    denied: bool = False
    successor: ChargeId | None = None
    withdrawn: bool = False
    questioned: bool = False
    adjusted: int = 0


def evolve(state: object | None, fact: Fact) -> object | None:
    """Take in what happened to a charge; never refuses a fact."""
    if isinstance(fact, Accrued):
        return Charge(fact)
    if not isinstance(state, Charge):
        return keep(state, fact)  # withheld, or what became of one that is
    match fact:
        case ChargeDenied():
            return replace(state, denied=True)
        case ChargeResubmitted():
            return replace(state, successor=fact.successor)
        case ChargeAdjusted():
            return replace(state, adjusted=state.adjusted + fact.amount)
        case ChargeWithdrawn():
            return replace(state, withdrawn=True)
        case ChargeQuestioned():
            return replace(state, questioned=True)
        case _:
            return state


@dataclass(frozen=True, slots=True)
class Act:
    """Name what was done, when and by whom, as every fact about its charge repeats it."""

    kind: ChargeKind
    charge: ChargeId
    position: int  # of its record
    provider: LegalEntityId
    performer: EmployeeId | None
    service: str  # `system|code`
    day: date
    unreferred: Instead | None = None  # where it answers no electronic referral

    def withheld(self, reason: WithheldReason, **known: Any) -> ChargeWithheld:
        """Say why nothing prices it yet, and what is known of its worth."""
        return ChargeWithheld(
            kind=self.kind,
            charge=self.charge,
            act_log="records",
            act_position=self.position,
            provider=self.provider,
            performer=self.performer,
            service=self.service,
            day=self.day,
            reason=reason,
            unreferred=self.unreferred,
            **known,
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """Say what an act is worth under which contract: quantity times price, rounded once."""

    contract: ContractInForce
    package: str
    tariff: TariffId
    price: Price
    quantity: int = 1


def accrue(
    case: Case[StaffCommand], *, act: UUID, actor: Employee, service: str, day: date
) -> ChargeFact:
    """Price the act that is this command's first fact.

    The tariff and the contract are those in force on its day.
    """
    done = Act(
        kind="service",
        charge=charge_id(act, ATTEMPT_FIRST),
        position=case.basis + 1,
        provider=case.command.body.legal_entity,
        performer=actor.id,
        service=service,
        day=day,
    )
    return priced(case, done)


def priced(case: Case[StaffCommand], act: Act) -> ChargeAccrued | ChargeWithheld:
    """Price a service by tariff and contract in force on its day, or say what is missing."""
    tariff = case.lookups.tariffs.in_force(act.service, act.day)
    if tariff is None:
        return act.withheld("no_tariff")
    contract = case.lookups.contracts.in_force(act.provider, tariff.package, act.day)
    if contract is None:
        return act.withheld("no_contract", package=tariff.package)
    price = Price(tariff.unit_price)
    return earned(case, act, Worth(contract, tariff.package, tariff.tariff, price))


def earned(case: Case[Command], act: Act, worth: Worth) -> ChargeAccrued:
    """Accrue what an act is worth, in its month or the first open one after it."""
    period = statement_period(act.day, is_closed=case.period_is_closed)
    return accrued(act, worth, period=period)


def accrued(act: Act, worth: Worth, *, period: Month, **counted: Any) -> ChargeAccrued:
    """Write the charge of what an act is worth; `counted` says more of acts counted together."""
    price, total = worth.price, amount(worth.quantity, worth.price)
    whole = price.per == 1
    return ChargeAccrued(
        kind=act.kind,
        charge=act.charge,
        act_log="records",
        act_position=act.position,
        provider=act.provider,
        performer=act.performer,
        service=act.service,
        day=act.day,
        payer=worth.contract.payer,
        contract=worth.contract.contract,
        package=worth.package,
        period=period,
        attempt=ATTEMPT_FIRST,
        tariff=worth.tariff,
        quantity=worth.quantity,
        unit_price=price.base if whole else None,
        base=None if whole else price.base,
        per=None if whole else price.per,
        coefficients=tuple(
            Coefficient(code=code, value=value, tariff=worth.tariff)
            for code, value in price.factors
        ),
        amount=total,
        postings=transfer(
            debit="expense",
            credit="accrued",
            owner=worth.contract.payer,
            counterparty=act.provider,
            amount=total,
        ),
        unreferred=act.unreferred,
        **counted,
    )


def withdraw(case: Case[Command], act: UUID) -> list[Fact]:
    """Take back what an act earned that was entered in error; a closed period stands.

    Care is never refused for money, and neither is its correction: where the period has closed, the
    last attempt is questioned, for people to correct by a later line; nobody claims it again.
    """
    attempts = [each for each in (case.find(Charge, one) for one in charges_of(act)) if each]
    if not attempts:
        charge = charge_id(act, ATTEMPT_FIRST)
        withheld = case.find(Withheld, charge)
        if withheld is None:
            return []
        return [
            ChargeWithdrawn(
                charge=charge,
                act_log="records",
                act_position=withheld.act_position,
                reason="act_in_error",
            )
        ]
    last = attempts[-1]
    if last.withdrawn:
        return []
    accrued, charge = last.accrued, last.accrued.charge
    if case.period_is_closed(accrued.period):
        return [
            ChargeQuestioned(
                charge=charge,
                act_log="records",
                act_position=accrued.act_position,
                reason="act_in_error",
            )
        ]
    return [
        ChargeWithdrawn(
            charge=charge,
            act_log="records",
            act_position=accrued.act_position,
            reason="act_in_error",
            contract=accrued.contract,
            package=accrued.package,
            period=accrued.period,
            postings=transfer(
                debit="accrued",
                credit="expense",
                owner=accrued.payer,
                counterparty=accrued.provider,
                amount=accrued.amount,
            ),
        )
    ]


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = dict.fromkeys(
    (
        ChargeAccruedV1,
        ChargeAccrued,
        ChargeWithheldV1,
        ChargeWithheld,
        ChargeSettled,
        ChargeFlagged,
        ChargeWithdrawn,
        ChargeQuestioned,
        ChargeDenied,
        ChargeResubmitted,
        ChargeAdjusted,
    ),
    evolve,
)
