"""Write medications and medical programs as the payer publishes them; all are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.values.json import Json

FORMS: Final = "MEDICATION_FORM"
SUBSTANCES: Final = "eHealth/innms"
UNIT: Final = "PILL"
ORDER: Final = "наказ 1"
FIRST_DAY: Final = date(2020, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)


def innm_dosage(
    medication: UUID, *, name: str = "Амлодипін", amount: str = "2.5", **other: Any
) -> Json:
    """Write a generic: one substance, tablets, a strength."""
    return {
        "type": "INNM_DOSAGE",
        "id": str(medication),
        "name": f"{name} {amount} мг",
        "form": {"system": FORMS, "code": "TABLET"},
        "unit": UNIT,
        "ingredients": [
            {
                "substance": {"system": SUBSTANCES, "code": "amlodipine", "display": name},
                "amount": amount,
                "unit": "MG",
                "primary": True,
            }
        ],
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "order": ORDER,
        **other,
    }


def product(medication: UUID, generic: UUID, **other: Any) -> Json:
    """Write a product: thirty tablets a package, handed out by tens."""
    return {
        "type": "BRAND",
        "id": str(medication),
        "name": "Амлодипін-Вигаданий",
        "generic": str(generic),
        "container": {"kind": {"system": "MEDICATION_UNIT", "code": "PILL"}, "quantity": 1},
        "package_quantity": 30,
        "package_minimum": 10,
        "manufacturer": {"name": "Вигадані ліки", "country": "UA"},
        "certificate": "UA/0001/01/01",
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "order": ORDER,
        **other,
    }


def program(
    program_id: UUID,
    *,
    kind: str = "MEDICATION",
    settings: Sequence[str] = (
        "skip_employment_declaration_verify",
        "skip_legal_entity_declaration_verify",
    ),
    **other: Any,
) -> Json:
    """Write a program that the payer funds and any doctor may prescribe within."""
    return {
        "id": str(program_id),
        "name": "Доступні ліки, вигадані",
        "kind": kind,
        "funding_source": "NHS",
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "settings": list(settings),
        "order": ORDER,
        **other,
    }


def program_medications(program_id: UUID, *products: UUID, amount: int = 6_000) -> Json:
    """Write products that take part in a program for an amount, kopiykas a package."""
    return {
        "program": str(program_id),
        "participants": [
            {
                "medication": str(each),
                "first_day": FIRST_DAY.isoformat(),
                "last_day": LAST_DAY.isoformat(),
                "reimbursement": {"type": "FIXED", "amount": amount},
            }
            for each in products
        ],
        "order": ORDER,
    }


def program_services(program_id: UUID, *services: tuple[str, str]) -> Json:
    """Write services (system, code) that take part in a program."""
    return {
        "program": str(program_id),
        "participants": [
            {
                "service": {"system": system, "code": code},
                "first_day": FIRST_DAY.isoformat(),
                "last_day": LAST_DAY.isoformat(),
            }
            for system, code in services
        ],
        "order": ORDER,
    }
