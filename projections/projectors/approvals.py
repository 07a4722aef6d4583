"""Read approvals: whom a patient lets see or write what, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ehealth_ledger.events.approval import (
    FACTS,
    ApprovalCancelled,
    ApprovalConfirmed,
    ApprovalExpired,
    ApprovalRequested,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.approvals import APPROVALS, MODEL
from projections.read_models.document import Document, instant, named, named_if
from projections.read_models.model import Key, Model


class Approvals(OneRow):
    """Fold the facts of one approval into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = FACTS
    reads_contents: ClassVar[bool] = False
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the approval."""
        return (Key(APPROVALS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - an approval needs nobody else's rows
    ) -> Document | None:
        """Return the approval after a fact; one whose beginning is unknown stays unknown."""
        if isinstance(fact, ApprovalRequested):
            return _begun(fact, notification)
        if document is None:
            return None
        changed: Document = {}
        match fact:
            case ApprovalConfirmed():
                changed = {
                    "status": "active",
                    "method": fact.method,
                    "ends_at": instant(fact.expires_at),
                }
            case ApprovalCancelled():
                changed = {"status": "cancelled"}
            case ApprovalExpired():
                changed = {"status": "expired"}
            case _:
                return document
        return {**document, **seen(notification), **changed}


def _begun(fact: ApprovalRequested, notification: Notification) -> Document:
    employee, entity = fact.granted_employee, fact.granted_entity
    return {
        **seen(notification),
        "approval": named(fact.approval),
        "patient": named(fact.patient),
        "requested": {**seen(notification), "command_id": named(notification.command_id)},
        "requester": named(fact.requester),
        "legal_entity": named(fact.legal_entity),
        "granted_to": {"employee": str(employee)}
        if employee is not None
        else {"legal_entity": str(entity)},
        "access_level": fact.access_level,
        "granted_resources": {"selector": fact.selector, "values": list(fact.values)},
        "reason": named_if(fact.reason),
        "status": "new",
        "method": None,
        "ends_at": instant(fact.lapses_at),
    }
