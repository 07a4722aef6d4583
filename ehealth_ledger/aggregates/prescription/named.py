"""Find the prescription that a command names."""

from __future__ import annotations

from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.prescription.state import Prescription, Status
from ehealth_ledger.values.identifiers import PatientId, PrescriptionId


def prescription_of(
    case: Case[Any],
    wanted: PrescriptionId,
    patient: PatientId,
    *,
    path: str = "$.resource.prescription",
    patient_path: str = "$.resource.patient",
) -> Prescription:
    """Return a prescription of a patient, or refuse."""
    prescription = case.get(Prescription, wanted, code="prescription.unknown", path=path)
    case.require(
        prescription.patient == patient,
        "prescription.of_other_patient",
        patient_path,
        expected="the prescription's patient",
    )
    return prescription


def require_active(
    case: Case[Any], prescription: Prescription, path: str = "$.resource.prescription"
) -> bool:
    """Refuse a prescription that has come to its end."""
    return case.require(
        prescription.status is Status.ACTIVE,
        "prescription.not_active",
        path,
        expected=Status.ACTIVE.value,
        status=prescription.status.value,
    )
