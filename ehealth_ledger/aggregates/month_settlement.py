"""Judge once more a month of which a package was withheld for want of a tariff.

Everything is as it stood when the month began, but for the tariffs: those are what is published now
for that day. The charges fall into the month that is open.
"""

from __future__ import annotations

from typing import Final, assert_never

from ehealth_ledger.aggregates import capitation, global_rate
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.contract_month import DueMonth, ReckonedMonth, due_as_it_stood
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.capitation import CapitationCounted
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned
from ehealth_ledger.values.identifiers import contract_month_stream

_PERIOD: Final = "$.resource.period"


def settle(case: Case[SettleMonth]) -> list[Fact]:
    """Price what waited for a tariff; whatever still has none stays withheld."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    contract = case.get(
        Contract, asked.contract, code="contract.unknown", path="$.resource.contract"
    )
    month = case.get(
        ReckonedMonth,
        contract_month_stream(asked.contract, asked.period),
        code="contract_month.not_reckoned",
        path=_PERIOD,
    )
    due = due_as_it_stood(case, contract, asked.period, concluded_at=None)
    waiting = _waiting(month, due)
    open_still = [each for each in waiting if each not in month.settled]
    if not open_still:
        raise RuleBroken(
            "contract_month.already_settled" if waiting else "contract_month.nothing_withheld",
            _PERIOD,
            expected="a month of which a package waits for a tariff",
        )
    if due.contract.suspended:
        raise RuleBroken(
            "contract_month.contract_suspended",
            _PERIOD,
            expected="a month that began while the contract was not suspended",
        )
    settled: list[Fact]
    match month.reckoned:
        case CapitationCounted():
            settled = capitation.settle(case, due, open_still, actor.id)
        case GlobalRateReckoned():
            settled = global_rate.settle(case, due, open_still, actor.id)
        case _:
            assert_never(month.reckoned)
    if not settled:
        raise RuleBroken(
            "contract_month.still_no_tariff",
            _PERIOD,
            packages=", ".join(open_still),
            expected=f"a tariff of one of them in force on {due.billing_date}",
        )
    return settled


def _waiting(month: ReckonedMonth, due: DueMonth) -> list[str]:
    """List the packages that had no tariff when the month was reckoned.

    A month at the global rate does not name them: they may as well be paid by the act.
    """
    match month.reckoned:
        case CapitationCounted(packages=packages):
            return [each.package for each in packages if each.withheld == "no_tariff"]
        case GlobalRateReckoned(packages=packages):
            rated = {each.package for each in packages}
            return [each for each in due.contract.terms.packages if each not in rated]
        case _:
            assert_never(month.reckoned)
