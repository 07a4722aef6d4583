"""Judge what was withheld once more, by what is published now for the day of the act.

A tariff or a contract that came later prices it; the charge falls into the month that is open. A
contract that was suspended on that day pays nothing for it, whatever became of the contract since.
"""

from __future__ import annotations

from typing import Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.case_settlement import settle_case
from ehealth_ledger.aggregates.charge import Act, Charge, priced, successor_of
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.monitoring import Circumstances, watched
from ehealth_ledger.aggregates.reimbursement import priced_medicine
from ehealth_ledger.commands.charge import SettleCharge
from ehealth_ledger.commands.encounter import is_package, read_package
from ehealth_ledger.commands.fhir.condition import Condition
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
    Withheld,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ChargeId

_CHARGE: Final = "$.resource.charge"
PACKAGED: Final = ("service", "case")  # kinds of charges whose act an encounter's package may be


def settle(case: Case[SettleCharge]) -> list[Fact]:
    """Price what was withheld; whatever is still missing is named."""
    actor = acting_employee(case)
    withheld = _withheld(case, case.command.body.resource.charge)
    found = _priced(case, withheld)
    if isinstance(found, ChargeWithheld):
        raise _still_missing(found)
    settled = ChargeSettled(
        charge=withheld.charge,
        provider=withheld.provider,
        successor=found.charge,
        settled_by=actor.id,
    )
    return watched(case, [settled, found], _circumstances(case, withheld))


def _circumstances(case: Case[SettleCharge], withheld: Withheld) -> Circumstances:
    """Read of an encounter's package, again, on whom the act was done and for what.

    Nothing is known where the package went with its patient's key, or the act was no encounter. Who
    worked in which service on its day, and what else was done then, is not asked so late.
    """
    if withheld.of_kind not in PACKAGED:
        return Circumstances()
    resources = case.lookups.originals.of_act(withheld.act_position)
    if resources is None or not is_package(resources):
        return Circumstances()
    encounter, members = read_package(resources)
    primary = {each.condition.reference for each in encounter.primary_diagnoses}
    return Circumstances(
        patient=encounter.subject.reference,
        diagnoses=tuple(
            coding.code
            for each in members
            if isinstance(each, Condition) and each.id in primary
            for coding in each.code.coding
        ),
    )


def _priced(case: Case[SettleCharge], withheld: Withheld) -> ChargeAccrued | ChargeWithheld:
    if withheld.of_kind == "case" and isinstance(withheld, ChargeWithheld):
        found = settle_case(case, withheld, charge=successor_of(withheld.charge))
        if found is None:
            raise RuleBroken("patient.erased", _CHARGE, expected="an act that can be read still")
        return found
    if withheld.service is None or withheld.of_kind not in ("service", "medicine"):
        raise RuleBroken(
            "charge.settled_otherwise",
            _CHARGE,
            kind=withheld.of_kind,
            expected="a charge of a service, a medicine or a treated case",
        )
    act = Act(
        kind=withheld.of_kind,
        charge=successor_of(withheld.charge),
        position=withheld.act_position,
        provider=withheld.provider,
        performer=withheld.performer,
        service=withheld.service,
        day=withheld.day,
        unreferred=withheld.unreferred if isinstance(withheld, ChargeWithheld) else None,
    )
    if withheld.of_kind == "medicine" and isinstance(withheld, ChargeWithheld):
        return priced_medicine(case, act, withheld)
    return priced(case, act)


def _still_missing(found: ChargeWithheld) -> RuleBroken:
    match found.reason:
        case "no_tariff":
            expected = f"a tariff of {found.service or found.package} in force on {found.day}"
            return RuleBroken("charge.still_no_tariff", _CHARGE, expected=expected)
        case "no_contract":
            expected = f"a contract for {found.package} in force on {found.day}"
            return RuleBroken("charge.still_no_contract", _CHARGE, expected=expected)
        case "no_release":
            expected = f"rules of grouping in force on {found.day}"
            return RuleBroken("charge.still_no_release", _CHARGE, expected=expected)
        case "no_group":
            expected = f"a rule of grouping, in force on {found.day}, that fits the case"
            return RuleBroken("charge.still_no_group", _CHARGE, expected=expected)
        case "no_price":
            expected = "an act of which it is known what it is worth"
            if found.kind == "case":
                expected = f"a tariff of {found.package} on {found.day} that prices {found.service}"
            return RuleBroken("charge.still_no_price", _CHARGE, expected=expected)
        case _:
            assert_never(found.reason)


def _withheld(case: Case[SettleCharge], wanted: ChargeId) -> Withheld:
    """Return what is withheld still, or refuse."""
    state = case.states.get(wanted)
    match state:
        case Withheld():
            return state
        case ChargeSettled():
            raise RuleBroken(
                "charge.already_settled",
                _CHARGE,
                successor=state.successor,
                expected="a charge that is withheld still",
            )
        case ChargeWithdrawn():
            raise RuleBroken("charge.act_in_error", _CHARGE, expected="a charge whose act stands")
        case Charge():
            raise RuleBroken("charge.not_withheld", _CHARGE, expected="a charge that is withheld")
        case _:
            raise RuleBroken("charge.unknown", _CHARGE, expected="the id of a withheld charge")
