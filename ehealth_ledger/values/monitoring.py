"""Name the rules of automatic monitoring (автоматичний моніторинг), each with its versions.

What a rule asks stands in `aggregates/monitoring.py`; whether it is on is a signed parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DUPLICATE_SERVICE: Final = "duplicate_service"
DIAGNOSIS_AGAINST_SERVICE: Final = "diagnosis_against_service"
OVER_CEILING: Final = "over_ceiling"
PATIENT_DECEASED_BEFORE: Final = "patient_deceased_before"
PERFORMER_WITHOUT_ROLE: Final = "performer_without_role"
MISSING_REFERRAL: Final = "missing_referral"

# Kinds of charges that are reckoned by the month.
PAID_BY_MONTH: Final = frozenset({"capitation", "global"})

VERSIONS: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        DUPLICATE_SERVICE: frozenset({1}),
        DIAGNOSIS_AGAINST_SERVICE: frozenset({1}),
        OVER_CEILING: frozenset({1, 2}),  # the second asks months, too, when they are reckoned
        PATIENT_DECEASED_BEFORE: frozenset({1}),
        PERFORMER_WITHOUT_ROLE: frozenset({1}),
        MISSING_REFERRAL: frozenset({1}),
    }
)


def asks_months(version: int) -> bool:
    """Tell whether a version of `over_ceiling` asks a month as it is reckoned or settled.

    What is claimed again after a denial every version asks.
    """
    return version > 1


def is_known(rule: str, version: int) -> bool:
    """Tell whether a rule was ever written in a version; no version is taken out again."""
    return version in VERSIONS.get(rule, ())


def written() -> str:
    """Write every rule with its versions."""
    return ", ".join(
        f"{rule} {version}" for rule, versions in VERSIONS.items() for version in sorted(versions)
    )
