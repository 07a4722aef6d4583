"""Name the parameters of declarations."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

LIMIT_BY_SPECIALITY: Final = "declaration.limit_by_speciality"
LEGAL_ENTITY_KINDS: Final = "declaration.legal_entity_kinds"
TERM_YEARS: Final = "declaration.term_years"
VERIFICATION_DAYS: Final = "declaration.verification_days"

PARAMETERS: Final = (
    Definition(
        LIMIT_BY_SPECIALITY,
        "numbers_by_name",
        "How many declarations a doctor may hold, by speciality; the lowest counts (rule 9)",
    ),
    Definition(
        LEGAL_ENTITY_KINDS,
        "texts",
        "Which kinds of institution may hold declarations (rule 13)",
    ),
    Definition(
        TERM_YEARS,
        "number",
        "For how many years a declaration holds where nothing ends it before (section 2.5)",
    ),
    Definition(
        VERIFICATION_DAYS,
        "number",
        "After how many days a declaration confirmed by scans is active without the payer's word "
        "(rule 15)",
    ),
)
