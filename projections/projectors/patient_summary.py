"""Read patients: who a person is, and what was found, done and asked for, as it was signed.

Clinical parts come from the signed content by the fact's pointers, never from a copy. Where the
patient's key was destroyed there is nothing to read. What is entered in error leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
)
from ehealth_ledger.events.encounter import EncounterCancelled, EncounterRecorded
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
from ehealth_ledger.events.referral import ReferralFact, ReferralIssued
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
from projections.projectors.projector import Projector, SharedBy, seen
from projections.projectors.referral_status import REFERRAL_STEPS, ReferralStep, status_after
from projections.read_models.document import Document, exact, instant, named, named_if
from projections.read_models.model import Key, Model
from projections.read_models.patient_summary import (
    MODEL,
    PACKAGE_PLACES,
    PATIENTS,
    REFERRALS,
    RESOURCES,
)

_PAST: Final = frozenset({"inactive", "resolved", "remission", "completed", "stopped"})


class PatientSummary(Projector):
    """Fold the facts about patients into a row for each of them and for each part of a history."""

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
        EncounterCancelled,
        *REFERRAL_STEPS,
    )
    shared_by: ClassVar[SharedBy | None] = "key_id"

    def __init__(self) -> None:
        super().__init__()
        self._opened: tuple[UUID, Json | None] | None = None

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the patient, or the parts of the history a fact adds, changes or takes away."""
        match fact:
            case EncounterRecorded():
                members = (Key(RESOURCES.name, member.id) for member in fact.members)
                return (Key(RESOURCES.name, fact.encounter), *members)
            case EncounterCancelled():
                return tuple(Key(RESOURCES.name, each.id) for each in fact.withdrawn)
            case ReferralFact():
                return (Key(REFERRALS.name, fact.stream_id),)
            case _:
                patient: UUID = fact.patient  # type: ignore[attr-defined] # all others name one
                return (Key(PATIENTS.name, patient),)

    def evolve_row(
        self,
        key: Key,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - no row needs another's
    ) -> Document | None:
        """Return the row after a fact; one whose beginning is unknown stays unknown."""
        match fact:
            case PatientRegistered() | PrepersonRegistered():
                content = self._content(notification)
                return None if content is None else _registered(fact, notification, content)
            case PatientUpdated():
                content = self._content(notification)
                if document is None or content is None:
                    return None
                return {**document, **seen(notification), **_updated(document, fact, content)}
            case EncounterRecorded():
                content = self._content(notification)
                return None if content is None else _recorded(key.id, fact, notification, content)
            case EncounterCancelled():
                return None
            case ReferralIssued():
                return _referred(fact, notification)
            case _:
                return None if document is None else _changed(document, fact, notification)

    def _content(self, notification: Notification) -> Json | None:
        """Open the signed content once for all the rows of a command.

        None where its key was destroyed.
        """
        if self._opened is None or self._opened[0] != notification.command_id:
            try:
                self._opened = notification.command_id, notification.content()
            except KeyError:
                self._opened = notification.command_id, None
        return self._opened[1]


def _changed(document: Document, fact: Fact, notification: Notification) -> Document:
    """Return a patient or a referral after what happened to it."""
    if isinstance(fact, StandingStep):
        return {**document, **seen(notification), **standing(document, fact)}
    if isinstance(fact, DeclarationStep):
        return {**document, **seen(notification), **declared(document, fact, notification)}
    if isinstance(fact, ReferralStep):
        return {
            **document,
            **seen(notification),
            "status": status_after(fact) or document["status"],
        }
    return document


def _signed(content: Json, pointer: str) -> Document:
    part: Document = exact(resolve(content, pointer))
    return part


def _registered(fact: Registration, notification: Notification, content: Json) -> Document:
    return {
        **seen(notification),
        "patient": named(fact.patient),
        "registered": {
            **seen(notification),
            "command_id": named(notification.command_id),
            "legal_entity": named(fact.legal_entity),
            "resource": _signed(content, fact.resource_pointer),
        },
        **NEW_STANDING,
        "declaration": None,
    }


def _updated(document: Document, fact: PatientUpdated, content: Json) -> Document:
    resource = _signed(content, fact.resource_pointer)
    return {"registered": {**document["registered"], "resource": resource}}


def _recorded(
    resource_id: UUID, fact: EncounterRecorded, notification: Notification, content: Json
) -> Document:
    found = {
        **seen(notification),
        "patient": named(fact.patient),
        "encounter": named(fact.encounter),
        "episode": named(fact.episode),
    }
    first = notification.position * PACKAGE_PLACES
    if resource_id == fact.encounter:
        return {
            **found,
            "kind": "Encounter",
            "standing": "live",
            "place": first,
            "command_id": named(notification.command_id),
            "class": fact.encounter_class,
            "day": fact.day.isoformat(),
            "performer": named(fact.performer),
            "legal_entity": named(fact.legal_entity),
            "referral": named_if(fact.referral),
            "resource": _signed(content, fact.encounter_pointer),
        }
    at, member = next(
        (at, each) for at, each in enumerate(fact.members, start=1) if each.id == resource_id
    )
    resource = _signed(content, member.pointer)
    primary = member.pointer == fact.primary_condition_pointer
    return {
        **found,
        "kind": member.kind,
        "standing": _standing(resource),
        "place": first + at,
        **({"primary": primary} if member.kind == "Condition" else {}),
        "resource": resource,
    }


def _standing(resource: Document) -> str:
    """Tell whether a finding still stands by what it says of itself."""
    if "clinicalStatus" in resource:
        status = resource["clinicalStatus"]["coding"][0]["code"]
    elif resource.get("resourceType") in ("MedicationStatement", "Device"):
        status = resource["status"]
    else:
        return "live"
    return "past" if status in _PAST else "live"


def _referred(fact: ReferralIssued, notification: Notification) -> Document:
    return {
        **seen(notification),
        "place": notification.position,
        "patient": named(fact.patient),
        "referral": named(fact.referral),
        "status": status_after(fact),
        "requester": named(fact.requester),
        "legal_entity": named(fact.legal_entity),
        "services": list(fact.services),
        "expires_at": instant(fact.expires_at),
    }
