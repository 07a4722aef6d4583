"""Read patients: who a person is, and what was found, done and asked for, as it was signed.

Clinical parts come from the signed content by the fact's pointers, never from a copy. Where the
patient's key was destroyed there is nothing to read: the row disappears.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, assert_never

from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
)
from ehealth_ledger.events.encounter import EncounterRecorded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import (
    PatientAbsorbed,
    PatientDeactivated,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientReleased,
    PatientUnmerged,
    PatientUpdated,
    PrepersonRegistered,
)
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralIssued,
    ReferralRecalled,
    ReferralRedeemed,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.json import Json, resolve
from projections.projectors.patient_record import (
    NEW_STANDING,
    DeclarationStep,
    Registration,
    StandingStep,
    declared,
    standing,
)
from projections.projectors.projector import Projector, seen
from projections.projectors.referral_status import ReferralStep, status_after
from projections.read_models.document import Document, exact, instant
from projections.read_models.model import Key, Model
from projections.read_models.patient_summary import MODEL, PATIENTS

PatientFact = (
    Registration
    | PatientUpdated
    | StandingStep
    | DeclarationStep
    | EncounterRecorded
    | ReferralStep
)


class PatientSummary(Projector):
    """Fold every fact about one patient into the patient's row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        PatientRegistered,
        PrepersonRegistered,
        PatientUpdated,
        PatientDeceased,
        PatientDeactivated,
        PatientMerged,
        PatientUnmerged,
        PatientAbsorbed,
        PatientReleased,
        DeclarationSigned,
        DeclarationApproved,
        DeclarationActivated,
        DeclarationRejected,
        DeclarationTerminated,
        DeclarationClosed,
        EncounterRecorded,
        ReferralIssued,
        ReferralRedeemed,
        ReferralCompleted,
        ReferralRecalled,
        ReferralCancelled,
        ReferralExpired,
    )

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the patient."""
        return (Key(PATIENTS.name, fact.patient),) if isinstance(fact, PatientFact) else ()

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a patient needs nobody else's rows
    ) -> Document | None:
        """Return the patient after a fact; one whose registration is unknown stays unknown."""
        if not isinstance(fact, PatientFact):
            return document
        if isinstance(fact, Registration):
            content = _content(notification)
            return None if content is None else _registered(fact, notification, content)
        if document is None:
            return None
        changed: Document | None
        if isinstance(fact, StandingStep):
            return {**document, **seen(notification), **standing(document, fact)}
        if isinstance(fact, DeclarationStep):
            return {**document, **seen(notification), **declared(document, fact, notification)}
        match fact:
            case PatientUpdated():
                content = _content(notification)
                changed = None if content is None else _updated(document, fact, content)
            case EncounterRecorded():
                content = _content(notification)
                changed = (
                    None if content is None else _treated(document, fact, notification, content)
                )
            case (
                ReferralIssued()
                | ReferralRedeemed()
                | ReferralCompleted()
                | ReferralRecalled()
                | ReferralCancelled()
                | ReferralExpired()
            ):
                changed = {"referrals": _referrals(document["referrals"], fact, notification)}
            case _:
                assert_never(fact)
        return None if changed is None else {**document, **seen(notification), **changed}


def _content(notification: Notification) -> Json | None:
    """Open the signed content once for all its parts; None where its key was destroyed."""
    try:
        return notification.content()
    except KeyError:
        return None


def _signed(content: Json, pointer: str) -> Document:
    part: Document = exact(resolve(content, pointer))
    return part


def _registered(fact: Registration, notification: Notification, content: Json) -> Document:
    return {
        **seen(notification),
        "patient": str(fact.patient),
        "registered": {
            **seen(notification),
            "command_id": str(notification.command_id),
            "legal_entity": str(fact.legal_entity),
            "resource": _signed(content, fact.resource_pointer),
        },
        **NEW_STANDING,
        "declaration": None,
        "problems": [],
        "observations": [],
        "encounters": [],
        "referrals": [],
    }


def _updated(document: Document, fact: PatientUpdated, content: Json) -> Document:
    resource = _signed(content, fact.resource_pointer)
    return {"registered": {**document["registered"], "resource": resource}}


def _treated(
    document: Document, fact: EncounterRecorded, notification: Notification, content: Json
) -> Document:
    found = {**seen(notification), "encounter": str(fact.encounter)}
    encounter = {
        **found,
        "command_id": str(notification.command_id),
        "class": fact.encounter_class,
        "day": fact.day.isoformat(),
        "performer": str(fact.performer),
        "legal_entity": str(fact.legal_entity),
        "referral": None if fact.referral is None else str(fact.referral),
        "resource": _signed(content, fact.encounter_pointer),
    }
    problems = [
        {
            **found,
            "primary": pointer == fact.primary_condition_pointer,
            "resource": _signed(content, pointer),
        }
        for pointer in fact.condition_pointers
    ]
    observations = [
        {**found, "resource": _signed(content, pointer)} for pointer in fact.observation_pointers
    ]
    return {
        "encounters": [*document["encounters"], encounter],
        "problems": [*document["problems"], *problems],
        "observations": [*document["observations"], *observations],
    }


def _referrals(
    referrals: list[Document], fact: ReferralStep, notification: Notification
) -> list[Document]:
    if isinstance(fact, ReferralIssued):
        begun = {
            **seen(notification),
            "referral": str(fact.referral),
            "status": status_after(fact),
            "requester": str(fact.requester),
            "legal_entity": str(fact.legal_entity),
            "services": list(fact.services),
            "expires_at": instant(fact.expires_at),
        }
        return [*referrals, begun]
    referral = str(fact.referral)
    return [
        {**each, **seen(notification), "status": status_after(fact)}
        if each["referral"] == referral
        else each
        for each in referrals
    ]
