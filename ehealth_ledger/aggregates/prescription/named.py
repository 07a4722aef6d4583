"""Find the prescription that a command names."""

from __future__ import annotations

from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.prescription.state import Prescription, Status
from ehealth_ledger.commands.fhir.elements import Coding, coded
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


def require_reason(case: Case[Any], reason: Coding) -> str:
    """Refuse a reason that its directory does not list; return it as `system|code` (rule 38)."""
    case.require_code(reason.system, reason.code, case.today, "$.resource.reason.code")
    return coded(reason)


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
