"""Read referrals: where each stands and every step that led there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, assert_never

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralIssued,
    ReferralProcessed,
    ReferralQualified,
    ReferralRecalled,
    ReferralRedeemed,
    ReferralReleased,
)
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, instant, named, named_if
from projections.read_models.model import Key, Model
from projections.read_models.referral_status import MODEL, REFERRALS

ReferralStep = (
    ReferralIssued
    | ReferralQualified
    | ReferralRedeemed
    | ReferralReleased
    | ReferralProcessed
    | ReferralCompleted
    | ReferralRecalled
    | ReferralCancelled
    | ReferralExpired
)
REFERRAL_STEPS: Final[tuple[type[Fact], ...]] = (
    ReferralIssued,
    ReferralQualified,
    ReferralRedeemed,
    ReferralReleased,
    ReferralProcessed,
    ReferralCompleted,
    ReferralRecalled,
    ReferralCancelled,
    ReferralExpired,
)
_OF_PROGRAM: Final = {
    ReferralReleased: "new",
    ReferralProcessed: "in_progress",
    ReferralCompleted: "completed",
}


class ReferralStatus(OneRow):
    """Fold the facts of one referral into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = REFERRAL_STEPS
    reads_contents: ClassVar[bool] = False
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the referral."""
        return (Key(REFERRALS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a referral needs nobody else's rows
    ) -> Document | None:
        """Return the referral after a step; one whose beginning is unknown stays unknown."""
        stands = seen(notification)
        if isinstance(fact, ReferralIssued):
            document = _begun(fact, stands)
        if document is None or not isinstance(fact, ReferralStep):
            return document
        step = {**stands, "command_id": named(notification.command_id), **_said(fact)}
        return {
            **document,
            **stands,
            **_changed(fact),
            **_program(document, fact),
            "status": status_after(fact) or document["status"],
            "steps": [*document["steps"], step],
        }


def status_after(fact: ReferralStep) -> str | None:
    """Name the status a referral has after a step; None where the step leaves it as it was.

    One that is redeemed is still active.
    """
    match fact:
        case ReferralQualified():
            return None
        case ReferralIssued() | ReferralRedeemed() | ReferralReleased() | ReferralProcessed():
            return "active"
        case ReferralCompleted():
            return "completed"
        case ReferralRecalled() | ReferralExpired():
            return "recalled"
        case ReferralCancelled():
            return "entered_in_error"
        case _:
            assert_never(fact)


def _begun(fact: ReferralIssued, issued: Document) -> Document:
    return {
        "referral": named(fact.referral),
        "patient": named(fact.patient),
        "issued": issued,
        "requisition": fact.requisition,
        "requester": named(fact.requester),
        "legal_entity": named(fact.legal_entity),
        "category": fact.category,
        "services": list(fact.services),
        "context": named_if(fact.encounter),
        "permitted": list(fact.permitted),
        "program": named_if(fact.program),
        "program_status": None if fact.program is None else "new",
        "status": "active",
        "care_plan": named_if(fact.care_plan),
        "activity": named_if(fact.activity),
        "expires_at": instant(fact.expires_at),
        "performer": None,
        "redeemed_by": None,
        "encounter": None,
        "diagnostic_report": None,
        "procedure": None,
        "steps": [],
    }


def _program(document: Document, fact: ReferralStep) -> Document:
    """Move the program's machine, where there is one."""
    reached = _OF_PROGRAM.get(type(fact))
    return {} if reached is None or document["program"] is None else {"program_status": reached}


def _changed(fact: ReferralStep) -> Document:
    match fact:
        case ReferralRedeemed():
            return {"performer": named(fact.performer), "redeemed_by": named(fact.legal_entity)}
        case ReferralReleased():
            return {"performer": None, "redeemed_by": None}
        case ReferralCompleted():
            return {**_act(fact), "redeemed_by": named(fact.legal_entity)}
        case _:
            return {}


def _act(fact: ReferralCompleted) -> Document:
    """Name the act that completed a referral: one of the three."""
    acts = {
        "encounter": fact.encounter,
        "diagnostic_report": fact.diagnostic_report,
        "procedure": fact.procedure,
    }
    return {name: str(act) for name, act in acts.items() if act is not None}


def _said(fact: ReferralStep) -> Document:
    match fact:
        case ReferralIssued():
            return {
                "step": "issued",
                "employee": named(fact.requester),
                "legal_entity": named(fact.legal_entity),
            }
        case ReferralRedeemed():
            return {
                "step": "redeemed",
                "employee": named(fact.performer),
                "legal_entity": named(fact.legal_entity),
            }
        case ReferralQualified():
            return {
                "step": "qualified",
                "employee": named(fact.employee),
                "legal_entity": named(fact.legal_entity),
                "program": named(fact.program),
                "answer": fact.answer,
                "reasons": list(fact.reasons),
            }
        case ReferralProcessed():
            return {
                "step": "processed",
                "employee": named(fact.employee),
                "legal_entity": named(fact.legal_entity),
            }
        case ReferralReleased():
            return {
                "step": "released",
                "employee": named(fact.employee),
                "legal_entity": named(fact.legal_entity),
            }
        case ReferralCompleted():
            return {"step": "completed", **_act(fact), "legal_entity": named(fact.legal_entity)}
        case ReferralRecalled():
            return {"step": "recalled"}
        case ReferralCancelled():
            return {"step": "cancelled"}
        case ReferralExpired():
            return {"step": "expired"}
        case _:
            assert_never(fact)
