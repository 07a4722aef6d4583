"""Refuse acts about medical programs (медичні програми)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "medical_program.unknown": RefusalKind(422, "There is no such medical program"),
    "medical_program.not_active": RefusalKind(
        409, "The medical program is not in force", rule="56"
    ),
    "medical_program.other_kind": RefusalKind(422, "The medical program is of the other kind"),
    "medical_program.period_invalid": RefusalKind(422, "The last day is before the first"),
    "medical_program.participation_overlaps": RefusalKind(
        409, "The participant takes part in the program on one of these days already"
    ),
    "medical_program.participant_unknown": RefusalKind(
        422, "No such participant takes part in the program", rule="60"
    ),
    "medical_program.day_passed": RefusalKind(
        422, "What acts rest on changes from today or later, never in the past"
    ),
    "medical_program.provision_open": RefusalKind(
        409, "The division provides the program on that day already"
    ),
    "medical_program.provision_unknown": RefusalKind(
        409, "The division does not provide the program", rule="59"
    ),
}
