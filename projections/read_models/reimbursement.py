"""Add up what pharmacies are reimbursed in a month: contract by program by product.

The rows are the charges of `payment_statement`; nothing is kept beside them, so a report is always
what its charges come to. A withdrawn charge is of no month.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.values.reimbursement import PRODUCTS
from projections.read_models.database import Snapshot
from projections.read_models.document import Document

# Corrections are of the month they stand in, and of the product whose line they correct.
_REPORT: Final = """
    WITH lines AS (
        SELECT c.contract, c.provider, c.package, c.document::jsonb ->> 'service' AS service,
               1 AS dispenses, (c.document::jsonb ->> 'quantity')::bigint AS quantity,
               (c.document::jsonb ->> 'amount')::bigint AS amount,
               CASE WHEN c.document::jsonb ? 'denied'
                    THEN (c.document::jsonb ->> 'amount')::bigint ELSE 0 END AS denied,
               0 AS corrected
        FROM payment_charge c
        WHERE c.period = %(period)s AND c.document::jsonb ->> 'kind' = 'medicine'
          AND c.contract > %(after)s
          AND (%(contract)s::uuid IS NULL OR c.contract = %(contract)s)
        UNION ALL
        SELECT a.contract, a.provider, a.package, o.document::jsonb ->> 'service', 0, 0, 0, 0,
               (a.document::jsonb ->> 'amount')::bigint
        FROM payment_charge a
        JOIN payment_charge o ON o.charge = (a.document::jsonb ->> 'charge')::uuid
        WHERE a.period = %(period)s AND a.status = 'adjustment'
          AND o.document::jsonb ->> 'kind' = 'medicine'
          AND a.contract > %(after)s
          AND (%(contract)s::uuid IS NULL OR a.contract = %(contract)s)
    ), asked AS (
        SELECT DISTINCT contract FROM lines ORDER BY contract LIMIT %(limit)s
    )
    SELECT l.contract, l.provider, l.package, l.service, sum(l.dispenses)::bigint,
           sum(l.quantity)::bigint, sum(l.amount)::bigint, sum(l.denied)::bigint,
           sum(l.corrected)::bigint
    FROM lines l JOIN asked USING (contract)
    GROUP BY l.contract, l.provider, l.package, l.service
    ORDER BY l.contract, l.package, l.service
"""
_BEFORE_ALL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Report:
    """Hold a page of a report, contract by contract, and after which one the next page begins."""

    contracts: list[Document]
    following: UUID | None


def report(
    snapshot: Snapshot,
    period: str,
    contract: UUID | None = None,
    *,
    after: UUID | None = None,
    limit: int,
) -> Report:
    """Add up a month, of one contract or of so many behind another, in the order of their ids."""
    asked = {
        "period": period,
        "contract": contract,
        "after": after or _BEFORE_ALL,
        "limit": limit + 1,
    }
    rows = snapshot.cursor.execute(_REPORT, asked).fetchall()
    found = [
        _contract(whose, provider, lines)
        for (whose, provider), lines in groupby(rows, key=lambda row: row[:2])
    ]
    if len(found) <= limit:
        return Report(found, None)
    return Report(found[:limit], UUID(found[limit - 1]["contract"]))


def _contract(contract: UUID, provider: UUID, rows: Iterable[tuple[Any, ...]]) -> Document:
    lines = [_line(*row[2:]) for row in rows]
    summed = ("dispenses", "amount", "denied", "corrected")
    return {
        "contract": str(contract),
        "provider": str(provider),
        "lines": lines,
        # Quantities of different products count different units: nobody adds them up.
        "total": {name: sum(line[name] for line in lines) for name in summed},
    }


def _line(
    program: str,
    service: str,
    dispenses: int,
    quantity: int,
    amount: int,
    denied: int,
    corrected: int,
) -> Document:
    return {
        "program": program,
        "product": service.removeprefix(f"{PRODUCTS}|"),
        "dispenses": dispenses,
        "quantity": quantity,
        "amount": amount,
        "denied": denied,
        "corrected": corrected,
    }
