"""Write reports, procedures, specimens and conclusions of invented people."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from ehealth_ledger.commands.service import DIAGNOSTIC_PROCEDURE, LABORATORY, SERVICES
from ehealth_ledger.entrypoints.demo.commands import Actor, codings, reference
from ehealth_ledger.values.json import Json

BLOOD_COUNT = ("A34001", "Загальний аналіз крові")
ELECTROCARDIOGRAM = ("A11712", "Електрокардіографія")
UCUM = "http://unitsofmeasure.org"


def paper_referral(edrpou: str, requester: str, day: str) -> Json:
    """Write the extension that names who referred on paper."""
    return {
        "url": "eHealth/paper_referral",
        "extension": [
            {"url": "requester_edrpou", "valueString": edrpou},
            {"url": "requester_name", "valueString": requester},
            {"url": "date", "valueDate": day},
        ],
    }


def specimen(specimen_id: UUID, patient: UUID, collector: Actor, *, at: datetime) -> Json:
    """Write a Specimen: blood from the left arm."""
    return {
        "resourceType": "Specimen",
        "id": str(specimen_id),
        "status": "available",
        "type": codings("eHealth/specimen_types", "blood"),
        "subject": reference("Patient", patient),
        "collection": {
            "collector": reference("PractitionerRole", collector.employee),
            "collectedDateTime": at.isoformat(),
            "quantity": {"value": 5, "unit": "mL", "system": UCUM, "code": "mL"},
            "method": codings("eHealth/specimen_collection_methods", "venipuncture"),
            "bodySite": codings("eHealth/body_sites", "left_arm"),
        },
    }


def laboratory_report(
    report_id: UUID,
    observation_id: UUID,
    patient: UUID,
    performer: Actor,
    *,
    at: datetime,
    specimen_id: UUID | None = None,
    referral: UUID | None = None,
    paper: Json | None = None,
    haemoglobin: str = "128.0",
    in_error: bool = False,
) -> list[Json]:
    """Write a laboratory's DiagnosticReport with one Observation; the value keeps its decimals.

    `in_error` writes the same content as its cancellation repeats it.
    """
    status = "entered-in-error" if in_error else "final"
    made = (at - timedelta(hours=1)).isoformat()
    report: Json = {
        "resourceType": "DiagnosticReport",
        "id": str(report_id),
        "status": status,
        "category": [codings("eHealth/diagnostic_report_categories", LABORATORY)],
        "code": codings(SERVICES, *BLOOD_COUNT),
        "subject": reference("Patient", patient),
        "effectiveDateTime": made,
        "issued": at.isoformat(),
        "performer": [reference("PractitionerRole", performer.employee)],
        "result": [reference("Observation", observation_id)],
        "conclusion": "Показники в межах норми",
    }
    observation: Json = {
        "resourceType": "Observation",
        "id": str(observation_id),
        "status": status,
        "category": [codings("eHealth/observation_categories", "laboratory")],
        "code": codings("http://loinc.org", "718-7", "Гемоглобін"),
        "subject": reference("Patient", patient),
        "effectiveDateTime": made,
        "valueQuantity": {
            "value": Decimal(haemoglobin),
            "unit": "g/L",
            "system": UCUM,
            "code": "g/L",
        },
    }
    if referral is not None:
        report["basedOn"] = [reference("ServiceRequest", referral)]
    if paper is not None:
        report["extension"] = [paper]
    if specimen_id is not None:
        report["specimen"] = [reference("Specimen", specimen_id)]
        observation["specimen"] = reference("Specimen", specimen_id)
    return [report, observation]


def procedure(
    procedure_id: UUID,
    patient: UUID,
    performer: Actor,
    *,
    at: datetime,
    referral: UUID | None = None,
    paper: Json | None = None,
    in_error: bool = False,
) -> Json:
    """Write a Procedure: an electrocardiogram."""
    resource: Json = {
        "resourceType": "Procedure",
        "id": str(procedure_id),
        "status": "entered-in-error" if in_error else "completed",
        "category": codings("eHealth/procedure_categories", DIAGNOSTIC_PROCEDURE),
        "code": codings(SERVICES, *ELECTROCARDIOGRAM),
        "subject": reference("Patient", patient),
        "performedDateTime": at.isoformat(),
        "performer": [{"actor": reference("PractitionerRole", performer.employee)}],
        "outcome": codings("eHealth/procedure_outcomes", "successful"),
    }
    if referral is not None:
        resource["basedOn"] = [reference("ServiceRequest", referral)]
    if paper is not None:
        resource["extension"] = [paper]
    return resource


def disability(
    composition_id: UUID,
    patient: UUID,
    author: Actor,
    encounter: UUID,
    *,
    at: datetime,
    days: int = 5,
    in_error: bool = False,
) -> Json:
    """Write a Composition: a conclusion on a temporary disability of some days from today."""
    return {
        "resourceType": "Composition",
        "id": str(composition_id),
        "status": "entered-in-error" if in_error else "final",
        "type": codings("eHealth/composition_types", "TEMPORARY_DISABILITY"),
        "category": [codings("eHealth/composition_categories", "GENERAL")],
        "subject": reference("Patient", patient),
        "encounter": reference("Encounter", encounter),
        "date": at.isoformat(),
        "author": [reference("PractitionerRole", author.employee)],
        "title": "Медичний висновок про тимчасову непрацездатність",
        "custodian": reference("Organization", author.legal_entity),
        "event": [
            {
                "period": {
                    "start": at.isoformat(),
                    "end": (at + timedelta(days=days - 1)).isoformat(),
                }
            }
        ],
    }
