"""Tell what capitation came to: by contract and month, by place and band of ages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ehealth_ledger.pricing.capitation_report import Counted, Group, Report, report
from ehealth_ledger.values.money import Kopiykas
from projections.read_models.database import Snapshot
from projections.read_models.document import Document
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

MONTHS: Final = Table(
    "capitation_month",
    key="month",
    copied={
        "counted_position": "/counted_position",
        "contract": "/contract",
        "provider": "/provider",
        "period": "/period",
        "status": "/status",
    },
)
MODEL: Final = Model("capitation", version=2, tables=(MONTHS,))

WITHHELD: Final = "withheld"  # a package waits for a tariff
COUNTED: Final = "counted"


def months(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List the months that were counted, in the order in which they were."""
    return page(snapshot, "capitation_month", "counted_position", wanted, after=after, limit=limit)


def withheld(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List the months of which a package waits for a tariff, in the order of their counts."""
    return months(snapshot, {**wanted, "status": WITHHELD}, after=after, limit=limit)


def reported(document: Document) -> Document:
    """Write a month as the report has it: its lines added up over the doctors."""
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
