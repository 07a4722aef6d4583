"""Write what the payer is to sign so that a closed month's statements are formed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of
from ehealth_ledger.values.money import hryvnias

if TYPE_CHECKING:
    from ehealth_ledger.entrypoints.forming import Due
    from ehealth_ledger.entrypoints.loading import Signatory


def prepare(
    period: Annotated[str, typer.Option(help="The month, YYYY-MM.")],
    out: Annotated[Path, typer.Option(help="Where the contents go.")],
    ledger: Annotated[UUID, typer.Option(help="The deployment.")],
    legal_entity: Annotated[UUID, typer.Option(help="The payer.")],
    employee: Annotated[UUID, typer.Option(help="Who will sign.")],
    as_json: AsJson = False,
) -> None:
    """Write the content of statement.form for each contract and package that wants a statement.

    Those are the sets of a closed month with charges or corrections and no statement yet, as the
    read model knows them; the payer signs and submits each. The ledger itself is not written to. A
    file is named by the month and the position of its set's first line, so a set prepared before is
    told from a new one. Exit status 1: the month's cut-off has not passed.
    """
    from pydantic import TypeAdapter, ValidationError

    from ehealth_ledger.entrypoints import bootstrap, forming
    from ehealth_ledger.entrypoints.loading import Signatory
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.values.time import Month

    try:
        month = TypeAdapter[str](Month).validate_python(period)
    except ValidationError:
        raise fail(f"{period} is no month, YYYY-MM", UNDECIDED) from None
    with bootstrap.databases(Settings()) as urls:
        found = forming.due(urls.read, month, legal_entity)
    if not found.is_closed:
        raise fail(_open(month, found), FINDING)
    written = _written(found, month, out, Signatory(ledger, legal_entity, employee))
    if as_json:
        sets = [{**each, "file": path} for path, each in written.items()]
        say_json({"position": found.position, "period": month, "due": sets})
    else:
        _show(found, month, written)


def _open(month: str, found: Due) -> str:
    from ehealth_ledger.values.time import from_microseconds

    if found.closes_at_us is None:
        return (
            f"{month} has no cut-off at position {found.position}: the payer sets it, cut_off.set"
        )
    closes = from_microseconds(found.closes_at_us).isoformat()
    return f"{month} is open until {closes}: no statement of it can be formed before"


def _written(
    found: Due, month: str, folder: Path, signatory: Signatory
) -> dict[Path, dict[str, object]]:
    from ehealth_ledger.entrypoints.forming import prepared

    targets = {folder / f"statement-{month}-{at}.json": each for at, each in found.sets.items()}
    there = next((each for each in targets if each.exists()), None)
    if there is not None:
        raise fail(f"{there} is there already: sign it, or name another folder", UNDECIDED)
    folder.mkdir(parents=True, exist_ok=True)
    sets = list(targets.values())
    contents = prepared(sets, signatory, now=datetime.now(UTC), new_id=uuid4)
    for target, content in zip(targets, contents, strict=True):
        target.write_bytes(content)
    return targets


def _show(found: Due, month: str, written: dict[Path, dict[str, object]]) -> None:
    table = table_of("contract", "package", "lines>", "total, ₴>", "to sign and submit")
    for path, each in written.items():
        names = (str(each["contract"]), str(each["package"]), str(each["count"]))
        table.add_row(*names, hryvnias(int(str(each["amount"]))), str(path))
    if written:
        show(table)
    say(f"{month}: {len(written)} statements to form, as of position {found.position}")
