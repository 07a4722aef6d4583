"""Name the parameters of encounter packages."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

ENCOUNTER_DAYS_PASSED_MAX: Final = "encounter.days_passed_max"

PARAMETERS: Final = (
    Definition(
        ENCOUNTER_DAYS_PASSED_MAX,
        "number",
        "How many days after its start an encounter may still be recorded (rule 25)",
    ),
)
