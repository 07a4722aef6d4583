"""Set accepted scenes of commands about approvals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from ehealth_ledger.aggregates.approval import EXPIRY_RULE, Approval, Status
from ehealth_ledger.values.identifiers import (
    ApprovalId,
    EmployeeId,
    LegalEntityId,
    PatientId,
)
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, ENTITY, NEW, PATIENT, scene, system_scene
from tests.laws.scenes.patient import person

APPROVAL: Final = an_id("approval")


def approval(status: Status = Status.ACTIVE, **other: Any) -> Approval:
    """Make an approval's state: the actor may write the care plan of the scenes."""
    fields: dict[str, Any] = {
        "id": ApprovalId(APPROVAL),
        "patient": PatientId(PATIENT),
        "requester": EmployeeId(ACTOR),
        "legal_entity": LegalEntityId(ENTITY),
        "granted_employee": EmployeeId(ACTOR),
        "granted_entity": None,
        "access_level": "write",
        "selector": "resources",
        "values": (f"CarePlan/{an_id('care plan')}",),
        "ends_at": microseconds(NOW + timedelta(hours=1)),
        "status": status,
    }
    return Approval(**(fields | other))


def request_approval() -> Scene:
    resource = {
        "id": str(NEW),
        "patient": str(PATIENT),
        "granted_to": {"employee": str(ACTOR)},
        "access_level": "read",
        "granted_resources": {"whole_patient": True},
    }
    states = {PATIENT: person()}
    return scene("DOCTOR", "approval.request", states=states, resource=resource)


def _named(command: str, status: Status, **more: Any) -> Scene:
    resource = {"approval": str(APPROVAL), "patient": str(PATIENT), **more}
    states = {PATIENT: person(), APPROVAL: approval(status)}
    return scene("DOCTOR", command, states=states, resource=resource)


def confirm_approval() -> Scene:
    return _named("approval.confirm", Status.NEW, method="OTP", evidence="sms 2026-11-23 09:58")


def cancel_approval() -> Scene:
    return _named("approval.cancel", Status.ACTIVE, reason="пацієнт відкликав згоду")


def expire_approval() -> Scene:
    resource = {"approval": str(APPROVAL), "patient": str(PATIENT)}
    states = {APPROVAL: approval(ends_at=microseconds(NOW))}
    return system_scene("approval.expire", EXPIRY_RULE, states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "approval.request": request_approval,
    "approval.confirm": confirm_approval,
    "approval.cancel": cancel_approval,
    "approval.expire": expire_approval,
}
