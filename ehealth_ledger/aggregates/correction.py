"""Judge corrections: a denied charge claimed again, a line of a closed month adjusted later.

A closed month is never rewritten (design section 7): both become lines of a month that is open.
"""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import Charge, successor_of
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.monitoring import Circumstances, require_rule, watched
from ehealth_ledger.aggregates.statement import Statement
from ehealth_ledger.commands.charge import DENIAL_REASONS, AdjustCharge, ResubmitCharge
from ehealth_ledger.events.charge import ChargeAdjusted, ChargeResubmitted
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.pricing.charge import statement_period
from ehealth_ledger.values.identifiers import ChargeId, StatementId
from ehealth_ledger.values.parameters.charge import ATTEMPTS_MAX

_CHARGE: Final = "$.resource.charge"


def resubmit(case: Case[ResubmitCharge]) -> list[Fact]:
    """Claim a denied act again, at the price it had; it falls into the month that is open."""
    actor = acting_employee(case)
    denied = _charge(case, case.command.body.resource.charge)
    accrued = denied.accrued
    case.require(
        accrued.provider == actor.legal_entity,
        "charge.not_yours",
        _CHARGE,
        expected="a charge of the acting institution",
    )
    case.require(
        denied.denied, "charge.not_denied", _CHARGE, expected="a charge that the payer denied"
    )
    case.require(
        denied.successor is None,
        "charge.already_resubmitted",
        _CHARGE,
        successor=denied.successor,
        expected="a charge that was not claimed again",
    )
    case.require(
        not denied.questioned,
        "charge.act_in_error",
        _CHARGE,
        expected="a charge whose act stands",
    )
    attempts_max = case.number(ATTEMPTS_MAX)
    case.require(
        accrued.attempt < attempts_max,
        "charge.attempts_exhausted",
        _CHARGE,
        attempts_max=attempts_max,
        expected=f"an act claimed less than {attempts_max} times",
    )
    attempt = accrued.attempt + 1
    successor = successor_of(accrued.charge)
    again = accrued.model_copy(
        update={
            "charge": successor,
            "attempt": attempt,
            "period": statement_period(accrued.day, is_closed=case.period_is_closed),
        }
    )
    resubmitted = ChargeResubmitted(
        charge=accrued.charge,
        provider=accrued.provider,
        successor=successor,
        resubmitted_by=actor.id,
    )
    # What the rules found of the act stands beside its first attempt; the month is another one.
    return watched(case, [resubmitted, again], Circumstances())


def adjust(case: Case[AdjustCharge]) -> list[Fact]:
    """Correct an accepted line by a line of the open month, never below what was charged.

    Before its statement is accepted, the payer denies the line instead: whole, so that what was
    corrected beforehand would be taken back twice.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require_code(DENIAL_REASONS, asked.reason, case.today, "$.resource.reason")
    require_rule(case, asked.rule, "$.resource.rule")
    case.require(
        asked.amount != 0,
        "charge.adjustment_is_zero",
        "$.resource.amount",
        expected="an amount above or below zero",
    )
    corrected = _charge(case, asked.charge)
    accrued = corrected.accrued
    case.require(
        not corrected.denied, "charge.is_denied", _CHARGE, expected="a charge that was not denied"
    )
    stated = case.lookups.charges.stated(accrued.charge)
    case.require(
        stated is not None and not corrected.withdrawn,
        "charge.not_stated",
        _CHARGE,
        expected="a charge that a statement holds",
    )
    if stated is not None:
        _require_accepted(case, stated.statement)
    left = accrued.amount + corrected.adjusted
    case.require(
        left + asked.amount >= 0,
        "charge.adjustment_exceeds",
        "$.resource.amount",
        remaining=left,
        expected=f"{-left} or more",
    )
    period = statement_period(accrued.day, is_closed=case.period_is_closed)
    if stated is None:  # collected above
        return []
    return [
        ChargeAdjusted(
            adjustment=asked.id,
            charge=accrued.charge,
            provider=accrued.provider,
            payer=actor.legal_entity,
            statement=stated.statement,
            line=stated.position,
            act_position=accrued.act_position,
            contract=accrued.contract,
            package=accrued.package,
            period=period,
            amount=asked.amount,
            reason=asked.reason,
            rule=None if asked.rule is None else asked.rule.id,
            rule_version=None if asked.rule is None else asked.rule.version,
            postings=transfer(
                debit="expense",
                credit="accrued",
                owner=actor.legal_entity,
                counterparty=accrued.provider,
                amount=asked.amount,
            ),
        )
    ]


def _require_accepted(case: Case[AdjustCharge], holder: StatementId) -> None:
    statement = case.find(Statement, holder)
    case.require(
        statement is not None and statement.is_accepted,
        "charge.not_accepted",
        _CHARGE,
        statement=holder,
        expected="a charge of a statement that its payer accepted",
    )


def _charge(case: Case[ResubmitCharge] | Case[AdjustCharge], wanted: ChargeId) -> Charge:
    return case.get(Charge, wanted, code="charge.unknown", path=_CHARGE)
