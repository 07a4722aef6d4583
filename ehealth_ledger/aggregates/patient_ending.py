"""Judge the end of a registration: death, and what was registered in error."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.declaration import ended_by
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import active_patient, known_patient
from ehealth_ledger.commands.patient import DeactivatePatient, MarkPatientDeceased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import PatientDeactivated, PatientDeceased


def mark_deceased(case: Case[MarkPatientDeceased]) -> list[Fact]:
    """Record a death; the patient's declaration ends in the same commit (section 2.5)."""
    acting_employee(case)
    asked = case.command.body.resource
    patient = active_patient(case, asked.patient, "$.resource.patient")
    earliest = patient.birth_date
    case.require(
        asked.died_on <= case.today and (earliest is None or asked.died_on >= earliest),
        "patient.death_date_implausible",
        "$.resource.died_on",
        expected="a day from the birth to today",
    )
    return [
        *ended_by(case, patient.id, "patient_deceased"),
        PatientDeceased(patient=patient.id, died_on=asked.died_on),
    ]


def deactivate(case: Case[DeactivatePatient]) -> list[Fact]:
    """End a registration made in error; the declaration ends in the same commit."""
    acting_employee(case)
    asked = case.command.body.resource
    patient = known_patient(case, asked.patient, "$.resource.patient")
    case.require(
        not patient.deactivated and patient.merged_into is None,
        "patient.not_active",
        "$.resource.patient",
        expected="a registration that holds",
        standing=patient.standing,
    )
    return [
        *ended_by(case, patient.id, "patient_deactivated"),
        PatientDeactivated(patient=patient.id, reason_pointer="/resource/reason"),
    ]
