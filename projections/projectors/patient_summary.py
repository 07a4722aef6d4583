"""Read patients: who a person is, and what was found, done and asked for, as it was signed.

Clinical parts come from the signed content by the fact's pointers, never from a copy. Where the
patient's key was destroyed there is nothing to read: the row disappears.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, assert_never

from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated
from ehealth_ledger.events.encounter import EncounterRecorded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import PatientRegistered
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralIssued,
    ReferralRecalled,
    ReferralRedeemed,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.json import Json, resolve
from projections.projectors.projector import Projector, seen
from projections.projectors.referral_status import ReferralStep, status_after
from projections.read_models.document import Document, exact, instant
from projections.read_models.model import Key, Model
from projections.read_models.patient_summary import MODEL, PATIENTS

PatientFact = (
    PatientRegistered | DeclarationSigned | DeclarationTerminated | EncounterRecorded | ReferralStep
)


class PatientSummary(Projector):
    """Fold every fact about one patient into the patient's row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        PatientRegistered,
        DeclarationSigned,
        DeclarationTerminated,
        EncounterRecorded,
        ReferralIssued,
        ReferralRedeemed,
        ReferralCompleted,
        ReferralRecalled,
        ReferralCancelled,
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
        if isinstance(fact, PatientRegistered):
            content = _content(notification)
            return None if content is None else _registered(fact, notification, content)
        if document is None:
            return None
        changed: Document | None
        match fact:
            case DeclarationSigned():
                changed = {"declaration": _declaration(fact, notification)}
            case DeclarationTerminated():
                changed = _ended(document, fact)
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


def _registered(fact: PatientRegistered, notification: Notification, content: Json) -> Document:
    return {
        **seen(notification),
        "patient": str(fact.patient),
        "registered": {
            **seen(notification),
            "command_id": str(notification.command_id),
            "legal_entity": str(fact.legal_entity),
            "resource": _signed(content, fact.resource_pointer),
        },
        "declaration": None,
        "problems": [],
        "observations": [],
        "encounters": [],
        "referrals": [],
    }


def _declaration(fact: DeclarationSigned, notification: Notification) -> Document:
    return {
        **seen(notification),
        "declaration": str(fact.declaration),
        "doctor": str(fact.doctor),
        "legal_entity": str(fact.legal_entity),
        "since": fact.first_day.isoformat(),
    }


def _ended(document: Document, fact: DeclarationTerminated) -> Document:
    active = document["declaration"]
    if active is not None and active["declaration"] == str(fact.declaration):
        return {"declaration": None}
    return {}


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
