"""Read medical programs: their conditions, their participants by day, who provides them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.medical_program import (
    MedicalProgramDeactivated,
    MedicalProgramPublished,
    MedicationParticipation,
    ProgramMedicationAdded,
    ProgramMedicationEnded,
    ProgramServiceAdded,
    ProgramServiceEnded,
)
from ehealth_ledger.events.program_provision import ProgramProvisionClosed, ProgramProvisionOpened
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, named
from projections.read_models.medical_program import MODEL, PROGRAMS, PROVISIONS
from projections.read_models.model import Key, Model

Provision = ProgramProvisionOpened | ProgramProvisionClosed


class MedicalProgram(OneRow):
    """Fold the facts of one program, or of one division's provision, into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        MedicalProgramPublished,
        MedicalProgramDeactivated,
        ProgramMedicationAdded,
        ProgramMedicationEnded,
        ProgramServiceAdded,
        ProgramServiceEnded,
        ProgramProvisionOpened,
        ProgramProvisionClosed,
    )
    reads_contents: ClassVar[bool] = False
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the program, or the pair of program and division."""
        table = PROVISIONS if isinstance(fact, Provision) else PROGRAMS
        return (Key(table.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a program needs nobody else's rows
    ) -> Document | None:
        """Return the program or the provision after a fact."""
        if isinstance(fact, Provision):
            return _provided(document, fact, notification)
        if isinstance(fact, MedicalProgramPublished):
            document = _published(fact, notification)
        if document is None:
            return None
        return {**document, **_changed(document, fact), **seen(notification)}


def _published(fact: MedicalProgramPublished, notification: Notification) -> Document:
    return {
        "program": named(fact.program),
        "published_position": notification.position,
        "name": fact.name,
        "kind": fact.kind,
        "status": "active",
        "funding_source": fact.funding_source,
        "first_day": fact.first_day.isoformat(),
        "last_day": fact.last_day.isoformat(),
        "settings": list(fact.settings),
        "specialities": list(fact.specialities),
        "conditions": list(fact.conditions),
        "patient_categories": list(fact.patient_categories),
        "request_days_max": fact.request_days_max,
        "dispense_days": fact.dispense_days,
        "patient_age_min": fact.patient_age_min,
        "patient_age_max": fact.patient_age_max,
        "order": fact.order,
        "participants": [],
    }


def _changed(document: Document, fact: Fact) -> Document:
    parts: list[Document] = document["participants"]
    match fact:
        case MedicalProgramDeactivated():
            return {"status": "inactive"}
        case ProgramMedicationAdded():
            return {"participants": [*parts, *map(_medication, fact.participants)]}
        case ProgramServiceAdded():
            added = (
                {
                    "service": each.service,
                    "first_day": each.first_day.isoformat(),
                    "last_day": each.last_day.isoformat(),
                }
                for each in fact.participants
            )
            return {"participants": [*parts, *added]}
        case ProgramMedicationEnded():
            return _ended(parts, "medication", named(fact.medication), fact.last_day)
        case ProgramServiceEnded():
            return _ended(parts, "service", fact.service, fact.last_day)
        case _:
            return {}


def _medication(part: MedicationParticipation) -> Document:
    return {
        "medication": named(part.medication),
        "generic": named(part.generic),
        "package_quantity": part.package_quantity,
        "package_minimum": part.package_minimum,
        "first_day": part.first_day.isoformat(),
        "last_day": part.last_day.isoformat(),
        "reimbursement": dict(part.reimbursement),
    }


def _ended(parts: list[Document], name: str, wanted: str, last_day: date) -> Document:
    """Cut every part of a participant at a day; one that would begin later is gone."""
    last = last_day.isoformat()
    kept: list[Document] = []
    for each in parts:
        if each.get(name) != wanted:
            kept.append(each)
        elif each["first_day"] <= last:
            kept.append({**each, "last_day": min(each["last_day"], last)})
    return {"participants": kept}


def _provided(document: Document | None, fact: Provision, notification: Notification) -> Document:
    before: Document = document or {
        "provision": named(fact.stream_id),
        "opened_position": notification.position,
        "program": named(fact.program),
        "division": named(fact.division),
        "legal_entity": named(fact.legal_entity),
        "history": [],
    }
    step: dict[str, Any]
    if isinstance(fact, ProgramProvisionOpened):
        step = {"from": fact.first_day.isoformat(), "provides": True}
    else:
        step = {"from": fact.from_day.isoformat(), "provides": False}
    others = [each for each in before["history"] if each["from"] != step["from"]]
    history = sorted([*others, step], key=lambda each: str(each["from"]))
    return {**before, **seen(notification), "history": history}
