"""Tell who is declared with whom, and how many a doctor holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from psycopg import sql

from projections.read_models.database import Snapshot
from projections.read_models.document import Document
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

DECLARATIONS: Final = Table(
    "declarations",
    key="declaration",
    copied={
        "begun_position": "/begun/position",
        "patient": "/patient",
        "doctor": "/doctor",
        "party": "/party",
        "legal_entity": "/legal_entity",
        "status": "/status",
        "first_day": "/first_day",
        "last_day": "/last_day",
        "ended_on": "/ended_on",
    },
)
MODEL: Final = Model("declarations", version=2, tables=(DECLARATIONS,))


def declaration(snapshot: Snapshot, declaration_id: UUID) -> str | None:
    """Return the document of a declaration; None where there is none at this position."""
    return snapshot.text(
        "SELECT document FROM declarations WHERE declaration = %s", (declaration_id,)
    )


IN_FORCE_ON: Final = sql.SQL(
    "first_day <= {day} AND last_day >= {day} AND (ended_on IS NULL OR ended_on >= {day}) "
    "AND status IN ('active', 'terminated', 'closed')"
)


def declarations(
    snapshot: Snapshot,
    wanted: Mapping[str, object],
    *,
    in_force_on: date | None = None,
    after: int,
    limit: int,
) -> Page:
    """List declarations in the order in which they began; new ones come on later pages.

    `in_force_on` keeps those that, as known at this position, held on a day, its end included.
    """
    held = () if in_force_on is None else (IN_FORCE_ON.format(day=sql.Literal(in_force_on)),)
    return page(
        snapshot, "declarations", "begun_position", wanted, after=after, limit=limit, also=held
    )


def counts(snapshot: Snapshot, doctor: UUID) -> Document:
    """Count what a doctor holds in this job, and the same person in all jobs, with the limit.

    The limit is the one the law applied when the person's last declaration was signed; None before
    the first.
    """
    by_status = snapshot.rows(
        "SELECT status, count(*) FROM declarations WHERE doctor = %s GROUP BY status ORDER BY 1",
        (doctor,),
    )
    party = snapshot.rows(
        "SELECT count(*) FILTER (WHERE d.status IN ('active', 'pending_verification')), "
        "(array_agg((d.document::jsonb ->> 'limit')::bigint ORDER BY d.begun_position DESC))[1] "
        "FROM declarations d "
        "WHERE d.party IN (SELECT party FROM declarations WHERE doctor = %s)",
        (doctor,),
    )
    ((live, limit),) = party
    return {
        "doctor": str(doctor),
        "declarations": dict(by_status),
        "all_jobs": {"live": live, "limit": limit},
    }
