"""Refuse acts about episodes of care."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "episode.unknown": RefusalKind(422, "There is no such episode", rule="26"),
    "episode.of_other_patient": RefusalKind(422, "The episode is another patient's", rule="26"),
    "episode.of_other_entity": RefusalKind(
        403, "Another institution manages the episode", rule="26"
    ),
    "episode.not_active": RefusalKind(409, "The episode is not active", rule="26"),
    "episode.starts_in_future": RefusalKind(422, "The episode begins later than today"),
    "episode.care_manager_unknown": RefusalKind(422, "There is no such care manager", rule="27"),
    "episode.care_manager_of_other_entity": RefusalKind(
        422, "The care manager works for another institution", rule="27"
    ),
    "episode.care_manager_dismissed": RefusalKind(409, "The care manager is dismissed", rule="27"),
    "episode.type_not_allowed_for_entity": RefusalKind(
        422, "An institution of this kind opens no episode of this type", rule="27"
    ),
    "episode.type_not_allowed_for_employee": RefusalKind(
        422, "An employee of this type manages no episode of this type", rule="27"
    ),
    "episode.end_before_start": RefusalKind(422, "The episode ends before it begins", rule="42"),
    "episode.end_in_future": RefusalKind(422, "The episode ends later than today", rule="42"),
    "episode.already_in_error": RefusalKind(409, "The episode is entered in error already"),
    "episode.has_live_encounters": RefusalKind(
        409, "The episode has encounters that are not entered in error", rule="42"
    ),
}
