"""List the commands; each lives in a file of its own and imports what it needs when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from ehealth_ledger.entrypoints.cli import (
    audit,
    backup,
    backups,
    database,
    dispense_code,
    feed,
    load,
    log,
    read_side,
    report,
    run,
    schemas,
    statement,
    submit,
    tick,
    treasury,
    verify,
    witness,
)
from ehealth_ledger.entrypoints.cli.failures import EXITS, Careful
from ehealth_ledger.entrypoints.cli.output import say

app = typer.Typer(
    cls=Careful,
    name="ehealth-ledger",
    help="Run, feed and audit the ledger of a national eHealth system.",
    epilog=f"{EXITS} Settings are variables EHEALTH_…; without any, a PostgreSQL starts by itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
run.register(app)
submit.register(app)
tick.register(app)
verify.register(app)
log.register(app)
audit.register(app)
witness.register(app)
read_side.register(app)
feed.register(app)
statement.register(app)
report.register(app)
database.register(app)
backup.register(app)
backups.register(app)
load.register(app)
treasury.register(app)
dispense_code.register(app)
schemas.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            say(version("ehealth-ledger"))
        except PackageNotFoundError:
            say("not installed: run from a checkout")
        raise typer.Exit


@app.callback()
def start(
    _version_wanted: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Run, feed and audit the ledger of a national eHealth system."""
