"""Lay the lines of a statement out as rows: one column a value, amounts whole and readable."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import decimal
from projections.renderings.printed import Printed

Cell = int | Decimal | str | None
"""A number, hryvnias, a text, or nothing; only a text may hold what somebody chose."""

COLUMNS: Final = (
    *("statement", "period", "line", "position", "day", "service", "quantity"),
    *("unit_price_kopiykas", "base_kopiykas", "per", "coefficients"),
    *("amount_kopiykas", "amount_uah", "tariff", "charge", "performer", "act_log", "act_position"),
    *("adjustment", "corrects_statement", "corrects_position", "reason", "rule", "rule_version"),
    *("contract", "contract_number"),  # the last to come: whoever counts columns counts as before
)


def rows(printed: Printed) -> Iterator[tuple[Cell, ...]]:
    """Give one row a line, in the order of the signed bytes; what a line lacks stays empty."""
    key = printed.exact.heading.key
    about: dict[str, Cell] = {
        "statement": str(printed.statement),
        "period": key.period,
        "contract": str(key.contract),
        "contract_number": printed.contract_number,
    }
    for number, line in enumerate(printed.lines(), start=1):
        cells = about | {"line": number} | _cells(line)
        yield tuple(cells.get(column) for column in COLUMNS)


def _cells(line: Json) -> dict[str, Cell]:
    corrects = line.get("corrects", {})
    factors = [f"{each['code']}={each['value']}" for each in line.get("coefficients", ())]
    copied = ("position", "day", "service", "quantity", "per", "tariff", "charge", "performer")
    found = ("adjustment", "reason", "rule", "rule_version")
    return {
        **{name: line.get(name) for name in (*copied, *found)},
        "unit_price_kopiykas": line.get("unit_price"),
        "base_kopiykas": line.get("base"),
        "coefficients": "; ".join(factors) or None,
        "amount_kopiykas": line["amount"],
        "amount_uah": decimal(line["amount"]),
        "act_log": line["act"]["log"],
        "act_position": line["act"]["position"],
        "corrects_statement": corrects.get("statement"),
        "corrects_position": corrects.get("position"),
    }
