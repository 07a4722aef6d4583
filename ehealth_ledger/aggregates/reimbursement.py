"""Judge what the payer reimburses for a medicine: under which contract, and how much.

The packages of a reimbursement contract are the programs it pays for.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Act, Worth, charge_id, earned
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.dispense import DispenseProcessed
from ehealth_ledger.pricing.charge import ContractInForce, Price
from ehealth_ledger.pricing.reimbursement import per_unit
from ehealth_ledger.values.identifiers import (
    DivisionId,
    LegalEntityId,
    MedicalProgramId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.programs import PAYER_FUNDED
from ehealth_ledger.values.reimbursement import product_code


def reimbursing(
    case: Case[Any],
    provider: LegalEntityId,
    program: MedicalProgramId,
    division: DivisionId,
    day: date,
) -> ContractInForce | None:
    """Return the pharmacy's contract that pays for a program in a division on a day.

    One that is suspended, has not begun or is over is none.
    """
    bought = case.lookups.contracts.in_force(provider, str(program), day)
    contract = None if bought is None else case.find(Contract, bought.contract)
    pays = (
        contract is not None
        and contract.terms.kind == "REIMBURSEMENT"
        and division in contract.on(day).divisions
    )
    return bought if pays else None


def reimburse(
    case: Case[Any], handed_out: DispenseProcessed, program: MedicalProgram | None
) -> list[ChargeAccrued | ChargeWithheld]:
    """Charge the payer for the dispense that is this command's first fact, where it funds it.

    The grant is the price, and its program stands in the place of a tariff: the terms of that day
    are the program's. What comes to no kopiyka is owed by nobody.
    """
    if program is None or program.funding_source != PAYER_FUNDED:
        return []
    act = Act(
        kind="medicine",
        charge=charge_id(handed_out.dispense, ATTEMPT_FIRST),
        position=case.basis + 1,
        provider=case.command.body.legal_entity,
        performer=handed_out.employee,
        service=product_code(handed_out.medication),
        day=handed_out.handed_over_on,
    )
    grant = handed_out.grant
    return _owed(
        case,
        act,
        program.id,
        handed_out.division,
        quantity=handed_out.quantity,
        granted=None if grant is None else grant.amount,
    )


def priced_medicine(
    case: Case[Any], act: Act, withheld: ChargeWithheld
) -> ChargeAccrued | ChargeWithheld:
    """Charge what was withheld for want of a contract, where there is one for its day now."""
    program, division, quantity = withheld.package, withheld.division, withheld.quantity
    if program is None or division is None or quantity is None:
        return act.withheld("no_price")  # it names none of what a contract is found by
    owed = _owed(
        case,
        act,
        MedicalProgramId(UUID(program)),
        division,
        quantity=quantity,
        granted=withheld.amount,
    )
    return owed[0] if owed else act.withheld("no_price")


def _owed(
    case: Case[Any],
    act: Act,
    program: MedicalProgramId,
    division: DivisionId,
    *,
    quantity: int,
    granted: Kopiykas | None,
) -> list[ChargeAccrued | ChargeWithheld]:
    """Charge a grant under the contract of its day, or say what is missing; zero is no charge."""
    known = {"package": str(program), "division": division, "quantity": quantity}
    if granted is None:
        return [act.withheld("no_price", **known)]
    if not granted:
        return []
    contract = reimbursing(case, act.provider, program, division, act.day)
    if contract is None:
        return [act.withheld("no_contract", amount=granted, **known)]
    base, per = per_unit(granted, quantity)
    owed = Worth(contract, str(program), TariffId(program), Price(base, per), quantity)
    return [earned(case, act, owed)]
