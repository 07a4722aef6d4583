"""Judge care plans and their activities: one stream a plan (rules 51 and 65).

How much of an activity is left is never stored: it is its quantity less what the requests took.
"""

from __future__ import annotations

from ehealth_ledger.aggregates.care_plan.activities import (
    add_activity,
    cancel_activity,
    complete_activity,
)
from ehealth_ledger.aggregates.care_plan.plans import cancel, complete, create
from ehealth_ledger.aggregates.care_plan.state import (
    EVOLVE,
    Activity,
    ActivityStatus,
    AnyCarePlanFact,
    CarePlan,
    Status,
    evolve,
)
from ehealth_ledger.aggregates.care_plan.use import release_activity, use_activity

__all__ = [
    "EVOLVE",
    "Activity",
    "ActivityStatus",
    "AnyCarePlanFact",
    "CarePlan",
    "Status",
    "add_activity",
    "cancel",
    "cancel_activity",
    "complete",
    "complete_activity",
    "create",
    "evolve",
    "release_activity",
    "use_activity",
]
