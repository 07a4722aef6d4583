"""Write the published contracts, or check that the code still publishes what was frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, fail
from ehealth_ledger.entrypoints.cli.output import say


def schemas(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list what differs, exit with 1 if any.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where the contracts lie.")] = Path("schemas"),
) -> None:
    """Write JSON Schemas of commands and facts, the refusal codes, and a digest of each file.

    Test vectors are frozen: a changed one is refused, and nothing is written.
    """
    from ehealth_ledger.entrypoints import schemas as contracts

    if not check:
        try:
            contracts.write(folder)
        except contracts.VectorChanged as fault:
            raise fail(
                f"{fault} was published and has changed: vectors are added", FINDING
            ) from None
        say(f"{len(contracts.contracts())} contracts are in {folder}")
        return
    differences = contracts.check(folder)
    for each in differences:
        say(each)
    if differences:
        raise fail(f"{len(differences)} differences: run `ehealth-ledger schemas`", FINDING)
    say(f"{len(contracts.contracts())} contracts are as published")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ehealth-ledger schemas --check")(schemas)
