"""Tell what contracts' months came to: of capitation by place and band of ages, of global rates.

A package that a month found no global rate for may be paid by the act. It waits to be settled where
a rate for that day has been released since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from psycopg import sql

from ehealth_ledger.pricing.capitation_report import Counted, Group, Report, report
from ehealth_ledger.values.money import Kopiykas
from projections.read_models.database import Snapshot
from projections.read_models.document import Document
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

MONTHS: Final = Table(
    "contract_month",
    key="month",
    copied={
        "counted_position": "/counted_position",
        "kind": "/kind",
        "contract": "/contract",
        "provider": "/provider",
        "period": "/period",
        "status": "/status",
    },
)
CONTRACTS: Final = Table("month_contract", key="contract", copied={}, grouped_by=("contract",))
RATES: Final = Table(
    "month_rate",
    key="tariff",
    copied={"package": "/package", "first_day": "/first_day", "last_day": "/last_day"},
)
MODEL: Final = Model("capitation", version=4, tables=(MONTHS, CONTRACTS, RATES))

CAPITATION: Final = "capitation"
GLOBAL: Final = "global"
WITHHELD: Final = "withheld"  # a package waits for a tariff
UNRATED: Final = "unrated"  # a package found no global rate: it waits for one, or needs none
COUNTED: Final = "counted"

_WAITS: Final = sql.SQL(
    """(status = 'withheld' OR (status = 'unrated' AND EXISTS (
        SELECT FROM month_rate r, LATERAL (SELECT contract_month.document::jsonb AS told) m
        WHERE r.package IN (SELECT jsonb_array_elements_text(m.told -> 'unrated'))
          AND m.told ->> 'billing_date' BETWEEN r.first_day AND r.last_day)))"""
)


def months(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List the months of capitation that were counted, in the order in which they were."""
    of_kind = {**wanted, "kind": CAPITATION}
    return page(snapshot, MONTHS.name, "counted_position", of_kind, after=after, limit=limit)


def withheld(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List the months, of either kind, of which a package waits to be settled, as counted."""
    return page(
        *(snapshot, MONTHS.name, "counted_position", wanted),
        after=after,
        limit=limit,
        also=[_WAITS],
    )


def waiting(snapshot: Snapshot, documents: Iterable[Document]) -> list[Document]:
    """Write months as reported, with the packages that wait to be settled."""
    found = list(documents)
    unrated = {package for each in found for package in each.get("unrated", ())}
    rates = snapshot.rows(
        "SELECT package, first_day, last_day FROM month_rate WHERE package = ANY(%s)",
        (list(unrated),),
    )
    return [reported(each) | {"waiting": _waiting(each, rates)} for each in found]


def _waiting(document: Document, rates: Iterable[tuple[str, str, str]]) -> list[str]:
    if document["kind"] == CAPITATION:
        return [each["package"] for each in document["packages"] if each["withheld"] == "no_tariff"]
    day = document["billing_date"]
    rated = {package for package, first, last in rates if first <= day <= last}
    return [each for each in document["unrated"] if each in rated]


def reported(document: Document) -> Document:
    """Write a month as the report has it: its lines added up over the doctors."""
    if document["kind"] == GLOBAL:
        return {**document, "amount": sum(each["amount"] for each in document["packages"])}
    found = _report_of(document)
    told: dict[str, Any] = {name: value for name, value in document.items() if name != "lines"}
    rows = [
        {**row.group._asdict(), "patients": row.patients, "amount": row.amount}
        for row in found.rows
    ]
    return {**told, "rows": rows, "patients": found.patients, "amount": found.amount}


def _report_of(document: Document) -> Report:
    """Add up a month's lines."""
    return report(
        Counted(
            Group(line["package"], line["mountain"], line["band"], line["up_to_percent"]),
            line["patients"],
            Kopiykas(line["amount"]),
        )
        for line in document["lines"]
    )
