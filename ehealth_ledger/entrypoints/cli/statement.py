"""Print a payment statement with the signed act behind each line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer
from typer.core import TyperGroup

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.forming import prepare
from ehealth_ledger.entrypoints.cli.moment import AtPosition, AtTime, look
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of
from ehealth_ledger.entrypoints.cli.statement_file import Format, Spoken, find, write
from ehealth_ledger.values.money import hryvnias

if TYPE_CHECKING:
    import psycopg

    from ehealth_ledger.entrypoints.cli.moment import Look

SHOW: Final = "show"
_COMMANDS: Final = "SELECT position, command_id FROM records WHERE log = %s AND position = ANY(%s)"


def statement(
    statement_id: Annotated[
        UUID | None, typer.Argument(metavar="[ID]", help="The statement's id.")
    ] = None,
    contract: Annotated[UUID | None, typer.Option(help="Or its contract's id,")] = None,
    package: Annotated[str | None, typer.Option(help="its package,")] = None,
    period: Annotated[str | None, typer.Option(help="and its month, YYYY-MM.")] = None,
    as_format: Annotated[
        Format | None, typer.Option("--format", help="Write it to --output as a file of this kind.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Where --format writes it.")] = None,
    language: Annotated[Spoken, typer.Option(help="The language of a printed page.")] = Spoken.uk,
    at_position: AtPosition = None,
    at_time: AtTime = None,
    as_json: AsJson = False,
) -> None:
    """Print a statement of the read model, folded again and compared with its digest.

    Each line names the position and the command of the signed act that earned it; `verify` proves
    that act. With --format it is written to a file, from its exact bytes: the bytes themselves
    (json), a table (csv), a workbook (xlsx), A4 pages (pdf), FHIR PaymentReconciliation (fhir).
    As of a past position or moment it is shown as it stood then, from the log alone.
    Exit status 1: there is no such statement.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings

    set_of = (contract, package, period)
    if (statement_id is None) == (None in set_of) or (statement_id and any(set_of)):
        raise fail("give the statement's ID, or --contract, --package and --period", UNDECIDED)
    if (as_format is None) is not (output is None):
        raise fail("--format and --output are given together", UNDECIDED)
    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        look(settings, urls, at_position, at_time) as looking,
    ):
        if as_format is not None and output is not None:
            size = write(looking, statement_id, set_of, as_format, language, output)
            if as_json:
                say_json({"file": output, "format": as_format.value, "bytes": size})
            else:
                say(f"{output}: {size} bytes")
            return
        document, lines = _read(looking, statement_id, set_of)
        commands = _commands(urls.ledger, [each["act"]["position"] for each in lines])
    for each in lines:
        each["act"]["command_id"] = commands.get(each["act"]["position"])
    if as_json:
        say_json({**document, "lines": lines})
    else:
        _show(document, lines)


def _read(
    looking: Look, statement_id: UUID | None, set_of: tuple[UUID | None, str | None, str | None]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from projections.read_models import payment_statement as model
    from projections.read_models.document import read

    with looking.at(model.MODEL) as seen:
        document = find(seen, statement_id, set_of)
        lines = [read(each) for each in model.lines(seen, document)]
    number = _number(looking, document)
    model.folded(document, lines)  # raises where the lines are not the ones that were added up
    return {**document, "contract_number": number}, lines


def _number(looking: Look, document: dict[str, Any]) -> str | None:
    """Name the contract as both sides do; None where the read side does not know it yet."""
    from ehealth_ledger.errors import Undecided
    from projections.read_models import contracts

    try:
        with looking.at(contracts.MODEL) as seen:
            at = document["first"]["position"]
            return contracts.number(seen, UUID(document["contract"]), at)
    except Undecided:  # no model of contracts was built
        return None


def _commands(url: str, positions: list[int]) -> dict[int, UUID]:
    from ehealth_ledger.chain.record import RECORDS
    from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect

    connection: psycopg.Connection
    with connect(url, schema=LEDGER_SCHEMA, role="ledger_reader", name="statement") as connection:
        return dict(connection.execute(_COMMANDS, (RECORDS, positions)).fetchall())


def _show(document: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    say(
        f"Statement {document['statement']}: contract {_contract(document)}, package "
        f"{document['package']}, period {document['period']}, {document['status']}"
    )
    table = table_of(
        "day", "service", "quantity>", "price, ₴>", "amount, ₴>", "act at>", "signed command"
    )
    for each in lines:
        act = each["act"]
        table.add_row(
            *_what(each),
            hryvnias(each["amount"]),
            f"{act['log']}/{act['position']}",
            str(act["command_id"]),
        )
    show(table)
    say(f"{len(lines)} lines, total {hryvnias(document['total'])} ₴, digest {document['digest']}")
    if document["accepted"] is not None:
        offset, refunded = (
            sum(each["amount"] for each in document[name]) for name in ("offsets", "refunds")
        )
        say(
            f"owed {hryvnias(document['owed'])} ₴, paid {hryvnias(document['paid'])} ₴, set off "
            f"{hryvnias(offset)} ₴, repaid {hryvnias(refunded)} ₴, remaining "
            f"{hryvnias(document['remaining'])} ₴"
        )


def _contract(document: dict[str, Any]) -> str:
    named = (document["contract_number"], document["contract"])
    return ", ".join(each for each in named if each is not None)


def _what(line: dict[str, Any]) -> tuple[str, str, str, str]:
    """Write the day, the service, how many and at what price; of a correction, what it corrects."""
    if "adjustment" in line:
        return "", f"corrects line {line['corrects']['position']}: {line['reason']}", "", ""
    whole = line["unit_price"]
    price = f"{hryvnias(line['base'])} / {line['per']}" if whole is None else hryvnias(whole)
    factors = [each["value"] for each in line.get("coefficients", ())]
    return line["day"], line["service"], str(line["quantity"]), " × ".join([price, *factors])


class _ShowsUnlessTold(TyperGroup):
    """Show a statement where no command is named: `statement ID` is `statement show ID`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front that whoever named none wants."""
        named = bool(args) and args[0] in {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if named else [SHOW, *args])


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        cls=_ShowsUnlessTold,
        help="Show payment statements, and prepare what forms them.",
        epilog="Example: ehealth-ledger statement ID, which is short for statement show ID",
    )
    group.command(
        SHOW,
        epilog="Example: ehealth-ledger statement show --contract 7c… --package 9 --period 2026-10",
    )(statement)
    group.command(
        epilog="Example: ehealth-ledger statement prepare --period 2026-10 --ledger ID "
        "--legal-entity ID --employee ID --out to-sign"
    )(prepare)

    @group.callback()
    def statements() -> None:
        """Show payment statements, and prepare what forms them."""

    app.add_typer(group, name="statement")
