"""Read what was recorded outside encounter packages, as it was signed, and what became of it.

Where the patient's key was destroyed there is nothing to read: the row disappears.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, assert_never

from ehealth_ledger.events.composition import (
    CompositionCancelled,
    CompositionReplaced,
    CompositionSigned,
)
from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.procedure import ProcedureCancelled, ProcedureRecorded
from ehealth_ledger.events.specimen import (
    SpecimenCancelled,
    SpecimenInvalidated,
    SpecimenProcessed,
    SpecimenRegistered,
    SpecimenRejected,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.json import Json, resolve
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.diagnostics import DIAGNOSTICS, MODEL
from projections.read_models.document import Document, exact, named, named_if
from projections.read_models.model import Key, Model

IN_ERROR = "entered_in_error"

Beginning = DiagnosticReportRecorded | ProcedureRecorded | SpecimenRegistered | CompositionSigned
Change = (
    DiagnosticReportCancelled
    | ProcedureCancelled
    | SpecimenProcessed
    | SpecimenInvalidated
    | SpecimenRejected
    | SpecimenCancelled
    | CompositionReplaced
    | CompositionCancelled
)


class Diagnostics(OneRow):
    """Fold the facts of one report, procedure, specimen or conclusion into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        DiagnosticReportRecorded,
        DiagnosticReportCancelled,
        ProcedureRecorded,
        ProcedureCancelled,
        SpecimenRegistered,
        SpecimenProcessed,
        SpecimenInvalidated,
        SpecimenRejected,
        SpecimenCancelled,
        CompositionSigned,
        CompositionReplaced,
        CompositionCancelled,
    )
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the resource."""
        return (Key(DIAGNOSTICS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - it needs nobody else's rows
    ) -> Document | None:
        """Return the resource after a step; one whose beginning is unknown stays unknown."""
        try:
            content = notification.content()
        except KeyError:
            return None  # what was signed went with the patient's key
        stands = seen(notification)
        if isinstance(fact, Beginning):
            document = {**_begun(fact, content), "first": stands, "steps": []}
        if document is None or not isinstance(fact, Beginning | Change):
            return document
        step = {**stands, "command_id": named(notification.command_id), **_said(fact, content)}
        return {
            **document,
            **stands,
            **_changed(document, fact),
            "steps": [*document["steps"], step],
        }


def _part(content: Json, pointer: str) -> Document:
    part: Document = exact(resolve(content, pointer))
    return part


def _begun(fact: Beginning, content: Json) -> Document:
    common = {
        "resource": named(fact.stream_id),
        "patient": named(fact.patient),
        "legal_entity": named(fact.legal_entity),
        "referral": None,
        "number": None,
    }
    match fact:
        case DiagnosticReportRecorded():
            return {
                **common,
                "kind": "diagnostic_report",
                "status": "final",
                "employee": named(fact.performer),
                "category": fact.category,
                "service": fact.service,
                "day": fact.day.isoformat(),
                "referral": named_if(fact.referral),
                "specimens": [named(each) for each in fact.specimens],
                "signed": _part(content, fact.report_pointer),
                "observations": [
                    {
                        "observation": named(each.observation),
                        "status": "final",
                        "signed": _part(content, each.pointer),
                    }
                    for each in fact.observations
                ],
            }
        case ProcedureRecorded():
            return {
                **common,
                "kind": "procedure",
                "status": "completed",
                "employee": named(fact.performer),
                "category": fact.category,
                "service": fact.service,
                "day": fact.day.isoformat(),
                "referral": named_if(fact.referral),
                "signed": _part(content, fact.resource_pointer),
            }
        case SpecimenRegistered():
            return {
                **common,
                "kind": "specimen",
                "status": "available",
                "employee": named(fact.employee),
                "type": fact.type,
                "day": fact.day.isoformat(),
                "received_by": None,
                "signed": _part(content, fact.resource_pointer),
            }
        case CompositionSigned():
            return {
                **common,
                "kind": "composition",
                "status": "final",
                "employee": named(fact.author),
                "encounter": named(fact.encounter),
                "type": fact.type,
                "category": fact.category,
                "number": fact.number,
                "first_day": fact.first_day.isoformat(),
                "last_day": fact.last_day.isoformat(),
                "replaces": named_if(fact.replaces),
                "continues": named_if(fact.continues),
                "replaced_by": None,
                "signed": _part(content, fact.resource_pointer),
            }
        case _:
            assert_never(fact)


def _changed(document: Document, fact: Beginning | Change) -> Document:
    match fact:
        case DiagnosticReportCancelled():
            wrong = {named(each) for each in fact.observations}
            observations = [
                {**each, "status": IN_ERROR} if each["observation"] in wrong else each
                for each in document["observations"]
            ]
            status = IN_ERROR if fact.status == IN_ERROR else document["status"]
            return {"status": status, "observations": observations}
        case SpecimenProcessed():
            return {"received_by": named(fact.legal_entity)}
        case SpecimenInvalidated():
            return {"status": "unavailable"}
        case SpecimenRejected():
            return {"status": "unsatisfactory"}
        case CompositionReplaced():
            return {"status": "replaced", "replaced_by": named(fact.by)}
        case ProcedureCancelled() | SpecimenCancelled() | CompositionCancelled():
            return {"status": IN_ERROR}
        case _:
            return {}


def _said(fact: Beginning | Change, content: Json) -> Document:
    match fact:
        case (
            DiagnosticReportRecorded()
            | ProcedureRecorded()
            | SpecimenRegistered()
            | CompositionSigned()
        ):
            return {"step": "recorded"}
        case SpecimenProcessed():
            received_at = resolve(content, fact.received_pointer)
            return {"step": "received", **_by(fact), "received_at": received_at}
        case SpecimenInvalidated():
            return {"step": "invalidated", **_by(fact), "reason": fact.reason}
        case SpecimenRejected():
            return {"step": "rejected", **_by(fact), "reason": fact.reason}
        case CompositionReplaced():
            return {"step": "replaced", "by": named(fact.by)}
        case (
            DiagnosticReportCancelled()
            | ProcedureCancelled()
            | SpecimenCancelled()
            | CompositionCancelled()
        ):
            return {
                "step": "cancelled",
                **_by(fact),
                "reason": fact.reason,
                "explanation": _part(content, fact.cancellation_pointer)["explanation"],
            }
        case _:
            assert_never(fact)


def _by(
    fact: DiagnosticReportCancelled
    | ProcedureCancelled
    | SpecimenProcessed
    | SpecimenInvalidated
    | SpecimenRejected
    | SpecimenCancelled
    | CompositionCancelled,
) -> Document:
    return {"employee": named(fact.employee), "legal_entity": named(fact.legal_entity)}
