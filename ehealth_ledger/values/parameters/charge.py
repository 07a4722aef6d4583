"""Name the parameters of charges."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

ATTEMPTS_MAX: Final = "charge.attempts_max"
CASE_ENCOUNTER_TYPES: Final = "charge.case_encounter_types"
SERVICES_WITHOUT_REFERRAL: Final = "charge.services_without_referral"

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
    Definition(
        SERVICES_WITHOUT_REFERRAL,
        "texts",
        "Which services (`system|code`) earn a charge though they answer no electronic referral: "
        "procedures and reports on a paper referral, procedures in an encounter's package; until a "
        "value holds, none",
    ),
)
