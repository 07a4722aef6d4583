"""Tell which medical programs there are, what takes part in them, and who provides them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from projections.read_models.database import Snapshot
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

PROGRAMS: Final = Table(
    "medical_program",
    key="program",
    copied={
        "published_position": "/published_position",
        "kind": "/kind",
        "status": "/status",
    },
)
PROVISIONS: Final = Table(
    "program_provision",
    key="provision",
    copied={
        "opened_position": "/opened_position",
        "program": "/program",
        "division": "/division",
    },
)
MODEL: Final = Model("medical_program", version=1, tables=(PROGRAMS, PROVISIONS))


def program(snapshot: Snapshot, program_id: UUID) -> str | None:
    """Return the document of a program; None where there is none at this position."""
    return snapshot.text("SELECT document FROM medical_program WHERE program = %s", (program_id,))


def programs(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List programs in the order in which they were published."""
    return page(snapshot, "medical_program", "published_position", wanted, after=after, limit=limit)


def provisions(snapshot: Snapshot, program_id: UUID, *, after: int, limit: int) -> Page:
    """List who provides a program, in the order in which they began."""
    wanted = {"program": program_id}
    return page(snapshot, "program_provision", "opened_position", wanted, after=after, limit=limit)
