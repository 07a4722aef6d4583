"""Fold what a patient's summary says of the registration and of the declaration."""

from __future__ import annotations

from typing import assert_never

from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
)
from ehealth_ledger.events.patient import (
    PatientAbsorbed,
    PatientDeactivated,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientReleased,
    PatientUnmerged,
    PrepersonRegistered,
)
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import seen
from projections.read_models.document import Document, named

Registration = PatientRegistered | PrepersonRegistered
StandingStep = (
    PatientDeceased
    | PatientDeactivated
    | PatientMerged
    | PatientUnmerged
    | PatientAbsorbed
    | PatientReleased
)
DeclarationStep = (
    DeclarationSigned
    | DeclarationApproved
    | DeclarationActivated
    | DeclarationRejected
    | DeclarationTerminated
    | DeclarationClosed
)
NEW_STANDING: Document = {"standing": "active", "died_on": None, "master": None, "absorbed": []}


def standing(document: Document, fact: StandingStep) -> Document:
    """Return what changes of where a registration stands, and what is joined to it."""
    match fact:
        case PatientDeceased():
            return {"standing": "deceased", "died_on": fact.died_on.isoformat()}
        case PatientDeactivated():
            return {"standing": "deactivated"}
        case PatientMerged():
            return {"standing": "merged", "master": named(fact.master)}
        case PatientUnmerged():
            alive = document["died_on"] is None
            return {"standing": "active" if alive else "deceased", "master": None}
        case PatientAbsorbed():
            return {"absorbed": [*document["absorbed"], named(fact.merged)]}
        case PatientReleased():
            released = named(fact.merged)
            return {"absorbed": [each for each in document["absorbed"] if each != released]}
        case _:
            assert_never(fact)


def declared(document: Document, fact: DeclarationStep, notification: Notification) -> Document:
    """Return what changes of the declaration that holds or waits for the payer."""
    if isinstance(fact, DeclarationSigned):
        begun = {
            **seen(notification),
            "declaration": named(fact.declaration),
            "status": "active" if fact.pending is None else "pending_verification",
            "doctor": named(fact.doctor),
            "legal_entity": named(fact.legal_entity),
            "since": fact.first_day.isoformat(),
            "until": fact.last_day.isoformat(),
        }
        return {"declaration": begun}
    live = document["declaration"]
    if live is None or live["declaration"] != named(fact.declaration):
        return {}
    match fact:
        case DeclarationApproved() | DeclarationActivated():
            return {"declaration": {**live, "status": "active"}}
        case DeclarationRejected() | DeclarationTerminated() | DeclarationClosed():
            return {"declaration": None}
        case _:
            assert_never(fact)
