"""Name the parameters of dispenses."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

LEGAL_ENTITY_KINDS: Final = "dispense.legal_entity_kinds"
DIVISION_KINDS: Final = "dispense.division_kinds"
LICENCE_TYPES: Final = "dispense.licence_types"
HOLD_MINUTES: Final = "dispense.hold_minutes"
TOLERANCE_KOPIYKAS: Final = "dispense.discount_tolerance_kopiykas"
DEVIATION_PERCENT: Final = "dispense.discount_deviation_percent"
PRICED_FUNDING_SOURCES: Final = "dispense.priced_funding_sources"

PARAMETERS: Final = (
    Definition(LEGAL_ENTITY_KINDS, "texts", "Kinds of institutions that dispense (rule 59)"),
    Definition(DIVISION_KINDS, "texts", "Kinds of divisions that dispense (rule 59)"),
    Definition(LICENCE_TYPES, "texts", "Types of licence under which is dispensed (rule 59)"),
    Definition(HOLD_MINUTES, "number", "How many minutes a pharmacy's hold lasts (rule 62)"),
    Definition(
        TOLERANCE_KOPIYKAS,
        "number",
        "By how many kopiykas a discount may exceed what the program grants (rule 61)",
    ),
    Definition(
        DEVIATION_PERCENT,
        "number",
        "By how many percent a discount may fall short of what the program grants (rule 61)",
    ),
    Definition(
        PRICED_FUNDING_SOURCES,
        "texts",
        "Funding sources whose dispenses name their prices (rule 63)",
    ),
)
