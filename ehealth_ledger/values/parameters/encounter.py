"""Name the parameters of encounter packages."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

ENCOUNTER_DAYS_PASSED_MAX: Final = "encounter.days_passed_max"
ENCOUNTER_CLASSES_BY_EMPLOYEE_TYPE: Final = "encounter.classes_by_employee_type"
ENCOUNTER_TYPES_BY_CLASS: Final = "encounter.types_by_class"
ENCOUNTER_DIAGNOSIS_RANK_MAX: Final = "encounter.diagnosis_rank_max"
ENCOUNTER_MEMBER_DAYS_MAX: Final = "encounter.member_days_max"
ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND: Final = "encounter.member_days_max_by_kind"
ENCOUNTER_DIVISION_CLASSES: Final = "encounter.division_classes"
ENCOUNTER_SPECIALITIES_BY_CODE: Final = "encounter.specialities_by_code"

PARAMETERS: Final = (
    Definition(
        ENCOUNTER_DAYS_PASSED_MAX,
        "number",
        "How many days after its start an encounter may still be recorded (rule 25)",
    ),
    Definition(
        ENCOUNTER_CLASSES_BY_EMPLOYEE_TYPE,
        "texts_by_name",
        "Which classes of encounter an employee of a type may record (rule 27)",
    ),
    Definition(
        ENCOUNTER_TYPES_BY_CLASS,
        "texts_by_name",
        "Which types of encounter there are in a class (rule 27)",
    ),
    Definition(
        ENCOUNTER_DIAGNOSIS_RANK_MAX,
        "number",
        "The highest rank a diagnosis may have within its role (rule 29)",
    ),
    Definition(
        ENCOUNTER_MEMBER_DAYS_MAX,
        "number",
        "How many days ago a finding of a package may lie (rule 36)",
    ),
    Definition(
        ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND,
        "numbers_by_name",
        "How many days ago a finding of one kind, such as Observation, may lie, where it differs "
        "from the others (rule 36)",
    ),
    Definition(
        ENCOUNTER_DIVISION_CLASSES,
        "texts",
        "In which classes an encounter names the division where it took place (rule 28)",
    ),
    Definition(
        ENCOUNTER_SPECIALITIES_BY_CODE,
        "texts_by_name",
        "Which specialities may assert an ICD-10-AM code, or those that begin with it; a code that "
        "is not named is open to all (rule 33)",
    ),
)
