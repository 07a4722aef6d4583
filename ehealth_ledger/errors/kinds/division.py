"""Refuse acts about divisions (місця надання послуг)."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "division.unknown": RefusalKind(422, "There is no such division", rule="28"),
    "division.of_other_entity": RefusalKind(
        403, "The division is another legal entity's", rule="28"
    ),
    "division.not_active": RefusalKind(409, "The division is closed", rule="28"),
    "division.active_already": RefusalKind(409, "The division is active already"),
    "division.type_not_allowed": RefusalKind(
        422, "Legal entities of this kind have no division of this type", rule="18"
    ),
    "division.not_drugstore": RefusalKind(422, "The division sells no medicines", rule="18"),
}
