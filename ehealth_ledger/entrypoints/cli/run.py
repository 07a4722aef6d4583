"""Serve the ledger over HTTP, or show all of it at work on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ehealth_ledger.entrypoints.cli.output import AsJson, say


def serve(
    port: Annotated[
        int | None,
        typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; this version takes loopback only.")
    ] = None,
    no_projections: Annotated[
        bool, typer.Option("--no-projections", help="Do not keep the read models up to date here.")
    ] = False,
) -> None:
    """Take signed commands and answer queries over HTTP until told to stop.

    SIGTERM or Ctrl-C ends it: commands at hand are answered first. Address and port default to
    EHEALTH_HOST and EHEALTH_PORT. It listens on this machine only: who may read what is not yet
    decided here.
    """
    from ehealth_ledger.entrypoints.http import logs, server
    from ehealth_ledger.settings import Settings

    settings = Settings()
    logs.set_up()
    server.serve(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        with_projections=not no_projections,
        announce=lambda url: say(
            f"Listening on {url} (this machine only: who may read what is not yet decided here). "
            f"Docs: {url}/docs"
        ),
    )


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the service running at the end.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="The folder that holds the demo's runs.")
    ] = None,
    patients: Annotated[
        int, typer.Option(help="How many people the region has.", min=6, max=400)
    ] = 12,
    as_json: AsJson = False,
) -> None:
    """Found a country on this machine and follow a patient from the declaration to the payment."""
    from ehealth_ledger.entrypoints.demo import story

    status = story.run(keep=keep, data_dir=data_dir, patients=patients, json=as_json)
    if status:
        raise typer.Exit(status)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: ehealth-ledger serve --port 8080")(serve)
    app.command(epilog="Example: ehealth-ledger demo --keep")(demo)
