"""Refuse acts about employees' roles in healthcare services."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "employee_role.unknown": RefusalKind(422, "There is no such role"),
    "employee_role.of_other_entity": RefusalKind(403, "The role is another legal entity's"),
    "employee_role.already_registered": RefusalKind(
        409, "The employee has a role in this service; an ended one is activated"
    ),
    "employee_role.active_already": RefusalKind(409, "The role is active already"),
    "employee_role.not_active": RefusalKind(409, "The role has ended already"),
    "employee_role.other_speciality": RefusalKind(
        422, "The employee does not have the service's speciality"
    ),
}
