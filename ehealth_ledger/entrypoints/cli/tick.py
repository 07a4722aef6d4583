"""Do what is due: what the system does by itself, up to a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.moment import a_moment
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.errors import Refusal
    from ehealth_ledger.store.deadlines import Due


def tick(
    until: Annotated[
        str | None,
        typer.Option(help="Do what was due by this moment, with its offset; by now unless said."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record what has fallen due: expiries, and whatever else the system does by itself.

    Each act is a command of a closed list, signed by the ledger's own key, with the record that
    made it due as its reason. Safe to repeat, and to run beside a service that does the same: what
    was done is not done again. Exit status 0: nothing is due any more; 1: a law refused something
    that seemed due; 2: something is undecided.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.values.time import microseconds

    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        bootstrap.scheduling(settings, urls) as scheduler,
        progress("due") as tell,
    ):
        now = scheduler.now()
        moment = now if until is None else microseconds(a_moment(until))
        if moment > now:
            raise fail("--until lies ahead of the ledger's time: nothing is due yet", UNDECIDED)
        done = scheduler.run(moment, tell)
    left = _rows("refused", done.refused) + _rows("undecided", done.undecided)
    members: dict[str, Any] = {
        "until": moment,
        "recorded": done.recorded,
        "recorded_before": done.repeated,
        "erased": done.passed,
        "still_due": left,
    }
    if as_json:
        say_json(members)
    else:
        say(f"{done.recorded} recorded, {done.repeated} recorded before, {len(left)} still due")
        if left:
            _show(left)
    if done.refused:
        raise typer.Exit(FINDING)
    if done.undecided:
        raise typer.Exit(UNDECIDED)


def _rows(outcome: str, found: Sequence[tuple[Due, Refusal]]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": outcome,
            "kind": due.kind,
            "id": str(due.id),
            "due_at_us": due.due_at,
            "position": due.position,
            "code": refusal.code,
        }
        for due, refusal in found
    ]


def _show(left: list[dict[str, Any]]) -> None:
    table = table_of("kind", "id", "position>", "outcome", "why")
    for each in left:
        position = str(each["position"])
        table.add_row(each["kind"], each["id"], position, each["outcome"], each["code"])
    show(table)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ehealth-ledger tick --until 2026-11-23T10:00:00+02:00")(tick)
