"""Measure the ledger beside a peer or a limit, in one run on one machine."""

from __future__ import annotations

from typing import Annotated

import typer

# Each command imports what it measures: whoever starts a process anew reads this file again.

app = typer.Typer(help=__doc__, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
Scale = Annotated[float, typer.Option(help="Shorten (< 1) or lengthen every measuring window.")]


@app.command("append")
def append_(*, json: Json = False, scale: Scale = 1.0) -> None:
    """Measure single-event appends beside the stock recorder of `eventsourcing`."""
    from scripts.benchmarks import append
    from scripts.benchmarks.report import show

    show("Appends, one event a command, fsync on", append.run(scale=scale), as_json=json)


@app.command("project")
def project_(*, json: Json = False, scale: Scale = 1.0) -> None:
    """Measure the rebuild of a read model beside the library's runner of projections."""
    from scripts.benchmarks import project
    from scripts.benchmarks.report import show

    show("A read model built again", project.run(scale=scale), as_json=json)


@app.command("statements")
def statements_(*, json: Json = False, scale: Scale = 1.0) -> None:
    """Measure a month's statements, and a month of capitation, each beside one SQL query."""
    from scripts.benchmarks import capitation, statements
    from scripts.benchmarks.report import show

    figures = [*statements.run(scale=scale), *capitation.run(scale=scale)]
    show("A month's money, fsync on", figures, as_json=json)


@app.command("verify")
def verify_(*, json: Json = False, scale: Scale = 1.0) -> None:
    """Measure verification of signed commands beside raw ECDSA verification."""
    from scripts.benchmarks import verify
    from scripts.benchmarks.report import show

    show("Verification", verify.run(scale=scale), as_json=json)


if __name__ == "__main__":
    app()
