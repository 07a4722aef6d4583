"""Print what pharmacies are reimbursed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.moment import AtPosition, AtTime, look
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of
from ehealth_ledger.values.money import hryvnias

if TYPE_CHECKING:
    from ehealth_ledger.entrypoints.cli.moment import Look
    from projections.read_models.document import Document

CONTRACTS_A_PAGE: Final = 1_000


def reimbursement(
    period: Annotated[str, typer.Option(help="Of this month, YYYY-MM.")],
    contract: Annotated[UUID | None, typer.Option(help="Of this contract.")] = None,
    at_position: AtPosition = None,
    at_time: AtTime = None,
    as_json: AsJson = False,
) -> None:
    """Print what pharmacies are reimbursed in a month: contract by program by product.

    Exit status 1: nothing was reimbursed, denied or corrected then.
    """
    from pydantic import TypeAdapter, ValidationError

    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.values.time import Month

    try:
        TypeAdapter(Month).validate_python(period)
    except ValidationError:
        raise fail(f"{period} is no month such as 2026-11", UNDECIDED) from None
    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        look(settings, urls, at_position, at_time) as looking,
    ):
        position, contracts = _read(looking, period, contract)
    if not contracts:
        raise fail(f"nothing of {period} is reimbursed up to position {position}", FINDING)
    if as_json:
        say_json({"position": position, "period": period, "contracts": contracts})
        return
    for each in contracts:
        _show(each)
    total = sum(each["total"]["amount"] for each in contracts)
    say(f"{period}: {hryvnias(total)} ₴ under {len(contracts)} contracts, at position {position}")


def _read(looking: Look, period: str, contract: UUID | None) -> tuple[int, list[Document]]:
    from projections.read_models import reimbursement as model
    from projections.read_models.payment_statement import MODEL

    found: list[Document] = []
    after: UUID | None = None
    with looking.at(MODEL) as seen:
        while True:
            page = model.report(seen, period, contract, after=after, limit=CONTRACTS_A_PAGE)
            found += page.contracts
            after = page.following
            if after is None:
                return seen.checkpoint.position, found


def _show(found: Document) -> None:
    say(f"Contract {found['contract']} of {found['provider']}")
    table = table_of(
        *("program", "product", "dispenses>", "units>"),
        *("amount, ₴>", "denied, ₴>", "corrected, ₴>"),
    )
    sums = ("amount", "denied", "corrected")
    for line in found["lines"]:
        counts = (f"{line['dispenses']:,}", f"{line['quantity']:,}")
        table.add_row(
            line["program"], line["product"], *counts, *(hryvnias(line[name]) for name in sums)
        )
    total = found["total"]
    table.add_row(
        "all", "", f"{total['dispenses']:,}", "", *(hryvnias(total[name]) for name in sums)
    )
    show(table)
