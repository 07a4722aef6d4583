"""Write one statement to a file, from the bytes of its digest."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail

if TYPE_CHECKING:
    from ehealth_ledger.entrypoints.cli.moment import Look
    from projections.read_models.database import Snapshot
    from projections.renderings.printed import Printed

SetOf = tuple[UUID | None, str | None, str | None]
"""Contract, package and month: the other way to name a statement."""


class Format(Enum):
    """Name the kinds of file a statement is written as."""

    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    pdf = "pdf"
    fhir = "fhir"


class Spoken(Enum):
    """Name the languages of a printed page."""

    uk = "uk"
    en = "en"


def find(seen: Snapshot, statement_id: UUID | None, set_of: SetOf) -> dict[str, Any]:
    """Find a statement by its id or by its set; end the command where there is none."""
    from projections.read_models import payment_statement as model
    from projections.read_models.document import read

    if statement_id is None:
        wanted = dict(zip(("contract", "package", "period"), set_of, strict=True))
        found = model.statements(seen, wanted, after=0, limit=1).rows
        document = read(found[0][1]) if found else None
    else:
        document = model.statement(seen, statement_id)
    if document is None:
        raise fail(
            f"the read model knows no such statement at position {seen.checkpoint.position}",
            FINDING,
        )
    return document


def write(
    looking: Look,
    statement_id: UUID | None,
    set_of: SetOf,
    kind: Format,
    language: Spoken,
    output: Path,
) -> int:
    """Write the file and return its size; end the command where there is no such statement."""
    from projections.read_models import contracts, payment_statement
    from projections.read_models.exact_statement import exact
    from projections.renderings.printed import Printed

    with looking.at(payment_statement.MODEL) as seen:
        document = find(seen, statement_id, set_of)
        denied = payment_statement.denied(seen, document)
        held = exact(seen, document)
    with held:
        with looking.at(contracts.MODEL) as seen:
            printed = Printed.of(held, seen)
        try:
            with output.open("wb") as file:
                return sum(file.write(each) for each in _pieces(printed, denied, kind, language))
        except OSError as fault:
            raise fail(f"{output}: {fault.strerror}", UNDECIDED) from None


def _pieces(
    printed: Printed, denied: dict[str, Any], kind: Format, language: Spoken
) -> Iterator[bytes]:
    from projections.renderings import csv_table, page, payment_reconciliation, workbook

    match kind:
        case Format.json:
            yield from printed.exact.pieces()
        case Format.csv:
            yield from csv_table.pieces(printed)
        case Format.xlsx:
            yield workbook.whole(printed)
        case Format.pdf:
            yield page.whole(printed, language.value)
        case Format.fhir:
            yield payment_reconciliation.whole(printed, denied)
