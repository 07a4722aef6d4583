"""Compare facts about reviews, corrections and whole months with what was signed."""

from __future__ import annotations

from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.commands.charge import AdjustCharge, ResubmitCharge, Rule, SettleCharge
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.commands.statement import ReviewStatement
from ehealth_ledger.events.charge import (
    ChargeAdjusted,
    ChargeDenied,
    ChargeResubmitted,
    ChargeSettled,
)
from ehealth_ledger.events.contract_month import ContractMonthFact
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import Reviewed


def agrees(command: Command, fact: Fact) -> bool:
    """Tell whether a fact of a review or correction says what was signed; others do."""
    said: tuple[object, ...]
    match command, fact:
        case ReviewStatement(resource=asked), Reviewed():
            said = (fact.statement, fact.digest, fact.denied)
            return said == (asked.statement, asked.digest, len(asked.denied))
        case ReviewStatement(resource=asked), ChargeDenied():
            said = (fact.statement, fact.charge, fact.reason, fact.rule, fact.rule_version)
            return said in [
                (asked.statement, each.charge, each.reason, *_rule(each.rule))
                for each in asked.denied
            ]
        case (RunCapitation() | RunGlobalRate() | SettleMonth()) as run, ContractMonthFact():
            return (fact.contract, fact.period) == (run.resource.contract, run.resource.period)
        case ResubmitCharge(resource=asked), ChargeResubmitted():
            return fact.charge == asked.charge
        case SettleCharge(resource=asked), ChargeSettled():
            return fact.charge == asked.charge
        case AdjustCharge(resource=asked), ChargeAdjusted():
            what = (fact.adjustment, fact.charge, fact.amount)
            said = (*what, fact.reason, fact.rule, fact.rule_version)
            wanted = (asked.id, asked.charge, asked.amount)
            return said == (*wanted, asked.reason, *_rule(asked.rule))
        case _:
            return True


def _rule(rule: Rule | None) -> tuple[str | None, int | None]:
    return (None, None) if rule is None else (rule.id, rule.version)
