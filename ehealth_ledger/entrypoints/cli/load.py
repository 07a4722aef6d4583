"""Prepare reference data for signing: what a deployment loads, its payer signs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json

if TYPE_CHECKING:
    from ehealth_ledger.entrypoints.loading import Signatory


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
    as_json: AsJson = False,
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
    files: list[dict[str, Any]] = []
    for number, content in enumerate(written, start=1):
        target = out / f"{file.stem}-{number:03}.json"
        target.write_bytes(content)
        files.append({"file": target, "command": "directory.publish", "bytes": len(content)})
    if as_json:
        say_json({"files": files})
        return
    for each in files:
        say(f"{each['file']}: {each['bytes']} bytes to sign")


def _to_sign(
    releases: list[dict[str, Any]],
    names: list[str],
    command: str,
    signatory: Signatory,
    out: Path,
    *,
    version: int = 1,
) -> list[dict[str, Any]]:
    """Write the content of one command for each release, under a name, with an id of its own.

    Return each file with how well its figures are known.
    """
    from ehealth_ledger.entrypoints import loading

    out.mkdir(parents=True, exist_ok=True)
    parts = ({**each, "id": str(uuid4())} for each in releases)
    written = loading.contents(
        parts, signatory, now=datetime.now(UTC), new_id=uuid4, command=command, version=version
    )
    files: list[dict[str, Any]] = []
    for name, release, content in zip(names, releases, written, strict=True):
        target = out / name
        target.write_bytes(content)
        told = {"file": target, "command": command, "bytes": len(content)}
        files.append(told | {"trust": release["trust"]})
    return files


def _tell(files: list[dict[str, Any]]) -> None:
    for each in files:
        say(f"{each['file']}: {each['trust']}")


def tariffs(
    ledger: Annotated[UUID, typer.Option(help="The deployment.")],
    legal_entity: Annotated[UUID, typer.Option(help="The payer.")],
    employee: Annotated[UUID, typer.Option(help="Who will sign.")],
    out: Annotated[Path, typer.Option(help="Where the contents go.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the shipped tariffs of 2018 to 2026 as commands that the payer signs.

    Each says on which order it rests and how well its figures are known: read that before signing.
    What is known without the rate that it multiplies is told and not written.
    """
    from ehealth_ledger.entrypoints import loading, reference_data

    releases = reference_data.tariffs()
    names = [f"tariff-{each['package']}-{each['first_day']}.json" for each in releases]
    signatory = loading.Signatory(ledger, legal_entity, employee)
    files = _to_sign(releases, names, "tariff.release", signatory, out)
    alone = reference_data.coefficients()
    if as_json:
        say_json({"files": files, "coefficients_without_a_rate": alone})
        return
    _tell(files)
    for each in alone:
        say(f"not written: {each['code']} {each['value']}, {each['order']}: {each['trust']}")


def grouping(
    ledger: Annotated[UUID, typer.Option(help="The deployment.")],
    legal_entity: Annotated[UUID, typer.Option(help="The payer.")],
    employee: Annotated[UUID, typer.Option(help="Who will sign.")],
    replaces: Annotated[
        UUID | None,
        typer.Option(help="The release in whose place they hold, where one covers them."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the contents go.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the shipped rules of grouping as commands that the payer signs.

    They are an example that we invented: no official table is public. Read what each says of itself
    before signing.
    """
    from ehealth_ledger.entrypoints import loading, reference_data

    releases = reference_data.groupings()
    names = [f"grouping-{each['version']}.json" for each in releases]
    version = 1
    if replaces is not None:
        version, releases = 2, [{**each, "replaces": str(replaces)} for each in releases]
    signatory = loading.Signatory(ledger, legal_entity, employee)
    files = _to_sign(releases, names, "grouping.release", signatory, out, version=version)
    if as_json:
        say_json({"files": files})
        return
    _tell(files)


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

    group.command(
        epilog="Example: ehealth-ledger load grouping --ledger ID --legal-entity ID --employee ID "
        "--out grouping"
    )(grouping)

    @group.callback()
    def load() -> None:
        """Prepare reference data to be signed."""

    app.add_typer(group, name="load")
