"""Judge holds: what a pharmacy may set aside for a patient, and how much (rules 58 to 60)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.dispense.let_go import let_go_overdue
from ehealth_ledger.aggregates.dispense.pharmacy import (
    require_contract,
    require_licence,
    require_pharmacy,
    require_provision,
)
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.medical_program import program_in_force
from ehealth_ledger.aggregates.medication import product_in_force
from ehealth_ledger.aggregates.patient import patient_at_counter
from ehealth_ledger.aggregates.prescription.named import prescription_of, require_active
from ehealth_ledger.aggregates.prescription.state import Prescription
from ehealth_ledger.commands.dispense import Hold, ReserveDispense
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.dispense import DispenseReserved
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.parameters.dispense import HOLD_MINUTES
from ehealth_ledger.values.programs import CHANGE_ALLOWED, MULTI_DISPENSE
from ehealth_ledger.values.time import microseconds

_PRESCRIPTION: Final = "$.resource.prescription"


def reserve(case: Case[ReserveDispense]) -> list[Fact]:
    """Hold a quantity of a product; holds that have expired end first, in the same commit."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    named = prescription_of(case, asked.prescription, asked.patient)
    _require_code(case, asked)
    with case.part():
        patient_at_counter(case, asked.patient, "$.resource.patient")
    prescription, expired = let_go_overdue(named, case.now_us)
    _require_dispensable(case, prescription)
    with case.part():
        require_pharmacy(case, actor, asked.division, path="$.resource.division")
    require_licence(case, case.command.body.legal_entity)
    with case.part():
        _require_program(case, asked, prescription)
    with case.part():
        _require_product(case, asked, prescription)
    case.require(
        asked.quantity <= prescription.remaining,
        "dispense.exceeds_prescribed",
        "$.resource.quantity",
        expected=f"at most {prescription.remaining}",
    )
    expires_at = microseconds(case.now + timedelta(minutes=case.number(HOLD_MINUTES)))
    due = prescription.next_expiry
    return [
        *expired,
        DispenseReserved(
            prescription=prescription.id,
            patient=prescription.patient,
            dispense=asked.id,
            next_expiry=expires_at if due is None else min(due, expires_at),
            employee=actor.id,
            legal_entity=actor.legal_entity,
            division=asked.division,
            medication=asked.medication,
            quantity=asked.quantity,
            program=asked.program,
            reserved_on=case.today,
            expires_at=expires_at,
        ),
    ]


def _require_code(case: Case[ReserveDispense], asked: Hold) -> None:
    """Require the code the patient was given, before anything else is told (rule 58)."""
    if asked.code != case.lookups.prescriptions.code_of(asked.prescription):
        raise RuleBroken(
            "dispense.code_mismatch", "$.resource.code", expected="the code the patient was given"
        )


def _require_dispensable(case: Case[ReserveDispense], prescription: Prescription) -> None:
    """Require an active, unblocked order, today, of which nothing else is live (rule 58)."""
    require_active(case, prescription)
    case.require(
        not prescription.blocked(case.now_us),
        "prescription.is_blocked",
        _PRESCRIPTION,
        expected="a prescription that is not blocked",
    )
    case.require(
        prescription.intent == "order", "dispense.not_an_order", _PRESCRIPTION, expected="order"
    )
    first, last = prescription.dispensed_from, prescription.dispensed_to
    case.require(
        first <= case.today <= last,
        "dispense.outside_days",
        _PRESCRIPTION,
        expected=f"a day from {first} to {last}",
    )
    case.require(
        MULTI_DISPENSE in prescription.settings or not prescription.live,
        "dispense.other_live",
        _PRESCRIPTION,
        expected="a prescription of which nothing is held or was handed out",
    )


def _require_program(case: Case[ReserveDispense], asked: Hold, prescription: Prescription) -> None:
    """Require the prescription's program, unless it lets change, provided here (59, 60, 62)."""
    path = "$.resource.program"
    may_change = prescription.program is not None and CHANGE_ALLOWED in prescription.settings
    case.require(
        asked.program == prescription.program or (may_change and asked.program is not None),
        "dispense.other_program",
        path,
        expected=prescription.program or "no program",
    )
    if asked.program is None:
        return
    program = program_in_force(case, asked.program, kind="MEDICATION", day=case.today, path=path)
    require_provision(case, program.id, asked.division, path="$.resource.division")
    require_contract(case, program, asked.division, path="$.resource.division")
    case.require(
        program.product(asked.medication, case.today) is not None,
        "dispense.medication_not_in_program",
        "$.resource.medication",
        expected="a product that takes part in the program",
    )


def _require_product(case: Case[ReserveDispense], asked: Hold, prescription: Prescription) -> None:
    """Require a product of the prescribed INNM dosage, in its least parts (rule 60)."""
    path = "$.resource.medication"
    product = product_in_force(case, asked.medication, path=path)
    case.require(
        product.generic == prescription.medication,
        "dispense.other_medication",
        path,
        expected=f"a product of {prescription.medication}",
    )
    case.require(
        asked.quantity % product.package_minimum == 0,
        "dispense.quantity_not_packable",
        "$.resource.quantity",
        expected=f"a multiple of {product.package_minimum}",
    )
