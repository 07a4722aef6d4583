"""Name the parameters of automatic monitoring."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.monitoring import VERSIONS
from ehealth_ledger.values.parameters.definition import Definition

RULES: Final = "monitoring.rules"
DIAGNOSES_BY_SERVICE: Final = "monitoring.diagnoses_by_service"
SERVICES_BY_REFERRAL: Final = "monitoring.services_by_referral"

PARAMETERS: Final = (
    Definition(
        RULES,
        "numbers_by_name",
        "Which rules flag charges as they accrue, each with its version; what is absent is off",
        numbers=VERSIONS,
    ),
    Definition(
        DIAGNOSES_BY_SERVICE,
        "texts_by_name",
        "With which diagnoses a service (`system|code`) is given, by the beginnings of their codes",
    ),
    Definition(
        SERVICES_BY_REFERRAL,
        "texts",
        "Which services (`system|code`) are given on an electronic referral alone: "
        "`missing_referral` flags what is charged without one; until a value holds, none",
    ),
)
