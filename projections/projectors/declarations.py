"""Read declarations: with whom, to which day, where each stands and every step that led there."""

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
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Notification
from projections.projectors.patient_record import DeclarationStep
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.declarations import DECLARATIONS, MODEL
from projections.read_models.document import Document, instant, named, named_if
from projections.read_models.model import Key, Model


class Declarations(OneRow):
    """Fold the facts of one declaration into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        DeclarationSigned,
        DeclarationApproved,
        DeclarationActivated,
        DeclarationRejected,
        DeclarationTerminated,
        DeclarationClosed,
    )
    reads_contents: ClassVar[bool] = False
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the declaration."""
        return (Key(DECLARATIONS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a declaration needs nobody else's rows
    ) -> Document | None:
        """Return the declaration after a step; one whose beginning is unknown stays unknown."""
        if isinstance(fact, DeclarationSigned):
            document = _begun(fact, notification)
        if document is None or not isinstance(fact, DeclarationStep):
            return document
        stands = seen(notification)
        step = {**stands, "command_id": named(notification.command_id), **_said(fact)}
        return {
            **document,
            **stands,
            "status": _status(fact),
            "ended_on": _ended_on(document, fact),
            "steps": [*document["steps"], step],
        }


def _begun(fact: DeclarationSigned, notification: Notification) -> Document:
    return {
        "declaration": named(fact.declaration),
        "begun": seen(notification),
        "patient": named(fact.patient),
        "doctor": named(fact.doctor),
        "party": named(fact.party),
        "legal_entity": named(fact.legal_entity),
        "division": named(fact.division),
        "speciality": fact.speciality,
        "first_day": fact.first_day.isoformat(),
        "last_day": fact.last_day.isoformat(),
        "pending_reason": fact.pending,
        "activates_at": None if fact.activates_at is None else instant(fact.activates_at),
        "held": fact.held,
        "limit": fact.limit,
        "overlimit": fact.held >= fact.limit,
        "parent": named_if(fact.parent),
        "seed": fact.seed.model_dump(),
        "ended_on": None,
        "steps": [],
    }


def _status(fact: DeclarationStep) -> str:
    match fact:
        case DeclarationSigned():
            return "active" if fact.pending is None else "pending_verification"
        case DeclarationApproved() | DeclarationActivated():
            return "active"
        case DeclarationRejected():
            return "rejected"
        case DeclarationTerminated():
            return "terminated"
        case DeclarationClosed():
            return "closed"
        case _:
            assert_never(fact)


def _ended_on(document: Document, fact: DeclarationStep) -> str | None:
    match fact:
        case DeclarationTerminated():
            return fact.last_day.isoformat()
        case DeclarationClosed():
            last_day: str = document["last_day"]
            return last_day
        case _:
            return None


def _said(fact: DeclarationStep) -> Document:
    match fact:
        case DeclarationSigned():
            return {"step": "signed"}
        case DeclarationApproved():
            return {"step": "approved"}
        case DeclarationActivated():
            return {"step": "activated"}
        case DeclarationRejected():
            return {"step": "rejected"}
        case DeclarationTerminated():
            successor = named_if(fact.successor)
            return {"step": "terminated", "reason": fact.reason, "successor": successor}
        case DeclarationClosed():
            return {"step": "closed"}
        case _:
            assert_never(fact)
