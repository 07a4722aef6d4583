"""Name the parameters of the register of patients."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

AGE_YEARS_MAX: Final = "patient.age_years_max"
ADULT_AGE: Final = "patient.adult_age"
THIRD_PERSON_BELOW_AGE: Final = "patient.third_person_below_age"
PHONE_PERSONS_MAX: Final = "patient.phone_persons_max"

PARAMETERS: Final = (
    Definition(
        AGE_YEARS_MAX, "number", "How many years ago a patient may be born at most (rule 12)"
    ),
    Definition(
        ADULT_AGE, "number", "From how many years of age a person is grown up (rules 7, 8 and 10)"
    ),
    Definition(
        THIRD_PERSON_BELOW_AGE,
        "number",
        "Below how many years of age a confidant confirms for the patient (rule 10)",
    ),
    Definition(
        PHONE_PERSONS_MAX,
        "number",
        "How many patients may confirm by one telephone number (rule 11)",
    ),
)
