"""Name the parameters of referrals."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

REFERRAL_DAYS_VALID_MAX: Final = "referral.days_valid_max"
REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE: Final = "referral.categories_by_employee_type"

PARAMETERS: Final = (
    Definition(
        REFERRAL_DAYS_VALID_MAX,
        "number",
        "How many days after its issue a referral expires, whatever its own period says",
    ),
    Definition(
        REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE,
        "texts_by_name",
        "Which categories of service an employee of a type may ask for (rule 45)",
    ),
)
