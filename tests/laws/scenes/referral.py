"""Set accepted scenes of commands about referrals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ehealth_ledger.values.identifiers import (
    EmployeeId,
)
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    CODE,
    NEW,
    PATIENT,
    REFERRAL,
    SYSTEM,
    coded,
    moment,
    reference,
    referral,
    scene,
    system_scene,
)
from tests.laws.scenes.patient import person


def issue_referral() -> Scene:
    resource = {
        "resourceType": "ServiceRequest",
        "id": str(NEW),
        "status": "active",
        "intent": "order",
        "code": coded(SYSTEM, CODE),
        "subject": reference("Patient", PATIENT),
        "requester": reference("PractitionerRole", ACTOR),
        "authoredOn": moment(minutes=1),
        "occurrencePeriod": {"start": moment(minutes=1), "end": moment(days=-365)},
    }
    states = {PATIENT: person()}
    return scene("DOCTOR", "referral.issue", states=states, resource=resource)


def redeem_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "performer": str(ACTOR)}
    states = {REFERRAL: referral(requester=EmployeeId(an_id("family doctor")))}
    return scene("SPECIALIST", "referral.redeem", states=states, resource=resource)


def _withdrawal(command: str) -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "reason": "помилка"}
    return scene("DOCTOR", command, states={REFERRAL: referral()}, resource=resource)


def recall_referral() -> Scene:
    return _withdrawal("referral.recall")


def cancel_referral() -> Scene:
    return _withdrawal("referral.cancel")


def expire_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT)}
    states = {REFERRAL: replace(referral(), expires_at=microseconds(NOW))}
    return system_scene("referral.expire", states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "referral.issue": issue_referral,
    "referral.redeem": redeem_referral,
    "referral.recall": recall_referral,
    "referral.cancel": cancel_referral,
    "referral.expire": expire_referral,
}
