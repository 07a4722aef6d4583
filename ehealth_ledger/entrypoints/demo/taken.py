"""Take home what the payer takes home: a statement as files, and the treasury's word on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo.mis import Mis
from ehealth_ledger.entrypoints.treasury import Reconciliation, reconcile
from ehealth_ledger.pricing.treasury.parsing import COLUMNS, PARTED_BY, parse
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


def take_home(mis: Mis, statement: Json, folder: Path, read_url: str) -> TakenHome:
    """Download the statement, write what the treasury would send of it, and match the two."""
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
    treasury.write_text("\n".join(_lines(statement, *parties)) + "\n", encoding="utf-8")
    read = parse(treasury.read_bytes())
    days = [each.day for each in read.lines]
    return TakenHome(files, treasury, reconcile(read_url, read, min(days), max(days)))


def _lines(statement: Json, payer: str, provider: str) -> Iterator[str]:
    """Write the payments as the treasury states them: hryvnias with a comma, the id in a text."""
    yield PARTED_BY.join(COLUMNS)
    for each in statement["payments"]:
        amount = str(decimal(each["amount"])).replace(".", ",")
        purpose = f"Оплата медичних послуг за звітом {statement['statement']}"
        cells = (each["bank_reference"], each["paid_on"], amount, payer, provider, purpose)
        yield PARTED_BY.join(cells)
