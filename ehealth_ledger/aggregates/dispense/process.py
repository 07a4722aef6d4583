"""Judge what is handed out: as it was held, at a price the program grants (rules 60 to 63)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.dispense.let_go import held_dispense
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.medical_program import MedicalProgram, program_in_force
from ehealth_ledger.aggregates.medication import Medication
from ehealth_ledger.aggregates.monitoring import Circumstances, watched
from ehealth_ledger.aggregates.prescription.named import prescription_of, require_active
from ehealth_ledger.aggregates.prescription.state import (
    Dispense,
    DispenseStatus,
    Prescription,
)
from ehealth_ledger.aggregates.reimbursement import reimburse
from ehealth_ledger.commands.dispense import Prices, ProcessDispense
from ehealth_ledger.events.dispense import DispenseGrant, DispensePrices, DispenseProcessed
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.prescription import PrescriptionCompleted
from ehealth_ledger.pricing.reimbursement import discount_bounds, granted, payable
from ehealth_ledger.values.parameters.dispense import (
    DEVIATION_PERCENT,
    PRICED_FUNDING_SOURCES,
    TOLERANCE_KOPIYKAS,
)
from ehealth_ledger.values.programs import PACK_CODE_REQUIRED, SKIP_DISPENSE_SIGN
from ehealth_ledger.values.time import kyiv_day

_PRESCRIPTION: Final = "$.resource.authorizingPrescription[0].reference"
_QUANTITY: Final = "$.resource.quantity.value"


def process(case: Case[ProcessDispense]) -> list[Fact]:
    """Hand out what was held, or less of it; the last of the prescribed units completes."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    prescription = prescription_of(
        case,
        asked.prescription,
        asked.subject.reference,
        path=_PRESCRIPTION,
        patient_path="$.resource.subject.reference",
    )
    require_active(case, prescription, _PRESCRIPTION)
    case.require(
        not prescription.blocked(case.now_us),
        "prescription.is_blocked",
        _PRESCRIPTION,
        expected="a prescription that is not blocked",
    )
    dispense = held_dispense(case, prescription, asked.id, actor.legal_entity, path="$.resource.id")
    _require_performer(case, actor, prescription)
    _require_as_held(case, dispense)
    _require_time(case, dispense)
    program: MedicalProgram | None = None
    grant: DispenseGrant | None = None
    if dispense.program is not None:
        with case.part():
            program = program_in_force(
                case,
                dispense.program,
                kind="MEDICATION",
                day=dispense.reserved_on,
                path="$.resource.extension",
            )
            grant = _granted(case, program, dispense)
            _require_pack_codes(case, program)
    _require_sums(case)
    return _handed_out(case, actor, prescription, dispense, program, grant)


def _require_performer(
    case: Case[ProcessDispense], actor: Employee, prescription: Prescription
) -> None:
    """Require that the pharmacist who hands out signs.

    Where the program skips that signature a colleague of the same pharmacy signs: the ledger takes
    no act that nobody signed.
    """
    path = "$.resource.performer[0].actor.reference"
    performer = case.command.body.resource.performer[0].actor.reference
    if SKIP_DISPENSE_SIGN in prescription.settings:
        person = case.find(Employee, performer)
        case.require(
            person is not None
            and person.legal_entity == actor.legal_entity
            and person.type == "PHARMACIST",
            "dispense.performer_not_signer",
            path,
            expected="a pharmacist of the pharmacy",
        )
        return
    case.require(
        performer == actor.id,
        "dispense.performer_not_signer",
        path,
        expected=f"PractitionerRole/{actor.id}",
    )


def _require_as_held(case: Case[ProcessDispense], dispense: Dispense) -> None:
    """Require product, place and program as they were held, and no more of it (rule 60)."""
    asked = case.command.body.resource
    product, place = asked.medication_reference.reference, asked.location.reference
    held = (
        ("medicationReference.reference", product, dispense.medication),
        ("location.reference", place, dispense.division),
        ("extension", asked.program, dispense.program),
    )
    for field, given, expected in held:
        case.require(
            given == expected,
            "dispense.differs_from_hold",
            f"$.resource.{field}",
            expected=expected or "no program",
        )
    case.require(
        asked.quantity.value <= dispense.quantity,
        "dispense.exceeds_prescribed",
        _QUANTITY,
        expected=f"at most {dispense.quantity}, which is held",
    )
    medication = case.get(
        Medication,
        dispense.medication,
        code="medication.unknown",
        path="$.resource.medicationReference.reference",
    )
    case.require(
        asked.quantity.code == medication.unit,
        "prescription.unit_differs",
        "$.resource.quantity.code",
        expected=medication.unit,
    )
    case.require(
        asked.quantity.value % medication.package_minimum == 0,
        "dispense.quantity_not_packable",
        _QUANTITY,
        expected=f"a multiple of {medication.package_minimum}",
    )


def _require_time(case: Case[ProcessDispense], dispense: Dispense) -> None:
    """Require that it is handed out while it is held."""
    handed_over = case.command.body.resource.when_handed_over
    path = "$.resource.whenHandedOver"
    case.require(
        handed_over <= case.now,
        "dispense.handed_over_in_future",
        path,
        expected=f"{case.now.isoformat()} or earlier",
    )
    case.require(
        kyiv_day(handed_over) >= dispense.reserved_on,
        "dispense.outside_days",
        path,
        expected=f"{dispense.reserved_on} or later",
    )


def _require_pack_codes(case: Case[ProcessDispense], program: MedicalProgram) -> None:
    """Require the code on each package where the program asks for it (rule 63)."""
    case.require(
        PACK_CODE_REQUIRED not in program.settings or bool(case.command.body.resource.pack_codes),
        "dispense.pack_code_missing",
        "$.resource.extension",
        expected="the code on each package",
    )


def _require_sums(case: Case[ProcessDispense]) -> None:
    """Require that prices, rounded to kopiykas, agree, and that the patient pays the rest."""
    prices = case.command.body.prices
    if prices is None:
        return
    quantity = case.command.body.resource.quantity.value
    rounded = abs(prices.unit_price * quantity - prices.sell_amount)
    case.require(
        2 * rounded <= quantity,  # half a kopiyka a unit
        "dispense.sell_amount_mismatch",
        "$.prices.sell_amount",
        expected=f"{prices.unit_price * quantity}, give or take half a kopiyka a unit",
    )
    left = prices.sell_amount - prices.discount_amount
    case.require(
        prices.payment_amount == left,
        "dispense.payment_mismatch",
        "$.prices.payment_amount",
        expected=left,
    )


def _granted(
    case: Case[ProcessDispense], program: MedicalProgram, dispense: Dispense
) -> DispenseGrant | None:
    """Return what the program pays; its discount stands within its bounds (rules 61 and 63)."""
    prices = case.command.body.prices
    part = program.product(dispense.medication, dispense.reserved_on)
    if part is None:
        case.refuse(
            "dispense.medication_not_in_program",
            "$.resource.medicationReference.reference",
            expected="a product that takes part in the program",
        )
        return None
    if prices is None:
        case.require(
            program.funding_source not in case.texts(PRICED_FUNDING_SOURCES),
            "dispense.prices_missing",
            "$.prices",
            expected="the prices of the dispense",
        )
        return None
    amount = granted(
        part.reimbursement,
        package_quantity=part.package_quantity,
        quantity=case.command.body.resource.quantity.value,
        sell_amount=prices.sell_amount,
    )
    least, most = discount_bounds(
        amount,
        tolerance_kopiykas=case.number(TOLERANCE_KOPIYKAS),
        deviation_percent=case.number(DEVIATION_PERCENT),
    )
    case.require(
        least <= prices.discount_amount <= most,
        "dispense.discount_out_of_bounds",
        "$.prices.discount_amount",
        expected=f"from {least} to {most}",
    )
    return DispenseGrant(
        program=program.id,
        funding_source=program.funding_source,
        reimbursement=part.reimbursement,
        package_quantity=part.package_quantity,
        amount=payable(amount),
    )


def _handed_out(
    case: Case[ProcessDispense],
    actor: Employee,
    prescription: Prescription,
    dispense: Dispense,
    program: MedicalProgram | None,
    grant: DispenseGrant | None,
) -> list[Fact]:
    asked = case.command.body.resource
    quantity = asked.quantity.value
    after = prescription.settled(dispense.id, DispenseStatus.PROCESSED, quantity=quantity)
    processed = DispenseProcessed(
        prescription=prescription.id,
        patient=prescription.patient,
        dispense=dispense.id,
        next_expiry=after.next_expiry,
        employee=asked.performer[0].actor.reference,
        legal_entity=actor.legal_entity,
        division=dispense.division,
        medication=dispense.medication,
        quantity=quantity,
        handed_over_on=kyiv_day(asked.when_handed_over),
        prices=_prices(case.command.body.prices),
        grant=grant,
        resource_pointer="/resource",
    )
    charged = watched(
        case,
        [*reimburse(case, processed, program)],
        Circumstances(patient=prescription.patient),
    )
    if after.handed_out < prescription.quantity:
        return [processed, *charged]
    completed = PrescriptionCompleted(prescription=prescription.id, patient=prescription.patient)
    return [processed, completed, *charged]


def _prices(prices: Prices | None) -> DispensePrices | None:
    if prices is None:
        return None
    return DispensePrices(
        unit_price=prices.unit_price,
        sell_amount=prices.sell_amount,
        discount_amount=prices.discount_amount,
        payment_amount=prices.payment_amount,
    )
