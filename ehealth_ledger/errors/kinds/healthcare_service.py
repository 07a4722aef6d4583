"""Refuse acts about healthcare services (послуги закладу)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "healthcare_service.unknown": RefusalKind(422, "There is no such healthcare service"),
    "healthcare_service.of_other_entity": RefusalKind(
        403, "The healthcare service is another legal entity's"
    ),
    "healthcare_service.not_active": RefusalKind(409, "The healthcare service is stopped"),
    "healthcare_service.active_already": RefusalKind(
        409, "The healthcare service is active already"
    ),
    "healthcare_service.category_not_allowed": RefusalKind(
        422, "Legal entities of this kind give no service of this category"
    ),
    "healthcare_service.speciality_not_allowed": RefusalKind(
        422, "Services of this category are not given in this speciality"
    ),
    "healthcare_service.providing_condition_not_allowed": RefusalKind(
        422, "No service is given in this condition"
    ),
    "healthcare_service.already_registered": RefusalKind(
        409, "The division has a service of this category, speciality and condition"
    ),
}
