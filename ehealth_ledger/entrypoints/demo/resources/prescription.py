"""Write prescriptions and dispenses of invented people, as hospital and pharmacy systems would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo.resources.medication import UNIT
from ehealth_ledger.values.json import Json

ICD_10_AM: Final = "http://hl7.org/fhir/sid/icd-10-am"
BLOCK_REASONS: Final = "eHealth/medication_request_block_reasons"
REJECT_REASONS: Final = "eHealth/medication_request_reject_reasons"
DISPENSE_REASONS: Final = "eHealth/medication_dispense_reject_reasons"


def _reference(kind: str, wanted: UUID) -> Json:
    return {"reference": f"{kind}/{wanted}"}


def _within(program: UUID | None) -> list[Json]:
    if program is None:
        return []
    return [{"url": "eHealth/extensions/medical_program", "valueId": str(program)}]


def medication_request(
    prescription: UUID,
    *,
    patient: UUID,
    encounter: UUID,
    requester: UUID,
    division: UUID,
    medication: UUID,
    program: UUID | None,
    authored_on: datetime,
    first_day: date,
    days: int = 30,
    quantity: int = 60,
    diagnosis: str = "I10",
    intent: str = "order",
    **other: Any,
) -> Json:
    """Write a prescription of tablets, one twice a day."""
    at = {"url": "eHealth/extensions/division", "valueId": str(division)}
    return {
        "resourceType": "MedicationRequest",
        "id": str(prescription),
        "extension": [at, *_within(program)],
        "status": "active",
        "intent": intent,
        "medicationReference": _reference("Medication", medication),
        "subject": _reference("Patient", patient),
        "encounter": _reference("Encounter", encounter),
        "authoredOn": authored_on.isoformat(),
        "requester": _reference("PractitionerRole", requester),
        "reasonCode": [{"coding": [{"system": ICD_10_AM, "code": diagnosis}]}],
        "dosageInstruction": [{"sequence": 1, "text": "По одній таблетці двічі на день"}],
        "dispenseRequest": {
            "validityPeriod": {
                "start": first_day.isoformat(),
                "end": (first_day + timedelta(days=days - 1)).isoformat(),
            },
            "quantity": {"value": quantity, "code": UNIT},
        },
        **other,
    }


def hold(
    dispense: UUID,
    *,
    prescription: UUID,
    patient: UUID,
    code: str,
    division: UUID,
    program: UUID | None,
    medication: UUID,
    quantity: int = 60,
) -> Json:
    """Write a pharmacy's hold of a product."""
    named = {} if program is None else {"program": str(program)}
    return {
        "id": str(dispense),
        "prescription": str(prescription),
        "patient": str(patient),
        "code": code,
        "division": str(division),
        **named,
        "medication": str(medication),
        "quantity": quantity,
    }


def medication_dispense(
    dispense: UUID,
    *,
    prescription: UUID,
    patient: UUID,
    pharmacist: UUID,
    division: UUID,
    program: UUID | None,
    medication: UUID,
    handed_over: datetime,
    quantity: int = 60,
) -> Json:
    """Write what a pharmacist hands out."""
    return {
        "resourceType": "MedicationDispense",
        "id": str(dispense),
        "extension": _within(program),
        "status": "completed",
        "medicationReference": _reference("Medication", medication),
        "subject": _reference("Patient", patient),
        "performer": [{"actor": _reference("PractitionerRole", pharmacist)}],
        "location": _reference("Location", division),
        "authorizingPrescription": [_reference("MedicationRequest", prescription)],
        "quantity": {"value": quantity, "code": UNIT},
        "whenHandedOver": handed_over.isoformat(),
    }


def prices(*, quantity: int = 60, unit_price: int = 300, discount: int = 12_000) -> Json:
    """Write what a quantity sold for, kopiykas; by default the program pays 200 a tablet."""
    sold = quantity * unit_price
    return {
        "unit_price": unit_price,
        "sell_amount": sold,
        "discount_amount": discount,
        "payment_amount": sold - discount,
    }


def named(prescription: UUID, patient: UUID, **other: Any) -> Json:
    """Write what an act about a prescription names."""
    return {"prescription": str(prescription), "patient": str(patient), **other}


USUAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        BLOCK_REASONS: "under_review",
        REJECT_REASONS: "treatment_changed",
        DISPENSE_REASONS: "patient_request",
    }
)
"""The reason of each directory that an invented act gives."""


def reason(system: str) -> Json:
    """Write a coded reason."""
    return {"system": system, "code": USUAL[system]}
