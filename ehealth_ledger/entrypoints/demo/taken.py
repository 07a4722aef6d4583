"""Take home what the payer takes home: a statement as files, and the treasury's word on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo.mis import Mis
from ehealth_ledger.entrypoints.treasury import Reconciliation, reconcile
from ehealth_ledger.pricing.treasury.parsing import MORE_COLUMNS, PARTED_BY, parse
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import decimal

FOLDER: Final = "payer"
KINDS: Final = ("csv", "pdf")


@dataclass(frozen=True, slots=True)
class TakenHome:
    """Hold where the files lie, and how the treasury's file and the ledger agree."""

    files: tuple[Path, ...]
    treasury: Path
    reconciliation: Reconciliation


def take_home(mis: Mis, statement: Json, debt: Json, folder: Path, read_url: str) -> TakenHome:
    """Download the statement, write what the treasury would send of it, and match the two.

    `debt` is the same provider's statement below zero: what came back of it is in the file too.
    """
    home = folder / FOLDER
    home.mkdir()
    wanted = UUID(statement["statement"])
    mis.read(f"/contracts/{statement['contract']}", "contract")  # the parties are read by now
    files = tuple(home / f"statement.{kind}" for kind in KINDS)
    for file in files:
        file.write_bytes(mis.download(f"/statements/{wanted}/{file.name}"))
    treasury = home / "treasury.csv"
    parties = (
        mis.read(f"/legal-entities/{statement[side]}", "legal_entity")["edrpou"]
        for side in ("payer", "provider")
    )
    treasury.write_text("\n".join(_lines((statement, debt), *parties)) + "\n", encoding="utf-8")
    read = parse(treasury.read_bytes())
    days = [each.day for each in read.lines]
    return TakenHome(files, treasury, reconcile(read_url, read, min(days), max(days)))


def _lines(statements: Iterable[Json], payer: str, provider: str) -> Iterator[str]:
    """Write what was moved as the treasury does: hryvnias with a comma, the id in a text."""
    yield PARTED_BY.join(MORE_COLUMNS)
    for statement in statements:
        moved = [(each, each["paid_on"], "paid") for each in statement["payments"]]
        moved += [(each, each["received_on"], "returned") for each in statement["refunds"]]
        for each, day, direction in moved:
            amount = str(decimal(each["amount"])).replace(".", ",")
            purpose = f"Розрахунок за звітом {statement['statement']}"
            cells = (each["bank_reference"], day, amount, payer, provider, purpose, direction)
            yield PARTED_BY.join(cells)
