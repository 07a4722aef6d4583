"""Name the parameters of reports, procedures, specimens and conclusions."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

DIAGNOSTIC_REPORT_DAYS_MAX: Final = "diagnostic_report.days_max"
PROCEDURE_DAYS_MAX: Final = "procedure.days_max"
SPECIMEN_DAYS_MAX: Final = "specimen.days_max"
COMPOSITION_DAYS_MAX: Final = "composition.days_max"
COMPOSITION_DAYS_VALID_MAX: Final = "composition.days_valid_max"
COMPOSITION_CATEGORIES_BY_TYPE: Final = "composition.categories_by_type"

PARAMETERS: Final = (
    Definition(
        DIAGNOSTIC_REPORT_DAYS_MAX,
        "number",
        "How many days back an examination and its observations may lie (rule 36)",
    ),
    Definition(
        PROCEDURE_DAYS_MAX,
        "number",
        "How many days back a procedure outside a package may lie (rule 36)",
    ),
    Definition(
        SPECIMEN_DAYS_MAX,
        "number",
        "How many days back a specimen may have been taken or received (rule 36)",
    ),
    Definition(
        COMPOSITION_DAYS_MAX,
        "number",
        "How many days back the validity of a conclusion may begin (rule 36)",
    ),
    Definition(
        COMPOSITION_DAYS_VALID_MAX,
        "numbers_by_name",
        "For how many days at most a conclusion of a type holds; a type left out has no bound",
    ),
    Definition(
        COMPOSITION_CATEGORIES_BY_TYPE,
        "texts_by_name",
        "Which categories a conclusion of a type may have",
    ),
)
