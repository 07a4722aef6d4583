"""Write the discharge of an inpatient, the rules that group cases, and what a case is paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.commands.fhir.condition import ICD_10_AM
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, codings, reference
from ehealth_ledger.values.json import Json

SURGERY: Final = "surgery"  # the package, as the shipped rules name it
APPENDICITIS, PNEUMONIA, DIABETES = "K35.8", "J18.9", "E11.9"
APPENDECTOMY: Final = "30571-00"
IN_HOSPITAL: Final = ("C90001", "Лікування у стаціонарі")
WEIGHTS: Final = {"appendectomy-complicated": "1.85", "appendectomy": "1.20"}
BASE: Final = 1_350_000  # kopiykas a case of weight 1: an invented figure, as the weights are


def discharge(
    patient: UUID,
    performer: Actor,
    *,
    at: datetime,
    episode: UUID,
    diagnosis: str = APPENDICITIS,
    beside: Sequence[str] = (),
    done: Sequence[str] = (APPENDECTOMY,),
    days: int = 3,
    referral: UUID | None = None,
) -> list[Json]:
    """Write the package of a patient who goes home after some days; `beside` are comorbidities."""
    encounter, condition, observation = write.encounter_package(
        patient,
        performer,
        at=at,
        episode=episode,
        encounter_class="INPATIENT",
        diagnosis=(ICD_10_AM, diagnosis),
        referral=referral,
        service=IN_HOSPITAL,
    )
    admitted = at - timedelta(days=days, minutes=20)
    encounter["period"]["start"] = admitted.isoformat()
    encounter["type"] = [codings("eHealth/encounter_types", "discharge")]
    department = codings("eHealth/encounter_discharge_department", "surgery")
    encounter["hospitalization"] = {
        "admitSource": codings("eHealth/encounter_admit_source", "3"),
        "dischargeDisposition": codings("eHealth/encounter_discharge_disposition", "1"),
        "extension": [
            {"url": "eHealth/extensions/discharge_department", "valueCodeableConcept": department}
        ],
    }
    others = []
    for rank, code in enumerate(beside, start=1):
        other = uuid4()
        others.append({**condition, "id": str(other), "code": codings(ICD_10_AM, code)})
        encounter["diagnosis"].append(
            {
                "condition": reference("Condition", other),
                "use": codings("eHealth/diagnosis_roles", "comorbidity"),
                "rank": rank,
            }
        )
    procedures = [
        {
            "resourceType": "Procedure",
            "id": str(uuid4()),
            "status": "completed",
            "code": codings(write.SERVICE_SYSTEM, code),
            "subject": reference("Patient", patient),
            "encounter": reference("Encounter", UUID(encounter["id"])),
            "performedDateTime": (admitted + timedelta(minutes=10)).isoformat(),
            "performer": [{"actor": reference("PractitionerRole", performer.employee)}],
        }
        for code in done
    ]
    return [encounter, condition, observation, *others, *procedures]


def rules(year: int) -> Json:
    """Write the shipped example of rules, for cases that end in a year."""
    (release,) = reference_data.groupings()
    return {**release, "id": str(uuid4()), **_days_of(year)}


def case_mix(year: int, package: str = SURGERY) -> Json:
    """Write a base rate and the weights of groups, for cases that end in a year."""
    return {
        "id": str(uuid4()),
        "package": package,
        **_days_of(year),
        "order": "Наказ демонстрації № 2",
        "trust": "INF: an invented figure",
        "terms": {
            "kind": "case_mix",
            "base": BASE,
            "weights": [{"code": code, "value": value} for code, value in WEIGHTS.items()],
        },
    }


def _days_of(year: int) -> Json:
    return {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
