"""Refuse encounter packages."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "encounter.performer_not_signer": RefusalKind(
        422, "The performer is the one who signs", rule="2"
    ),
    "encounter.period_in_future": RefusalKind(
        422, "The encounter's period ends later than now", rule="25"
    ),
    "encounter.period_reversed": RefusalKind(
        422, "The encounter's period ends before it starts", rule="25"
    ),
    "encounter.period_too_old": RefusalKind(422, "The encounter is recorded too late", rule="25"),
    "encounter.id_repeated": RefusalKind(422, "An id stands twice in the package", rule="24"),
    "encounter.primary_diagnosis_count": RefusalKind(
        422, "A package has exactly one primary diagnosis", rule="29"
    ),
    "encounter.diagnosis_rank": RefusalKind(422, "A diagnosis rank is from 1 to 10", rule="29"),
    "encounter.diagnosis_unresolved": RefusalKind(
        422, "A diagnosis names no condition of the package", rule="29"
    ),
    "encounter.code_system_not_allowed": RefusalKind(
        422, "The condition's code system is not allowed in this class of encounter", rule="31"
    ),
    "encounter.code_system_repeated": RefusalKind(
        422, "A condition has at most one code per system", rule="31"
    ),
    "encounter.subject_mismatch": RefusalKind(
        422, "A resource of the package is about another patient", rule="35"
    ),
    "encounter.context_mismatch": RefusalKind(
        422, "A resource of the package names another encounter", rule="35"
    ),
}
