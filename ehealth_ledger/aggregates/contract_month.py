"""Judge whether a contract's month can be reckoned, and charge what it comes to.

What stood in the log when the month's first day began in Kyiv is what counts: the run may come
weeks later and finds the same. A contract concluded after that moment for earlier days counts with
the terms of its conclusion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Act, Worth, accrued, charge_id
from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.system import acting_system
from ehealth_ledger.events.capitation import CapitationCounted, CapitationSettled
from ehealth_ledger.events.charge import ChargeAccrued, ChargeKind
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned, GlobalRateSettled
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce, Price, statement_period
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import EmployeeId, contract_month_stream
from ehealth_ledger.values.tariffs import subject_of
from ehealth_ledger.values.time import Month, day_begins, first_day


@dataclass(frozen=True, slots=True)
class DueMonth:
    """Hold a contract as it stood when a month began; `began` is microseconds UTC."""

    contract: Contract
    period: Month
    billing_date: date
    began: int

    @property
    def stream(self) -> UUID:
        """Name the stream of what the month comes to."""
        return contract_month_stream(self.contract.id, self.period)

    @property
    def named(self) -> dict[str, Any]:
        """Return what every fact about the month says of whose it is."""
        return {
            "contract": self.contract.id,
            "provider": self.contract.provider,
            "payer": self.contract.payer,
            "period": self.period,
            "billing_date": self.billing_date,
        }


def due_month(case: Case[Any], kind: ContractKind) -> DueMonth:
    """Return the month that a command of the system asks to reckon, or refuse."""
    reason = acting_system(case)
    asked = case.command.body.resource
    billing_date = first_day(asked.period)
    began = day_begins(billing_date)
    case.require(
        began <= case.now_us,
        "contract_month.not_due",
        "$.resource.period",
        expected="a month that has begun",
    )
    contract = case.get(
        Contract, asked.contract, code="contract.unknown", path="$.resource.contract"
    )
    case.require(
        contract.terms.kind == kind,
        "contract_month.other_kind",
        "$.resource.contract",
        kind=contract.terms.kind,
        expected=f"a contract of the kind {kind}",
    )
    case.require(
        contract.terms.first_day <= billing_date <= contract.terms.last_day,
        "contract_month.not_covered",
        "$.resource.period",
        expected=f"a month that begins from {contract.terms.first_day} "
        f"to {contract.terms.last_day}",
    )
    case.require(
        case.find(object, contract_month_stream(asked.contract, asked.period)) is None,
        "contract_month.already_reckoned",
        "$.resource.period",
        expected="a month that is not reckoned yet",
    )
    return due_as_it_stood(case, contract, asked.period, concluded_at=reason.position)


def due_as_it_stood(
    case: Case[Any], contract: Contract, period: Month, *, concluded_at: int | None
) -> DueMonth:
    """Return a month with its contract as that stood when the month began: the terms of that day.

    An amendment that is recorded later changes nothing of it, from whichever day it counts.
    """
    billing_date = first_day(period)
    began = day_begins(billing_date)
    stood = case.lookups.billing.contract(contract.id, began, concluded_at)
    return DueMonth((stood or contract).on(billing_date), period, billing_date, began)


@dataclass(frozen=True, slots=True)
class ReckonedMonth:
    """Hold what a contract's month came to, and which packages were settled since."""

    reckoned: CapitationCounted | GlobalRateReckoned
    settled: frozenset[str] = frozenset()


AnyMonthFact = CapitationCounted | GlobalRateReckoned | CapitationSettled | GlobalRateSettled


def evolve(state: ReckonedMonth | None, fact: AnyMonthFact) -> ReckonedMonth | None:
    """Take in what a month came to; never refuses a fact."""
    if isinstance(fact, CapitationCounted | GlobalRateReckoned):
        return ReckonedMonth(fact)
    if state is None:
        return None
    packages = {each.package for each in fact.packages}
    return replace(state, settled=state.settled | packages)


def charged(
    case: Case[Any],
    due: DueMonth,
    tariff: TariffReleased,
    *,
    kind: ChargeKind,
    what: str,
    quantity: int,
    price: Price,
    performer: EmployeeId | None = None,
    acts: tuple[int, ...] = (),
    band: str | None = None,
    mountain: bool | None = None,
) -> ChargeAccrued:
    """Charge a part of a month; the command's first fact is the act, `what` tells parts apart."""
    contract = due.contract
    act = Act(
        kind=kind,
        charge=charge_id(uuid5(due.stream, f"{tariff.package} {what}"), ATTEMPT_FIRST),
        position=case.basis + 1,
        provider=contract.provider,
        performer=performer,
        service=subject_of(tariff.package, tariff.terms),
        day=due.billing_date,
    )
    bought = ContractInForce(contract.id, contract.payer, contract.terms.kind)
    return accrued(
        act,
        Worth(bought, tariff.package, tariff.tariff, price, quantity),
        period=statement_period(due.billing_date, is_closed=case.period_is_closed),
        acts=acts,
        band=band,
        mountain=mountain,
    )


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = dict.fromkeys(
    (CapitationCounted, GlobalRateReckoned, CapitationSettled, GlobalRateSettled), evolve
)
