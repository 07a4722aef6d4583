"""Tell what is bought from whom: requests, contracts with their standing, and the parties' names.

`concluded_position` is the position of the record that put a contract in force: it never changes,
so pages follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from psycopg import sql

from ehealth_ledger.errors import Undecided
from projections.read_models.database import Snapshot
from projections.read_models.document import Document, read
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

CONTRACTS: Final = Table(
    "contract",
    key="contract",
    copied={
        "concluded_position": "/concluded/position",
        "provider": "/provider",
        "payer": "/payer",
        "kind": "/kind",
        "status": "/status",
        "first_day": "/first_day",
        "last_day": "/last_day",
    },
)
REQUESTS: Final = Table(
    "contract_request",
    key="request",
    copied={
        "requested_position": "/requested/position",
        "provider": "/provider",
        "status": "/status",
    },
)
PARTIES: Final = Table("contract_party", key="legal_entity", copied={})
MODEL: Final = Model("contracts", version=4, tables=(CONTRACTS, REQUESTS, PARTIES))

# On a day within a suspension nothing is paid; it ends before the day of the resumption.
_IN_FORCE_ON: Final = sql.SQL(
    "first_day <= {day} AND last_day >= {day} AND NOT EXISTS ("
    "SELECT FROM jsonb_array_elements(document::jsonb -> 'suspensions') s "
    "WHERE (s ->> 'since')::date <= {day} "
    "AND (s ->> 'until' IS NULL OR (s ->> 'until')::date > {day}))"
)
_BUYS: Final = sql.SQL(
    "EXISTS (SELECT FROM jsonb_array_elements(document::jsonb -> 'terms') t "
    "WHERE t -> 'packages' @> to_jsonb({package}::text) AND ({day}::date IS NULL "
    "OR {day}::date BETWEEN (t ->> 'first_day')::date AND (t ->> 'last_day')::date))"
)


class Party(NamedTuple):
    """Name an institution as it was called at a position, with its code of the state register."""

    legal_entity: UUID
    edrpou: str
    name: str


def contract(snapshot: Snapshot, contract_id: UUID) -> str | None:
    """Return the document of a contract; None where there is none at this position."""
    return snapshot.text("SELECT document FROM contract WHERE contract = %s", (contract_id,))


def request(snapshot: Snapshot, request_id: UUID) -> str | None:
    """Return the document of a request; None where there is none at this position."""
    return snapshot.text("SELECT document FROM contract_request WHERE request = %s", (request_id,))


def contracts(
    snapshot: Snapshot,
    wanted: Mapping[str, object],
    *,
    package: str | None = None,
    in_force_on: date | None = None,
    after: int,
    limit: int,
) -> Page:
    """List contracts in the order in which they were concluded; new ones come on later pages.

    `package` keeps those whose terms buy it on a day, on `in_force_on` where that is said;
    `in_force_on` those under which, as known at this position, something may be paid for that day.
    """
    also: list[sql.Composable] = []
    if package is not None:
        also.append(_BUYS.format(package=sql.Literal(package), day=sql.Literal(in_force_on)))
    if in_force_on is not None:
        also.append(_IN_FORCE_ON.format(day=sql.Literal(in_force_on)))
    return page(
        *(snapshot, CONTRACTS.name, "concluded_position", wanted),
        after=after,
        limit=limit,
        also=also,
    )


def requests(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List requests in the order in which they were made; new ones come on later pages."""
    return page(snapshot, REQUESTS.name, "requested_position", wanted, after=after, limit=limit)


def number(snapshot: Snapshot, contract_id: UUID, at: int) -> str | None:
    """Return a contract's number as it was at a position; None where it is not known."""
    text = contract(snapshot, contract_id)
    if text is None:
        return None
    steps = [each for each in read(text)["history"] if each["position"] <= at]
    return next((str(each["number"]) for each in reversed(steps) if "number" in each), None)


def parties(snapshot: Snapshot, wanted: list[UUID], at: int) -> dict[UUID, Party]:
    """Name institutions as they were called at a position; one unknown then is left out.

    Raise Undecided where the model has not read so far yet: a later name may be missing.
    """
    if snapshot.checkpoint.position < at:
        raise Undecided("read_model.not_ready", model=MODEL.name)
    found = snapshot.rows(
        "SELECT document FROM contract_party WHERE legal_entity = ANY(%s)", (wanted,)
    )
    named = (_called(read(text), at) for (text,) in found)
    return {each.legal_entity: each for each in named if each is not None}


def _called(document: Document, at: int) -> Party | None:
    names = [each["name"] for each in document["names"] if each["position"] <= at]
    if not names:
        return None
    return Party(UUID(document["legal_entity"]), document["edrpou"], names[-1])
