"""Name what a request carries out of a care plan (rule 51)."""

from __future__ import annotations

from dataclasses import dataclass

from ehealth_ledger.values.identifiers import ActivityId, CarePlanId


@dataclass(frozen=True, slots=True)
class Planned:
    """Name the activity of a care plan that a request carries out."""

    care_plan: CarePlanId
    activity: ActivityId


def planned_by(care_plan: CarePlanId | None, activity: ActivityId | None) -> Planned | None:
    """Return what a request carries out, where its fact names it."""
    return None if care_plan is None or activity is None else Planned(care_plan, activity)
