"""Set accepted scenes of commands about referrals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.care_plan import Status as PlanStatus
from ehealth_ledger.aggregates.encounter import Encounter
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.aggregates.referral import ProgramStatus, Referral
from ehealth_ledger.aggregates.referral.withdraw import EXPIRY_RULE
from ehealth_ledger.events.medical_program import ServiceParticipation
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EncounterId,
    EpisodeId,
    LegalEntityId,
    MedicalProgramId,
    PatientId,
)
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.care_plan import ACTIVITY, CARE_PLAN, DIAGNOSIS, activity, plan
from tests.laws.scenes.common import (
    ACTOR,
    CATEGORIES,
    CODE,
    COUNSELLING,
    ENCOUNTER,
    ENTITY,
    ICD,
    NEW,
    PATIENT,
    REFERRAL,
    SERVICE,
    SYSTEM,
    coded,
    employee,
    moment,
    redeemed_referral,
    reference,
    referral,
    scene,
    system_scene,
)
from tests.laws.scenes.episode import EPISODE
from tests.laws.scenes.patient import person

PROGRAM: Final = an_id("program")


def _asked() -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": str(NEW),
        "status": "active",
        "intent": "order",
        "category": [coded(CATEGORIES, COUNSELLING)],
        "code": coded(SYSTEM, CODE),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "requester": reference("PractitionerRole", ACTOR),
        "authoredOn": moment(minutes=1),
        "occurrencePeriod": {"start": moment(minutes=1), "end": moment(days=-365)},
    }


def encounter_of(patient: UUID = PATIENT) -> Encounter:
    """Make the state of an encounter."""
    return Encounter(
        EncounterId(ENCOUNTER), PatientId(patient), EpisodeId(EPISODE), LegalEntityId(ENTITY)
    )


def issue_referral() -> Scene:
    states = {PATIENT: person(), ENCOUNTER: encounter_of()}
    return scene("DOCTOR", "referral.issue", states=states, resource=_asked())


def issue_referral_by_assistant() -> Scene:
    """An assistant asks for a laboratory service, which is among his categories."""
    accepted = issue_referral()
    resource = {
        **_asked(),
        "category": [coded(CATEGORIES, "108252007")],
        "code": coded(SYSTEM, "A34001"),
    }
    accepted.content = {**accepted.content, "resource": resource}
    accepted.states[ACTOR] = employee("ASSISTANT")
    return accepted


def issue_planned_referral() -> Scene:
    """Ask for what a care plan foresees: two are planned, one is taken."""
    accepted = issue_referral()
    based_on = {
        **reference("CarePlan", CARE_PLAN),
        "extension": [{"url": "eHealth/extensions/care_plan_activity", "valueId": str(ACTIVITY)}],
    }
    period = {"start": moment(minutes=1), "end": moment(days=-20)}
    resource = {**_asked(), "basedOn": [based_on], "occurrencePeriod": period}
    accepted.content = {**accepted.content, "resource": resource}
    accepted.states[CARE_PLAN] = plan(
        PlanStatus.ACTIVE, activity(quantity=2, uses={an_id("another referral"): 1})
    )
    return accepted


def program(**other: Any) -> MedicalProgram:
    """Make the state of a program of services that takes the service of the scenes."""
    days = {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)}
    fields: dict[str, Any] = {
        "id": MedicalProgramId(PROGRAM),
        "kind": "SERVICE",
        "funding_source": "NHS",
        **days,
        "settings": frozenset(),
        "specialities": frozenset(),
        "conditions": frozenset({DIAGNOSIS}),
        "patient_categories": frozenset(),
        "request_days_max": None,
        "dispense_days": None,
        "services": {SERVICE: (ServiceParticipation(service=SERVICE, **days),)},
    }
    return MedicalProgram(**(fields | other))


def of_program(**other: Any) -> Referral:
    """Make the state of a referral within the program, which the institution was told VALID of."""
    fields: dict[str, Any] = {
        "reasons": (DIAGNOSIS,),
        "program": MedicalProgramId(PROGRAM),
        "program_status": ProgramStatus.NEW,
        "qualified": frozenset({LegalEntityId(ENTITY)}),
    }
    return referral(**(fields | other))


def issue_program_referral() -> Scene:
    accepted = issue_referral()
    extension = [{"url": "eHealth/extensions/medical_program", "valueId": str(PROGRAM)}]
    resource = {**_asked(), "extension": extension, "reasonCode": [coded(ICD, "I10")]}
    accepted.content = {**accepted.content, "resource": resource}
    accepted.states[PROGRAM] = program()
    return accepted


def qualify_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "program": str(PROGRAM)}
    states = {
        PATIENT: person(),
        REFERRAL: of_program(qualified=frozenset()),
        PROGRAM: program(),
    }
    return scene("SPECIALIST", "referral.qualify", states=states, resource=resource)


def redeem_program_referral() -> Scene:
    accepted = redeem_referral()
    accepted.states |= {REFERRAL: of_program(), PROGRAM: program()}
    return accepted


def process_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT)}
    states = {REFERRAL: of_program(redeemed_by=LegalEntityId(ENTITY))}
    return scene("SPECIALIST", "referral.process", states=states, resource=resource)


def redeem_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "performer": str(ACTOR)}
    states = {
        PATIENT: person(),
        REFERRAL: referral(requester=EmployeeId(an_id("family doctor"))),
    }
    return scene("SPECIALIST", "referral.redeem", states=states, resource=resource)


def release_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT)}
    states = {REFERRAL: redeemed_referral()}
    return scene("SPECIALIST", "referral.release", states=states, resource=resource)


def complete_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "encounter": str(ENCOUNTER)}
    states = {REFERRAL: redeemed_referral(), ENCOUNTER: encounter_of()}
    return scene("SPECIALIST", "referral.complete", states=states, resource=resource)


def _withdrawal(command: str) -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "reason": "помилка"}
    return scene("DOCTOR", command, states={REFERRAL: referral()}, resource=resource)


def recall_referral() -> Scene:
    return _withdrawal("referral.recall")


def cancel_referral() -> Scene:
    return _withdrawal("referral.cancel")


def expire_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT)}
    states = {REFERRAL: referral(expires_at=microseconds(NOW))}
    return system_scene("referral.expire", EXPIRY_RULE, states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "referral.issue": issue_referral,
    "referral.qualify": qualify_referral,
    "referral.redeem": redeem_referral,
    "referral.process": process_referral,
    "referral.release": release_referral,
    "referral.complete": complete_referral,
    "referral.recall": recall_referral,
    "referral.cancel": cancel_referral,
    "referral.expire": expire_referral,
}
