"""Refuse acts about employees (співробітники) and their employments."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "employee.unknown": RefusalKind(422, "There is no such employee"),
    "employee.of_other_entity": RefusalKind(403, "The employee works for another legal entity"),
    "employee.dismissed_already": RefusalKind(409, "The employment has ended already"),
    "employee.is_head": RefusalKind(409, "The head of a legal entity is replaced, not dismissed"),
    "employee.type_not_allowed": RefusalKind(
        422, "No employee of this type works for legal entities of this kind"
    ),
    "employee.speciality_not_allowed": RefusalKind(
        422, "Employees of this type do not have this speciality"
    ),
    "employee.speciality_repeated": RefusalKind(422, "A speciality is named twice"),
    "employee.speciality_officio_count": RefusalKind(
        422, "An employee with specialities is employed for exactly one of them"
    ),
    "employee.legal_entity_not_closed": RefusalKind(
        409, "The employee's legal entity was not closed"
    ),
}
