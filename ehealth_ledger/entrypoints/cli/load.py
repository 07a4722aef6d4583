"""Prepare reference data for signing: what a deployment loads, its payer signs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import say


def directory(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="JSON: code to text."),
    ],
    system: Annotated[str, typer.Option(help="The URI of the code system.")],
    version_label: Annotated[str, typer.Option(help="The version these codes are of.")],
    first_day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day they may be used.")
    ],
    source: Annotated[str, typer.Option(help="The order that says so.")],
    ledger: Annotated[UUID, typer.Option(help="The deployment.")],
    legal_entity: Annotated[UUID, typer.Option(help="The payer.")],
    employee: Annotated[UUID, typer.Option(help="Who will sign.")],
    name: Annotated[
        str | None, typer.Option(help="The dictionary, where the file holds several.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the contents go.")] = Path(),
) -> None:
    """Cut a dictionary into commands that the payer signs: one file each, to sign and submit.

    A large directory takes several; their order does not matter.
    """
    from ehealth_ledger.entrypoints import loading

    version = loading.Version(system, version_label, first_day.date(), source)
    signatory = loading.Signatory(ledger, legal_entity, employee)
    try:
        codes = loading.read_dictionary(file, name)
    except loading.DictionaryUnreadable as fault:
        raise fail(str(fault), UNDECIDED) from None
    out.mkdir(parents=True, exist_ok=True)
    written = loading.contents(
        loading.resources(codes, version), signatory, now=datetime.now(UTC), new_id=uuid4
    )
    for number, content in enumerate(written, start=1):
        target = out / f"{file.stem}-{number:03}.json"
        target.write_bytes(content)
        say(f"{target}: {len(content)} bytes to sign")


def tariffs(
    ledger: Annotated[UUID, typer.Option(help="The deployment.")],
    legal_entity: Annotated[UUID, typer.Option(help="The payer.")],
    employee: Annotated[UUID, typer.Option(help="Who will sign.")],
    out: Annotated[Path, typer.Option(help="Where the contents go.")] = Path(),
) -> None:
    """Write the shipped tariffs of 2018 to 2026 as commands that the payer signs.

    Each says on which order it rests and how well its figures are known: read that before signing.
    """
    from ehealth_ledger.entrypoints import loading, reference_data

    signatory = loading.Signatory(ledger, legal_entity, employee)
    releases = [{**each, "id": str(uuid4())} for each in reference_data.tariffs()]
    out.mkdir(parents=True, exist_ok=True)
    written = loading.contents(
        iter(releases), signatory, now=datetime.now(UTC), new_id=uuid4, command="tariff.release"
    )
    for release, content in zip(releases, written, strict=True):
        target = out / f"tariff-{release['package']}-{release['first_day']}.json"
        target.write_bytes(content)
        say(f"{target}: {release['trust']}")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Prepare reference data to be signed.")
    group.command(
        epilog="Example: ehealth-ledger load directory icpc2.json --system "
        "http://hl7.org/fhir/sid/icpc-2 --version-label 2018 --first-day 2018-01-04 "
        "--source 'Order 13' --ledger ID --legal-entity ID --employee ID"
    )(directory)

    group.command(
        epilog="Example: ehealth-ledger load tariffs --ledger ID --legal-entity ID --employee ID "
        "--out tariffs"
    )(tariffs)

    @group.callback()
    def load() -> None:
        """Prepare reference data to be signed."""

    app.add_typer(group, name="load")
