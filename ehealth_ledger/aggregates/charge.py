"""Price acts: what an accepted act earns, or why nothing prices it yet.

Care is never refused for money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.kept import keep
from ehealth_ledger.commands.command import Command, StaffCommand
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeFact,
    ChargeQuestioned,
    ChargeWithdrawn,
    ChargeWithheld,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.pricing.charge import Price, amount, statement_period
from ehealth_ledger.values.identifiers import ChargeId

ATTEMPT_FIRST: Final = 1
_CHARGE_NAMESPACE: Final = UUID("6f1f9c4e-5f0e-4a35-9d53-6b0e1c6f0a11")


def charge_id(act: UUID, attempt: int) -> ChargeId:
    """Derive a charge's id from its act, so that the law needs no source of ids."""
    return ChargeId(uuid5(_CHARGE_NAMESPACE, f"{act}/{attempt}"))


def accrue(
    case: Case[StaffCommand], *, act: UUID, actor: Employee, service: str, day: date
) -> ChargeFact:
    """Price the act that is this command's first fact.

    The tariff and the contract are those in force on its day.
    """
    charge = charge_id(act, ATTEMPT_FIRST)
    act_position = case.basis + 1
    tariff = case.lookups.tariffs.in_force(service, day)
    contract = (
        None
        if tariff is None
        else case.lookups.contracts.in_force(case.command.body.legal_entity, tariff.package, day)
    )
    if tariff is None or contract is None:
        return ChargeWithheld(
            charge=charge,
            act_log="records",
            act_position=act_position,
            provider=actor.legal_entity,
            performer=actor.id,
            service=service,
            day=day,
            reason="no_tariff" if tariff is None else "no_contract",
        )
    price = amount(1, Price(tariff.unit_price))
    return ChargeAccrued(
        kind="service",
        charge=charge,
        act_log="records",
        act_position=act_position,
        provider=actor.legal_entity,
        performer=actor.id,
        service=service,
        day=day,
        payer=contract.payer,
        contract=contract.contract,
        package=tariff.package,
        period=statement_period(day, is_closed=case.period_is_closed),
        attempt=ATTEMPT_FIRST,
        tariff=tariff.tariff,
        quantity=1,
        unit_price=tariff.unit_price,
        amount=price,
        postings=transfer(
            debit="expense",
            credit="accrued",
            owner=contract.payer,
            counterparty=actor.legal_entity,
            amount=price,
        ),
    )


def withdraw(case: Case[Command], act: UUID) -> list[Fact]:
    """Take back what an act earned that was entered in error; a closed period stands.

    Care is never refused for money, and neither is its correction: where the period has closed, the
    charge is questioned, for people to correct by a later line.
    """
    charge = charge_id(act, ATTEMPT_FIRST)
    accrued = case.find(ChargeAccrued, charge) or case.find(ChargeAccruedV1, charge)
    if accrued is None:
        withheld = case.find(ChargeWithheld, charge)
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


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ChargeAccruedV1: keep,
    ChargeAccrued: keep,
    ChargeWithheld: keep,
    ChargeWithdrawn: keep,
    ChargeQuestioned: keep,
}
