"""Tell who gives care where: institutions, their divisions, licences and services, who works there.

`registered_position` is the position of the record with which a thing began: it never changes, so
pages follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from psycopg import sql

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

_BEGAN: Final = {"registered_position": "/registered/position"}

ENTITIES: Final = Table(
    "registry_legal_entity",
    key="legal_entity",
    copied={
        **_BEGAN,
        "edrpou": "/edrpou",
        "kind": "/kind",
        "status": "/status",
        "verdict": "/verdict",
    },
)
DIVISIONS: Final = Table(
    "registry_division",
    key="division",
    copied={**_BEGAN, "legal_entity": "/legal_entity", "type": "/type", "status": "/status"},
)
LICENCES: Final = Table(
    "registry_licence",
    key="licence",
    copied={**_BEGAN, "legal_entity": "/legal_entity"},
)
SERVICES: Final = Table(
    "registry_healthcare_service",
    key="healthcare_service",
    copied={
        **_BEGAN,
        "legal_entity": "/legal_entity",
        "division": "/division",
        "speciality": "/speciality",
        "status": "/status",
    },
)
EMPLOYEES: Final = Table(
    "registry_employee",
    key="employee",
    copied={
        **_BEGAN,
        "legal_entity": "/legal_entity",
        "party": "/party",
        "type": "/type",
        "speciality": "/speciality",
        "status": "/status",
    },
)
ROLES: Final = Table(
    "registry_employee_role",
    key="employee_role",
    copied={
        **_BEGAN,
        "employee": "/employee",
        "healthcare_service": "/healthcare_service",
    },
)
PARTIES: Final = Table("registry_party", key="party", copied={})
MODEL: Final = Model(
    "registry",
    version=1,
    tables=(ENTITIES, DIVISIONS, LICENCES, SERVICES, EMPLOYEES, ROLES, PARTIES),
)


def one(snapshot: Snapshot, table: Table, wanted: UUID) -> str | None:
    """Return the document of one thing; None where there is none at this position."""
    query = sql.SQL("SELECT document FROM {table} WHERE {key} = %s").format(
        table=sql.Identifier(table.name), key=sql.Identifier(table.key)
    )
    found = snapshot.rows(query, (wanted,))
    return found[0][0] if found else None


def every(snapshot: Snapshot, table: Table, column: str, wanted: UUID) -> list[str]:
    """List the documents of the things that belong to another one, as they were registered."""
    query = sql.SQL(
        "SELECT document FROM {table} WHERE {column} = %s ORDER BY registered_position"
    ).format(table=sql.Identifier(table.name), column=sql.Identifier(column))
    return [text for (text,) in snapshot.rows(query, (wanted,))]


def listed(
    snapshot: Snapshot, table: Table, wanted: Mapping[str, object], *, after: int, limit: int
) -> Page:
    """List things as they were registered; new ones come on later pages."""
    return page(snapshot, table.name, "registered_position", wanted, after=after, limit=limit)
