"""Read episodes of care: where each stands, and what its encounters diagnosed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ehealth_ledger.events.episode import (
    EpisodeCancelled,
    EpisodeClosed,
    EpisodeDiagnosed,
    EpisodeDiagnosesWithdrawn,
    EpisodeOpened,
    EpisodeUpdated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.json import Json, resolve
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, exact, named
from projections.read_models.episodes import DIAGNOSES, EPISODES, MODEL
from projections.read_models.model import Key, Model


class Episodes(OneRow):
    """Fold the facts of episodes into a row for each and for each encounter's diagnoses."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        EpisodeOpened,
        EpisodeUpdated,
        EpisodeClosed,
        EpisodeCancelled,
        EpisodeDiagnosed,
        EpisodeDiagnosesWithdrawn,
    )
    shared_by: ClassVar[SharedBy | None] = "key_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the episode, or the encounter whose diagnoses it is about."""
        if isinstance(fact, EpisodeDiagnosed | EpisodeDiagnosesWithdrawn):
            return (Key(DIAGNOSES.name, fact.encounter),)
        return (Key(EPISODES.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - no row needs another's
    ) -> Document | None:
        """Return the row after a fact; one whose beginning is unknown stays unknown."""
        try:
            content = notification.content()
        except KeyError:
            return None  # the patient's key was destroyed
        match fact:
            case EpisodeOpened():
                return _opened(fact, notification, content)
            case EpisodeDiagnosed():
                return _diagnosed(fact, notification, content)
            case _:
                return None if document is None else _changed(document, fact, notification, content)


def _changed(document: Document, fact: Fact, notification: Notification, content: Json) -> Document:
    """Return an episode, or an encounter's diagnoses, after what happened to it."""
    step = {**seen(notification), "command_id": named(notification.command_id)}
    changed: Document = {}
    match fact:
        case EpisodeUpdated():
            if fact.care_manager is not None:
                changed["care_manager"] = named(fact.care_manager)
            if fact.name_pointer is not None:
                changed["name"] = _signed(content, fact.name_pointer)
        case EpisodeClosed():
            summary = _signed(content, fact.summary_pointer)
            ended = {"ended_on": fact.ended_on.isoformat(), "reason": fact.reason}
            changed = {"status": "closed", "closed": {**step, **ended, "summary": summary}}
        case EpisodeCancelled():
            cancelled = {**step, "reason": fact.reason}
            changed = {"status": "entered_in_error", "cancelled": cancelled}
        case EpisodeDiagnosesWithdrawn():
            changed = {"standing": "withdrawn", "withdrawn": step}
        case _:
            return document
    return {**document, **seen(notification), **changed}


def _signed(content: Json, pointer: str) -> object:
    return exact(resolve(content, pointer))


def _opened(fact: EpisodeOpened, notification: Notification, content: Json) -> Document:
    resource = resolve(content, fact.resource_pointer)
    return {
        **seen(notification),
        "episode": named(fact.episode),
        "patient": named(fact.patient),
        "legal_entity": named(fact.legal_entity),
        "care_manager": named(fact.care_manager),
        "type": fact.type,
        "name": resource["extension"][0]["valueString"],
        "status": "active",
        "started_on": fact.started_on.isoformat(),
        "opened": {**seen(notification), "command_id": named(notification.command_id)},
        "closed": None,
        "cancelled": None,
    }


def _diagnosed(fact: EpisodeDiagnosed, notification: Notification, content: Json) -> Document:
    return {
        **seen(notification),
        "episode": named(fact.episode),
        "encounter": named(fact.encounter),
        "day": fact.day.isoformat(),
        "made": {**seen(notification), "command_id": named(notification.command_id)},
        "standing": "live",
        "diagnoses": [
            {
                "condition": named(each.condition),
                "role": each.role,
                "rank": each.rank or None,
                "code": exact(resolve(content, f"{each.pointer}/code")),
            }
            for each in fact.diagnoses
        ],
    }
