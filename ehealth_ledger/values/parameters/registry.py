"""Name the parameters of the registries."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

EMPLOYEE_TYPES: Final = "legal_entity.employee_types"
DIVISION_TYPES: Final = "legal_entity.division_types"
LICENCE_TYPES: Final = "legal_entity.licence_types"
SERVICE_CATEGORIES: Final = "legal_entity.service_categories"
EMPLOYEE_SPECIALITIES: Final = "employee.specialities"
SERVICE_SPECIALITIES: Final = "healthcare_service.specialities"
PROVIDING_CONDITIONS: Final = "healthcare_service.providing_conditions"
PARTY_UNVERIFIED_DAYS_MAX: Final = "party.unverified_days_max"

PARAMETERS: Final = (
    Definition(
        EMPLOYEE_TYPES,
        "texts_by_name",
        "For each kind of institution the types of employee that work there besides its head",
    ),
    Definition(
        DIVISION_TYPES,
        "texts_by_name",
        "For each kind of institution the types of its divisions (section 2.2)",
    ),
    Definition(
        LICENCE_TYPES,
        "texts_by_name",
        "For each kind of institution the types of licence it works under",
    ),
    Definition(
        SERVICE_CATEGORIES,
        "texts_by_name",
        "For each kind of institution the categories of its healthcare services",
    ),
    Definition(
        EMPLOYEE_SPECIALITIES,
        "texts_by_name",
        "For each type of employee the specialities it may have; a type that is absent has none, "
        "every other has exactly one it is employed for",
    ),
    Definition(
        SERVICE_SPECIALITIES,
        "texts_by_name",
        "For each category of healthcare service the specialities it is given in",
    ),
    Definition(
        PROVIDING_CONDITIONS,
        "texts",
        "The conditions in which a healthcare service is given",
    ),
    Definition(
        PARTY_UNVERIFIED_DAYS_MAX,
        "number",
        "Days after a state register's NOT_VERIFIED in which a person at work still writes "
        "(rule 5)",
    ),
)
