"""Write care plans, their activities, approvals, and what is based on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo.commands import (
    CARDIOLOGIST,
    SERVICE_SYSTEM,
    Actor,
    codings,
    reference,
)
from ehealth_ledger.values.json import Json

HYPERTENSION: Final = ("http://hl7.org/fhir/sid/icd-10-am", "I10")


def care_plan(
    care_plan_id: UUID,
    patient_id: UUID,
    author: Actor,
    *,
    at: datetime,
    days: int = 180,
    diagnosis: tuple[str, str] = HYPERTENSION,
) -> Json:
    """Write a CarePlan that begins at a moment, because of one diagnosis."""
    system, code = diagnosis
    return {
        "resourceType": "CarePlan",
        "id": str(care_plan_id),
        "extension": [
            {
                "url": "eHealth/extensions/care_plan_diagnosis",
                "valueCoding": {"system": system, "code": code},
            }
        ],
        "status": "draft",
        "intent": "plan",
        "title": "План лікування",
        "subject": reference("Patient", patient_id),
        "period": {"start": at.isoformat(), "end": (at + timedelta(days=days)).isoformat()},
        "author": reference("PractitionerRole", author.employee),
    }


def activity(
    care_plan_id: UUID,
    patient_id: UUID,
    activity_id: UUID,
    *,
    at: datetime,
    days: int = 90,
    quantity: int = 3,
    kind: str = "ServiceRequest",
    code: Json | None = None,
) -> Json:
    """Write an activity: by default three consultations within ninety days."""
    return {
        "care_plan": str(care_plan_id),
        "patient": str(patient_id),
        "id": str(activity_id),
        "detail": {
            "kind": kind,
            "code": codings(SERVICE_SYSTEM, *CARDIOLOGIST) if code is None else code,
            "status": "scheduled",
            "scheduledPeriod": {
                "start": at.isoformat(),
                "end": (at + timedelta(days=days)).isoformat(),
            },
            "quantity": {"value": quantity},
        },
    }


def based_on(care_plan_id: UUID, activity_id: UUID) -> Json:
    """Write what a request is based on: one activity of a care plan."""
    return {
        **reference("CarePlan", care_plan_id),
        "extension": [
            {"url": "eHealth/extensions/care_plan_activity", "valueId": str(activity_id)}
        ],
    }


def approval(
    approval_id: UUID, patient_id: UUID, grantee: Actor, *, level: str, **selector: object
) -> Json:
    """Write a request for access of an employee to what one selector names."""
    return {
        "id": str(approval_id),
        "patient": str(patient_id),
        "granted_to": {"employee": str(grantee.employee)},
        "access_level": level,
        "granted_resources": selector,
    }
