"""Write what the registries hold of invented institutions and their staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ehealth_ledger.values.json import Json

SPECIALITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DOCTOR": "FAMILY_DOCTOR",
        "SPECIALIST": "CARDIOLOGY",
        "SURGEON": "SURGERY",
        "PHARMACIST": "PHARMACIST",
    }
)
"""The speciality that an invented employee of a type is employed for."""


def party(tax_id: str, family: str, given: str) -> Json:
    """Write a person at work."""
    return {"tax_id": tax_id, "family": family, "given": given}


def institution(entity: UUID, edrpou: str, name: str, kind: str, head: UUID, person: Json) -> Json:
    """Write an institution and its head."""
    return {
        "id": str(entity),
        "edrpou": edrpou,
        "name": name,
        "kind": kind,
        "head": {"id": str(head), "party": person},
    }


def verdict(entity: UUID, said: str = "VERIFIED") -> Json:
    """Write the payer's verdict on an institution."""
    return {"legal_entity": str(entity), "verdict": said, "reason": "Звірено з ЄДР"}


def decision(entity: UUID, reason: str = "Рішення платника") -> Json:
    """Write a decision about an institution."""
    return {"legal_entity": str(entity), "reason": reason}


def specialities(main: str | None, *others: str) -> list[Json]:
    """Write specialities, the one employed for first; none without one."""
    if main is None:
        return []
    named = ((main, True), *((each, False) for each in others))
    return [{"speciality": each, "speciality_officio": officio} for each, officio in named]


def employment(
    employee: UUID,
    person: Json,
    kind: str,
    *,
    speciality: str | None = None,
    others: Sequence[str] = (),
    division: UUID | None = None,
) -> Json:
    """Write an employment; where the type has a speciality, an invented one has its usual one."""
    main = speciality or SPECIALITIES.get(kind)
    written: Json = {
        "id": str(employee),
        "party": person,
        "type": kind,
        "specialities": specialities(main, *others),
    }
    return written if division is None else {**written, "division": str(division)}


def address(settlement: str = "Вигадане", settlement_type: str = "VILLAGE") -> Json:
    """Write an address in a settlement that does not exist."""
    return {
        "area": "Вигадана область",
        "settlement_type": settlement_type,
        "settlement": settlement,
        "settlement_code": "UA99999999999999999",
        "street": "вул. Садова",
        "building": "1",
    }


def division(
    division_id: UUID,
    *,
    kind: str = "CLINIC",
    name: str = "Амбулаторія",
    mountain: bool = False,
) -> Json:
    """Write a division."""
    return {
        "id": str(division_id),
        "name": name,
        "type": kind,
        "address": address(),
        "mountain_group": mountain,
    }


def licence(
    licence_id: UUID,
    *,
    kind: str = "MSP",
    first_day: date = date(2020, 1, 1),
    last_day: date | None = None,
) -> Json:
    """Write a licence; without a last day it holds for ever."""
    written: Json = {
        "id": str(licence_id),
        "type": kind,
        "number": "ЛЦ-001",
        "issued_by": "Вигадане міністерство",
        "issued_on": first_day.isoformat(),
        "first_day": first_day.isoformat(),
    }
    return written if last_day is None else {**written, "last_day": last_day.isoformat()}


def healthcare_service(
    service: UUID,
    division_id: UUID,
    licence_id: UUID,
    *,
    category: str = "MSP",
    speciality: str = "FAMILY_DOCTOR",
    condition: str = "OUTPATIENT",
) -> Json:
    """Write a healthcare service."""
    return {
        "id": str(service),
        "division": str(division_id),
        "licence": str(licence_id),
        "category": category,
        "speciality": speciality,
        "providing_condition": condition,
    }


def role(role_id: UUID, employee: UUID, service: UUID) -> Json:
    """Write an employee's role in a healthcare service."""
    return {"id": str(role_id), "employee": str(employee), "healthcare_service": str(service)}


def party_verdict(employee: UUID, said: str, source: str = "DRFO") -> Json:
    """Write a state register's verdict on a person at work."""
    return {
        "employee": str(employee),
        "source": source,
        "verdict": said,
        "reason": "Відповідь реєстру",
    }
