"""Write what encounter packages hold beside encounter, condition and observation; cancel them."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.commands import Actor, codings, reference
from ehealth_ledger.values.json import Json

IN_ERROR: Final = "entered-in-error"


def everything_else(
    package: list[Json], patient_id: UUID, performer: Actor, *, at: datetime
) -> list[Json]:
    """Write one of each other member for a package of encounter, condition and observation."""
    encounter, condition, observation = package[:3]
    encounter_id = UUID(encounter["id"])
    when = at.isoformat()
    by = reference("PractitionerRole", performer.employee)
    about = reference("Patient", patient_id)
    within = reference("Encounter", encounter_id)
    context = {"url": "eHealth/extensions/encounter", "valueReference": within}
    origin = codings("eHealth/report_origins", "patient")
    specimen_id = uuid4()
    problem = reference("Condition", UUID(condition["id"]))
    finding = reference("Observation", UUID(observation["id"]))
    allergy = "http://terminology.hl7.org/CodeSystem/allergyintolerance"
    return [
        {
            "resourceType": "AllergyIntolerance",
            "id": str(uuid4()),
            "clinicalStatus": codings(f"{allergy}-clinical", "active"),
            "verificationStatus": codings(f"{allergy}-verification", "confirmed"),
            "type": "allergy",
            "category": ["medication"],
            "criticality": "high",
            "code": codings("eHealth/allergy_intolerance_codes", "default_allergy_intolerance"),
            "patient": about,
            "encounter": within,
            "recordedDate": when,
            "asserter": by,
        },
        {
            "resourceType": "Immunization",
            "id": str(uuid4()),
            "status": "completed",
            "vaccineCode": codings("eHealth/vaccine_codes", "BCG"),
            "patient": about,
            "encounter": within,
            "occurrenceDateTime": (at - timedelta(days=3_650)).isoformat(),
            "primarySource": False,
            "reportOrigin": origin,
        },
        {
            "resourceType": "MedicationStatement",
            "id": str(uuid4()),
            "extension": [
                {"url": "eHealth/extensions/report_origin", "valueCodeableConcept": origin}
            ],
            "status": "active",
            "medicationCodeableConcept": codings(
                "eHealth/medication_statement_medications", "10000001"
            ),
            "subject": about,
            "context": within,
            "dateAsserted": when,
            "reasonReference": [problem],
        },
        {
            "resourceType": "MedicationAdministration",
            "id": str(uuid4()),
            "status": "completed",
            "medicationCodeableConcept": codings(
                "eHealth/medication_statement_medications", "10000001"
            ),
            "subject": about,
            "context": within,
            "effectiveDateTime": when,
            "performer": [{"actor": by}],
        },
        {
            "resourceType": "Procedure",
            "id": str(uuid4()),
            "status": "completed",
            "code": codings("eHealth/services", "B66001"),
            "subject": about,
            "encounter": within,
            "performedDateTime": when,
            "performer": [{"actor": by}],
            "reasonReference": [problem],
        },
        {
            "resourceType": "Specimen",
            "id": str(specimen_id),
            "extension": [context],
            "status": "available",
            "type": codings("eHealth/specimen_types", "blood"),
            "subject": about,
            "collection": {"collector": by, "collectedDateTime": when},
        },
        {
            "resourceType": "DiagnosticReport",
            "id": str(uuid4()),
            "status": "final",
            "category": [codings("eHealth/diagnostic_report_categories", "108252007")],
            "code": codings("eHealth/services", "A34001"),
            "subject": about,
            "encounter": within,
            "effectiveDateTime": when,
            "issued": when,
            "performer": [by],
            "specimen": [reference("Specimen", specimen_id)],
            "result": [finding],
            "conclusion": "Без особливостей",
        },
        {
            "resourceType": "Device",
            "id": str(uuid4()),
            "extension": [
                context,
                {"url": "eHealth/extensions/asserter", "valueReference": by},
            ],
            "status": "active",
            "type": codings("eHealth/device_types", "pacemaker"),
            "patient": about,
        },
        {
            "resourceType": "ClinicalImpression",
            "id": str(uuid4()),
            "status": "completed",
            "code": codings("eHealth/clinical_impression_patient_categories", "insulin_1"),
            "subject": about,
            "encounter": within,
            "effectiveDateTime": when,
            "assessor": by,
            "problem": [problem],
            "finding": [{"itemReference": finding}],
        },
        {
            "resourceType": "RiskAssessment",
            "id": str(uuid4()),
            "status": "final",
            "code": codings("eHealth/risk_assessment_codes", "default_risk_assessment_code"),
            "subject": about,
            "encounter": within,
            "occurrenceDateTime": when,
            "performer": by,
            "basis": [problem],
        },
        {
            "resourceType": "DetectedIssue",
            "id": str(uuid4()),
            "extension": [context],
            "status": "final",
            "code": codings("eHealth/detected_issue_codes", "drug_interaction"),
            "patient": about,
            "identifiedDateTime": when,
            "author": by,
            "implicated": [problem],
        },
    ]


def cancelled(package: list[Json], *places: int) -> list[Json]:
    """Write a package again with the resources at these places entered in error."""
    restated = deepcopy(package)
    for at in places or range(len(restated)):
        resource = restated[at]
        if "verificationStatus" in resource:
            resource["verificationStatus"]["coding"][0]["code"] = IN_ERROR
            del resource["clinicalStatus"]
        else:
            resource["status"] = IN_ERROR
    return restated
