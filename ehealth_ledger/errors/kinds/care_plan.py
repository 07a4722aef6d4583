"""Refuse acts about care plans (плани лікування) and what is based on them."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "care_plan.unknown": RefusalKind(422, "There is no such care plan"),
    "care_plan.author_not_signer": RefusalKind(
        422, "The author of a care plan is the one who signs", rule="2"
    ),
    "care_plan.period_invalid": RefusalKind(
        422, "A care plan ends after it starts, and in the future"
    ),
    "care_plan.context_unknown": RefusalKind(
        422, "The encounter a care plan comes from is the same patient's"
    ),
    "care_plan.of_other_patient": RefusalKind(422, "The care plan is another patient's"),
    "care_plan.no_write_approval": RefusalKind(
        403, "The patient has not approved that this care plan be written", rule="65"
    ),
    "care_plan.not_open": RefusalKind(409, "The care plan is neither new nor active"),
    "care_plan.not_active": RefusalKind(409, "The care plan is not active", rule="51"),
    "care_plan.activity_outside_plan": RefusalKind(
        422, "The activity's period is not within the care plan's"
    ),
    "care_plan.medication_not_named": RefusalKind(
        422, "An activity of medicines names one INNM dosage by its id", rule="38"
    ),
    "care_plan.activity_unknown": RefusalKind(422, "The care plan has no such activity", rule="51"),
    "care_plan.activity_settled": RefusalKind(
        409, "The activity is completed or cancelled already", rule="51"
    ),
    "care_plan.activity_other_service": RefusalKind(
        422, "The request is not what the activity foresees", rule="51"
    ),
    "care_plan.quantity_exhausted": RefusalKind(
        409, "Too little of the activity's quantity is left", rule="51"
    ),
    "care_plan.period_outside_activity": RefusalKind(
        422, "The request's period is not within the activity's", rule="51"
    ),
    "care_plan.activity_not_in_progress": RefusalKind(
        409, "Nothing of the activity was asked for yet, or it is settled"
    ),
    "care_plan.nothing_completed": RefusalKind(
        409, "No activity of the care plan is completed", rule="65"
    ),
    "care_plan.activities_live": RefusalKind(
        409, "The care plan has activities that are not settled", rule="65"
    ),
}
