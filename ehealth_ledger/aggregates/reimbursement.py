"""Judge what the payer reimburses for a medicine: under which contract, and how much.

The packages of a reimbursement contract are the programs it pays for.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Act, Worth, charge_id, earned
from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.events.charge import ChargeFact
from ehealth_ledger.events.dispense import DispenseProcessed
from ehealth_ledger.pricing.charge import ContractInForce
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
        and not contract.suspended
        and contract.terms.kind == "REIMBURSEMENT"
        and division in contract.divisions
    )
    return bought if pays else None


def reimburse(
    case: Case[Any], handed_out: DispenseProcessed, program: MedicalProgram | None
) -> list[ChargeFact]:
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
    package, quantity = str(program.id), handed_out.quantity
    if handed_out.grant is None:
        return [act.withheld("no_price", package=package, quantity=quantity)]
    granted = handed_out.grant.amount
    if not granted:
        return []
    contract = reimbursing(
        case, act.provider, program.id, handed_out.division, handed_out.handed_over_on
    )
    if contract is None:
        return [act.withheld("no_contract", package=package, quantity=quantity, amount=granted)]
    return [earned(case, act, worth(contract, program.id, quantity, granted))]


def worth(
    contract: ContractInForce, program: MedicalProgramId, quantity: int, granted: Kopiykas
) -> Worth:
    """Say what a dispense is worth, so that quantity times price is the grant to the kopiyka."""
    base, per = per_unit(granted, quantity)
    return Worth(contract, str(program), TariffId(program), base, per, quantity)
