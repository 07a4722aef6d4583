"""Name the parameters of prescriptions."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

LEGAL_ENTITY_KINDS: Final = "prescription.legal_entity_kinds"
INPUT_DELAY_DAYS_MAX: Final = "prescription.input_delay_days_max"
DAYS_MAX: Final = "prescription.days_max"
DISPENSE_DAYS: Final = "prescription.dispense_days"
LONG_COURSE_DAYS: Final = "prescription.long_course_days"
RENEWAL_DAYS_LONG: Final = "prescription.renewal_days_long"
RENEWAL_DAYS_SHORT: Final = "prescription.renewal_days_short"

PARAMETERS: Final = (
    Definition(LEGAL_ENTITY_KINDS, "texts", "Kinds of institutions that prescribe (rule 52)"),
    Definition(
        INPUT_DELAY_DAYS_MAX,
        "number",
        "How many days after it was written a prescription may still be entered (rule 53)",
    ),
    Definition(
        DAYS_MAX,
        "number",
        "How many days of treatment one prescription covers, both ends counted, "
        "unless its program says otherwise (rule 53)",
    ),
    Definition(
        DISPENSE_DAYS,
        "number",
        "How many days from the treatment's start a prescription is dispensed, the first counted, "
        "unless its program says otherwise (rule 58)",
    ),
    Definition(
        LONG_COURSE_DAYS, "number", "From how many days on a course counts as long (rule 54)"
    ),
    Definition(
        RENEWAL_DAYS_LONG,
        "number",
        "How many days before the end of a long course it is prescribed again (rule 54)",
    ),
    Definition(
        RENEWAL_DAYS_SHORT,
        "number",
        "How many days before the end of a shorter course it is prescribed again (rule 54)",
    ),
)
