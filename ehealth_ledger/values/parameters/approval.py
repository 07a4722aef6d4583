"""Name the parameters of approvals."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

APPROVAL_CONFIRMATION_HOURS_MAX: Final = "approval.confirmation_hours_max"
APPROVAL_HOURS_VALID: Final = "approval.hours_valid"

PARAMETERS: Final = (
    Definition(
        APPROVAL_CONFIRMATION_HOURS_MAX,
        "number",
        "How many hours a patient has to confirm an approval before it lapses",
    ),
    Definition(
        APPROVAL_HOURS_VALID,
        "numbers_by_name",
        "For how many hours a confirmed approval holds, by what it opens (its selector)",
    ),
)
