"""Read care plans: what is planned, how much of it is left, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, assert_never

from ehealth_ledger.events.care_plan import (
    FACTS,
    ActivityAdded,
    ActivityCancelled,
    ActivityCompleted,
    ActivityReleased,
    ActivityUsed,
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanCreated,
    CarePlanTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.care_plans import CARE_PLANS, MODEL
from projections.read_models.document import Document, instant, named, named_if
from projections.read_models.model import Key, Model

ActivityStep = ActivityUsed | ActivityReleased | ActivityCompleted | ActivityCancelled
PlanEnd = CarePlanTerminated | CarePlanCompleted | CarePlanCancelled


class CarePlans(OneRow):
    """Fold the facts of one care plan into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = FACTS
    reads_contents: ClassVar[bool] = False
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the care plan."""
        return (Key(CARE_PLANS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a care plan needs nobody else's rows
    ) -> Document | None:
        """Return the plan after a fact; one whose beginning is unknown stays unknown."""
        if isinstance(fact, CarePlanCreated):
            return _begun(fact, notification)
        if document is None:
            return None
        changed: Document = {}
        if isinstance(fact, PlanEnd):
            changed = _ended(fact)
        elif isinstance(fact, ActivityAdded):
            status = "active" if document["status"] == "new" else document["status"]
            changed = {
                "status": status,
                "activities": [*document["activities"], _planned(fact, notification)],
            }
        elif isinstance(fact, ActivityStep):
            wanted = named(fact.activity)
            changed = {
                "activities": [
                    {**each, **_changed(each, fact)} if each["activity"] == wanted else each
                    for each in document["activities"]
                ]
            }
        return {**document, **seen(notification), **changed}


def _begun(fact: CarePlanCreated, notification: Notification) -> Document:
    return {
        **seen(notification),
        "care_plan": named(fact.care_plan),
        "patient": named(fact.patient),
        "created": {**seen(notification), "command_id": named(notification.command_id)},
        "author": named(fact.author),
        "legal_entity": named(fact.legal_entity),
        "diagnosis": fact.diagnosis,
        "context": named_if(fact.encounter),
        "starts_at": instant(fact.starts_at),
        "ends_at": instant(fact.ends_at),
        "status": "new",
        "replaced_by": None,
        "activities": [],
    }


def _ended(fact: PlanEnd) -> Document:
    match fact:
        case CarePlanTerminated():
            return {"status": "terminated", "replaced_by": named(fact.replaced_by)}
        case CarePlanCompleted():
            return {"status": "completed"}
        case CarePlanCancelled():
            return {"status": "cancelled"}
        case _:
            assert_never(fact)


def _planned(fact: ActivityAdded, notification: Notification) -> Document:
    return {
        **seen(notification),
        "activity": named(fact.activity),
        "kind": fact.kind,
        "codes": list(fact.codes),
        "starts_at": instant(fact.starts_at),
        "ends_at": instant(fact.ends_at),
        "status": "scheduled",
        "quantity": fact.quantity,
        "remaining": fact.quantity,
        "uses": [],
    }


def _changed(activity: dict[str, Any], fact: ActivityStep) -> Document:
    match fact:
        case ActivityUsed():
            use = {"request": named(fact.request), "quantity": fact.quantity}
            return _left(activity, [*activity["uses"], use]) | {"status": "in_progress"}
        case ActivityReleased():
            request = named(fact.request)
            kept = [each for each in activity["uses"] if each["request"] != request]
            taken = sum(each["quantity"] for each in activity["uses"] if each["request"] == request)
            left = taken - fact.quantity
            rest = [{"request": request, "quantity": left}] if left > 0 else []
            return _left(activity, [*kept, *rest])
        case ActivityCompleted():
            return {"status": "completed"}
        case ActivityCancelled():
            return {"status": "cancelled"}
        case _:
            assert_never(fact)


def _left(activity: dict[str, Any], uses: list[Document]) -> Document:
    """Derive what is left; a request that gave all back is no longer among the uses."""
    taken: int = sum(each["quantity"] for each in uses)
    return {"uses": uses, "remaining": activity["quantity"] - taken}
