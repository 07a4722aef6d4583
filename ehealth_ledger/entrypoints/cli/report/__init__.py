"""Print reports of the read models."""

from __future__ import annotations

import typer

from ehealth_ledger.entrypoints.cli.report.capitation import capitation
from ehealth_ledger.entrypoints.cli.report.reimbursement import reimbursement


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Print reports.")
    group.command(epilog="Example: ehealth-ledger report capitation --period 2026-10")(capitation)
    group.command(epilog="Example: ehealth-ledger report reimbursement --period 2026-11")(
        reimbursement
    )
    app.add_typer(group, name="report")
