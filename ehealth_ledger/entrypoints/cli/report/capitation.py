"""Print what declared patients earned by capitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, fail
from ehealth_ledger.entrypoints.cli.moment import AtPosition, AtTime, look
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of
from ehealth_ledger.values.money import hryvnias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ehealth_ledger.entrypoints.cli.moment import Look
    from projections.read_models.document import Document

MONTHS_A_PAGE: Final = 1_000


def capitation(
    contract: Annotated[UUID | None, typer.Option(help="Of this contract.")] = None,
    period: Annotated[str | None, typer.Option(help="Of this counted month, YYYY-MM.")] = None,
    at_position: AtPosition = None,
    at_time: AtTime = None,
    as_json: AsJson = False,
) -> None:
    """Print the months of capitation that were counted, by mountain and band of ages.

    Who is not counted is said with the reason. Exit status 1: no such month was counted.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings

    given = {"contract": contract, "period": period}
    wanted = {name: value for name, value in given.items() if value is not None}
    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        look(settings, urls, at_position, at_time) as looking,
    ):
        position, months = _read(looking, wanted)
    if not months:
        raise fail(f"no such month was counted up to position {position}", FINDING)
    if as_json:
        say_json({"position": position, "months": months})
        return
    for month in months:
        _show(month)


def _read(looking: Look, wanted: Mapping[str, object]) -> tuple[int, list[Document]]:
    from projections.read_models import capitation as model
    from projections.read_models.document import read

    with looking.at(model.MODEL) as seen:
        found: list[Document] = []
        after, more = 0, True
        while more:
            page = model.months(seen, wanted, after=after, limit=MONTHS_A_PAGE)
            found += [model.reported(read(text)) for _, text in page.rows]
            after, more = max((at for at, _ in page.rows), default=after), page.more
        return seen.checkpoint.position, found


def _show(month: Document) -> None:
    say(
        f"Contract {month['contract']}, {month['period']}: {month['declared']} declared as of "
        f"position {month['as_of']}; counted at {month['counted_position']}"
    )
    table = table_of("package", "mountain", "ages", "patients>", "amount, ₴>")
    for row in month["rows"]:
        ages = row["band"] or f"above the limit, up to {row['up_to_percent']} %"
        mountain = "yes" if row["mountain"] else "no"
        patients = f"{row['patients']:,}"
        table.add_row(row["package"], mountain, ages, patients, hryvnias(row["amount"]))
    show(table)
    for package in month["packages"]:
        if package["withheld"] is not None:
            say(f"package {package['package']} is withheld: {package['withheld']}")
        if package["beyond"]:
            say(f"package {package['package']}: {package['beyond']} beyond the ladder")
    for reason, count in sorted(month["uncounted"].items()):
        say(f"not counted: {count}, {reason}")
    say(f"{month['patients']:,} patients, {hryvnias(month['amount'])} ₴")
