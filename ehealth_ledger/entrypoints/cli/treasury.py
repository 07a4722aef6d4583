"""Hold the treasury's file of payments and refunds against the recorded ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of
from ehealth_ledger.values.money import hryvnias

if TYPE_CHECKING:
    from datetime import date

    from ehealth_ledger.entrypoints.loading import Signatory
    from ehealth_ledger.entrypoints.treasury import Reconciliation
    from ehealth_ledger.pricing.treasury.parsing import TreasuryFile


def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The treasury's CSV."),
    ],
    first_day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The file covers payments from this day,"),
    ] = None,
    last_day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="to this one; by default those of its lines."),
    ] = None,
    prepare: Annotated[
        Path | None,
        typer.Option(help="Write what to sign for each payment or refund that is not recorded."),
    ] = None,
    ledger: Annotated[UUID | None, typer.Option(help="With --prepare: the deployment,")] = None,
    legal_entity: Annotated[UUID | None, typer.Option(help="the payer,")] = None,
    employee: Annotated[UUID | None, typer.Option(help="and who will sign.")] = None,
    as_json: AsJson = False,
) -> None:
    """Match the treasury's payments with the recorded ones by statement; write nothing.

    Columns, parted by semicolons: reference;date;amount;payer_edrpou;provider_edrpou;purpose and,
    where money came back too, direction: paid or returned. The purpose names one statement by its
    id. Each line that is not understood is named with its rule. With --prepare, contents of
    payment.record and refund.record are written for the payer to sign, for lines of accepted
    statements that still owe them; the ledger itself is not written to. Exit status 0: every
    payment is on both sides; 1: one is not, or a line is bad.
    """
    from ehealth_ledger.entrypoints import bootstrap, treasury
    from ehealth_ledger.pricing.treasury.parsing import parse
    from ehealth_ledger.settings import Settings

    signatory = _signatory(prepare, ledger, legal_entity, employee)
    read = parse(file.read_bytes())
    days = _days(read, first_day, last_day)
    with bootstrap.databases(Settings()) as urls:
        found = treasury.reconcile(urls.read, read, *days)
    written: list[Path] = []
    if prepare is not None and signatory is not None:
        written = _prepare(found, prepare, signatory)
    if as_json:
        say_json(_document(found, written))
    else:
        _show(found, written)
    if not found.agrees:
        raise typer.Exit(FINDING)


def _signatory(
    prepare: Path | None, ledger: UUID | None, legal_entity: UUID | None, employee: UUID | None
) -> Signatory | None:
    from ehealth_ledger.entrypoints.loading import Signatory

    if prepare is None and (ledger, legal_entity, employee) == (None, None, None):
        return None
    if prepare is None or ledger is None or legal_entity is None or employee is None:
        raise fail("--prepare, --ledger, --legal-entity and --employee go together", UNDECIDED)
    return Signatory(ledger, legal_entity, employee)


def _days(read: TreasuryFile, first: datetime | None, last: datetime | None) -> tuple[date, date]:
    """Return the days that the file covers; of a file without a line, those that were given."""
    from datetime import date

    stated = [each.day for each in read.lines]
    begin = min(stated, default=date.max) if first is None else first.date()
    end = max(stated, default=date.min) if last is None else last.date()
    if begin > end and not read.bad:
        raise fail("no day is compared: name --first-day and --last-day, in order", UNDECIDED)
    return begin, end


def _prepare(found: Reconciliation, folder: Path, signatory: Signatory) -> list[Path]:
    """Write what is to be signed; a file with a bad line is mended first, so it prepares none."""
    from ehealth_ledger.entrypoints.treasury import RECORDED_BY, prepared

    if found.file.bad:
        return []
    missing = {each.line for each in found.matches if each.outcome == "missing_in_ledger"}
    lines = [each for each in found.file.lines if each.number in missing]
    targets = [
        folder / f"{RECORDED_BY[each.direction][0].partition('.')[0]}-{each.number:05}.json"
        for each in lines
    ]
    there = next((each for each in targets if each.exists()), None)
    if there is not None:
        raise fail(f"{there} is there already: sign it, or name another folder", UNDECIDED)
    folder.mkdir(parents=True, exist_ok=True)
    written = prepared(lines, signatory, now=datetime.now(UTC), new_id=uuid4)
    for target, content in zip(targets, written, strict=True):
        target.write_bytes(content)
    return targets


def _document(found: Reconciliation, written: list[Path]) -> dict[str, Any]:
    from ehealth_ledger.pricing.treasury.matching import OUTCOMES

    outcomes = [each.outcome for each in found.matches]
    return {
        "agrees": found.agrees,
        "position": found.position,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "counts": {outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        "bad_lines": [
            {
                "line": each.number,
                "column": each.column,
                "rule": each.rule,
                "expected": each.expected,
            }
            for each in found.file.bad
        ],
        "payments": [
            {
                "outcome": each.outcome,
                "line": each.line,
                "reference": each.reference,
                "direction": each.direction,
                "statement": each.statement,
                "date": each.day,
                "in_file": each.in_file,
                "in_ledger": each.in_ledger,
                "why": each.why,
            }
            for each in found.matches
        ],
        "prepared": written,
    }


def _show(found: Reconciliation, written: list[Path]) -> None:
    for bad in found.file.bad:
        where = f"line {bad.number}" if bad.column is None else f"line {bad.number}, {bad.column}"
        say(f"{where}: {bad.rule}; expected {bad.expected}")
    table = table_of(
        *("line>", "outcome", "reference", "direction", "statement"),
        *("in the file, ₴>", "in the ledger, ₴>", "why"),
    )
    for each in found.matches:
        table.add_row(
            "–" if each.line is None else str(each.line),
            *(each.outcome.replace("_", " "), each.reference, each.direction, str(each.statement)),
            *("–" if sum_ is None else hryvnias(sum_) for sum_ in (each.in_file, each.in_ledger)),
            each.why or "",
        )
    if found.matches:
        show(table)
    for path in written:
        say(f"{path}: to sign and submit")
    matched = sum(each.outcome == "matched" for each in found.matches)
    say(
        f"{matched} of {len(found.matches)} payments are on both sides, as of position "
        f"{found.position}; {len(found.file.bad)} faults in the file"
    )


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Reconcile with the treasury.")
    group.command("import", epilog="Example: ehealth-ledger treasury import payments.csv --json")(
        import_
    )

    @group.callback()
    def treasury() -> None:
        """Reconcile with the treasury."""

    app.add_typer(group, name="treasury")
