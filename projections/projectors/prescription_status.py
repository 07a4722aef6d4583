"""Read prescriptions: where each stands, every step and dispense, and the quantity that is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from ehealth_ledger.events.dispense import (
    DispenseExpired,
    DispenseFact,
    DispenseProcessed,
    DispenseRejected,
    DispenseReserved,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.prescription import (
    PrescriptionBlocked,
    PrescriptionCompleted,
    PrescriptionExpired,
    PrescriptionFact,
    PrescriptionIssued,
    PrescriptionRejected,
    PrescriptionUnblocked,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.json import resolve
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, exact, instant, named, named_if
from projections.read_models.model import Key, Model
from projections.read_models.prescription_status import MODEL, PRESCRIPTIONS

HELD: Final = "held"
PROCESSED: Final = "processed"

STEPS: Final[dict[type[Fact], str]] = {
    PrescriptionIssued: "issued",
    PrescriptionBlocked: "blocked",
    PrescriptionUnblocked: "unblocked",
    PrescriptionRejected: "rejected",
    PrescriptionExpired: "expired",
    PrescriptionCompleted: "completed",
    DispenseReserved: "dispense_reserved",
    DispenseProcessed: "dispense_processed",
    DispenseRejected: "dispense_rejected",
    DispenseExpired: "dispense_expired",
}


class PrescriptionStatus(OneRow):
    """Fold the facts of one prescription, its dispenses among them, into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = tuple(STEPS)
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the prescription."""
        return (Key(PRESCRIPTIONS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a prescription needs nobody else's rows
    ) -> Document | None:
        """Return the prescription after a step; one whose beginning is unknown stays unknown."""
        if isinstance(fact, PrescriptionIssued):
            document = _begun(fact, notification)
        if document is None or not isinstance(fact, PrescriptionFact):
            return document
        stands = seen(notification)
        step = {
            **stands,
            "command_id": named(notification.command_id),
            "step": STEPS[type(fact)],
            **_said(fact),
        }
        after = {**document, **stands, **_changed(document, fact, notification)}
        return {**after, **_left(after), "steps": [*document["steps"], step]}


def _begun(fact: PrescriptionIssued, notification: Notification) -> Document:
    return {
        "prescription": named(fact.prescription),
        "issued_position": notification.position,
        "number": fact.number,
        "patient": named(fact.patient),
        "intent": fact.intent,
        "medication": named(fact.medication),
        "unit": fact.unit,
        "quantity": fact.quantity,
        "program": named_if(fact.program),
        "settings": list(fact.settings),
        "requester": named(fact.requester),
        "legal_entity": named(fact.legal_entity),
        "division": named(fact.division),
        "encounter": named(fact.encounter),
        "care_plan": named_if(fact.care_plan),
        "activity": named_if(fact.activity),
        "started_on": fact.started_on.isoformat(),
        "ended_on": fact.ended_on.isoformat(),
        "dispensed_from": fact.dispensed_from.isoformat(),
        "dispensed_to": fact.dispensed_to.isoformat(),
        "expires_at": instant(fact.expires_at),
        "status": "active",
        "block": None,
        "dispenses": [],
        "resource": exact(resolve(notification.content(), fact.resource_pointer)),
        "steps": [],
    }


def _left(document: Document) -> Document:
    """Count the units that are held, handed out, and left."""
    counted = {
        status: sum(each["quantity"] for each in document["dispenses"] if each["status"] == status)
        for status in (HELD, PROCESSED)
    }
    left = document["quantity"] - counted[HELD] - counted[PROCESSED]
    return {"held": counted[HELD], "handed_out": counted[PROCESSED], "remaining": left}


def _changed(document: Document, fact: PrescriptionFact, notification: Notification) -> Document:
    match fact:
        case PrescriptionBlocked():
            until = None if fact.until is None else instant(fact.until)
            block = {"by": fact.by, "legal_entity": named(fact.legal_entity), "until": until}
            return {"block": {**block, "reason": fact.reason}}
        case PrescriptionUnblocked():
            return {"block": None}
        case PrescriptionRejected():
            return {"status": "rejected"}
        case PrescriptionExpired():
            return {"status": "expired"}
        case PrescriptionCompleted():
            return {"status": "completed"}
        case DispenseReserved():
            return {"dispenses": [*document["dispenses"], _held(fact)]}
        case DispenseProcessed():
            return _dispensed(document, fact, **_handed_out(fact, notification))
        case DispenseRejected():
            return _dispensed(document, fact, status="rejected", reason=fact.reason)
        case DispenseExpired():
            return _dispensed(document, fact, status="expired")
        case _:
            return {}


def _held(fact: DispenseReserved) -> Document:
    return {
        "dispense": named(fact.dispense),
        "status": HELD,
        "legal_entity": named(fact.legal_entity),
        "division": named(fact.division),
        "employee": named(fact.employee),
        "medication": named(fact.medication),
        "program": named_if(fact.program),
        "quantity": fact.quantity,
        "expires_at": instant(fact.expires_at),
    }


def _handed_out(fact: DispenseProcessed, notification: Notification) -> Document:
    grant: dict[str, Any] | None = None
    if fact.grant is not None:
        grant = {
            **dict(fact.grant),
            "program": named(fact.grant.program),
            "reimbursement": dict(fact.grant.reimbursement),
        }
    return {
        "status": PROCESSED,
        "quantity": fact.quantity,
        "employee": named(fact.employee),
        "handed_over_on": fact.handed_over_on.isoformat(),
        "prices": None if fact.prices is None else dict(fact.prices),
        "grant": grant,
        "act_position": notification.position,
    }


def _dispensed(document: Document, fact: DispenseFact, **after: Any) -> Document:
    wanted = named(fact.dispense)
    return {
        "dispenses": [
            {**each, **after} if each["dispense"] == wanted else each
            for each in document["dispenses"]
        ]
    }


def _said(fact: PrescriptionFact) -> Document:
    """Say who took the step, where somebody did."""
    said: Document = {}
    for name in ("employee", "legal_entity", "dispense"):
        value = getattr(fact, name, None)
        if value is not None:
            said[name] = str(value)
    if isinstance(fact, PrescriptionIssued):
        said["employee"] = named(fact.requester)
    if isinstance(fact, DispenseReserved | DispenseProcessed):
        said["quantity"] = fact.quantity
    return said
