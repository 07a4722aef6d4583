"""Name the parameters of charges."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

ATTEMPTS_MAX: Final = "charge.attempts_max"
CASE_ENCOUNTER_TYPES: Final = "charge.case_encounter_types"

PARAMETERS: Final = (
    Definition(
        ATTEMPTS_MAX,
        "number",
        "How often an act may be claimed in all: once, and again after each denial",
    ),
    Definition(
        CASE_ENCOUNTER_TYPES,
        "texts_by_name",
        "By class of encounter, which types of it end a treated case, to be grouped and paid as "
        "one; until a value holds there are no such cases (section 6.3)",
    ),
)
