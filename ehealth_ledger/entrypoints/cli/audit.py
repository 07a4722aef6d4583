"""Hand an auditor a bundle, and verify one with nothing of the deployment at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from ehealth_ledger.entrypoints.cli.believing import Key, PolicyFile, policy_of
from ehealth_ledger.entrypoints.cli.failures import FINDING, INCOMPLETE, NOT_YET, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.bundle.finding import DerivedStatement, Report
    from ehealth_ledger.bundle.layout import Selection

SHOWN_FINDINGS_MAX = 100

_FOLDER = typer.Argument(exists=True, file_okay=False, help="The bundle's folder.")


def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="A new folder, or an empty one.")],
    everything: Annotated[bool, typer.Option("--everything", help="The whole log,")] = False,
    first: Annotated[int | None, typer.Option(min=1, help="or from this position")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="to this one,")] = None,
    patient: Annotated[UUID | None, typer.Option(help="or a patient,")] = None,
    statement: Annotated[
        UUID | None, typer.Option(help="or a statement with the acts behind its lines.")
    ] = None,
) -> None:
    """Write a bundle that `audit verify` checks without database, vault or network.

    It holds records, blobs, the derived key of each blob it reveals (never a subject's key),
    certificates, revocation lists, trust stores, proofs, the newest checkpoint with its
    cosignatures, and what the selected rests on: directories, tariffs, contracts. A bundle of a
    statement reveals what was signed for each line, so it is as confidential as those acts.
    Exit status 1: nothing was written, and why; 2: wrong usage; 4: no checkpoint covers it yet, ask
    again when `serve` has signed one.
    """
    from ehealth_ledger.chain.policy import text_of_key
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.bundling import NotExported, NotYet, export_bundle
    from ehealth_ledger.entrypoints.policy_file import read_text
    from ehealth_ledger.entrypoints.reader import ledger_id
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.secrets import read_secret

    selection = _selection(everything, first, last, patient, statement)
    settings = Settings()
    with bootstrap.databases(settings) as urls, progress("exporting") as tell:
        file = settings.witness_policy_file
        if file is None:
            key = bootstrap.signer(settings, ledger_id(urls.ledger)).key
            text = text_of_key(str(key))
        else:
            text = read_text(file, bootstrap.WITNESS_POLICY)
        try:
            written = export_bundle(
                *(urls, read_secret(settings.master_key_file), selection, folder),
                policy=bootstrap.witness_policy(settings),
                policy_text=text,
                progress=tell,
            )
        except NotYet as fault:
            raise fail(f"not yet: {fault}", NOT_YET) from None
        except NotExported as fault:
            raise fail(f"not exported: {fault}", FINDING) from None
    say(
        f"{folder} holds {written.records} records of {written.commands} commands in "
        f"{written.files} files, proved by the checkpoint at size {written.size}"
    )


def _selection(
    everything: bool,
    first: int | None,
    last: int | None,
    patient: UUID | None,
    statement: UUID | None,
) -> Selection:
    from ehealth_ledger.bundle.layout import Everything, OfPatient, OfStatement, Stretch

    if (first is None) is not (last is None):
        raise fail("--first and --last are given together", UNDECIDED)
    chosen: list[Selection] = [Everything()] if everything else []
    if first is not None and last is not None:
        chosen.append(Stretch(first=first, last=last))
    if patient is not None:
        chosen.append(OfPatient(patient=patient))
    if statement is not None:
        chosen.append(OfStatement(statement=statement))
    if len(chosen) != 1:
        text = "give one of --everything, --first with --last, --patient, --statement"
        raise fail(text, UNDECIDED)
    return chosen[0]


def verify(
    bundle: Annotated[Path, _FOLDER],
    key: Key = None,
    policy: PolicyFile = None,
    write_statement: Annotated[
        Path | None,
        typer.Option(
            help="Write the statement's bytes, made again from its charges, to this file."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a bundle: records, proofs, signatures, prices, statements; nothing else is asked.

    No database, no vault, no network, no setting; every core is used. Whom to believe is yours to
    say: without --key or --policy the outcome is never better than incomplete.
    Exit status 0: valid, erased records counted; 1: invalid, and the place is named; 2: wrong
    usage; 3: incomplete, nothing speaks against it but something is not there.
    """
    from ehealth_ledger.bundle.finding import Outcome
    from ehealth_ledger.bundle.verify import verify as check

    believed = policy_of(key, policy)
    with progress("verifying") as tell:
        report = check(bundle, believed, progress=tell)
    if as_json:
        say_json(_members(report))
    else:
        _show(report)
    if report.outcome is not Outcome.VALID:
        status = FINDING if report.outcome is Outcome.INVALID else INCOMPLETE
        raise fail(f"{report.outcome}: the first finding is {report.in_order()[0]}", status)
    if write_statement is not None:
        _write(report.statements, write_statement)
    if not as_json:
        say("valid")


def _write(statements: list[DerivedStatement], file: Path) -> None:
    if len(statements) != 1:
        raise fail(f"{len(statements)} statements were made again, not one", UNDECIDED)
    try:
        file.write_bytes(statements[0].content)
    except OSError as fault:
        raise fail(f"{file}: {fault.strerror}", UNDECIDED) from None


def _members(report: Report) -> dict[str, object]:
    return {
        "outcome": report.outcome,
        "records": report.records,
        "commands": report.commands,
        "signatures": report.signatures,
        "erased": {"records": report.erased, "signatures": report.unsigned},
        "withheld": report.withheld,
        "checkpoint": {
            "size": report.size,
            "root": report.root,
            "cosigned_by": report.cosigned_by,
        },
        "statements": [
            {
                "statement": each.statement,
                "digest": each.digest,
                "total": each.total,
                "lines": [
                    {
                        "position": line.position,
                        "amount": line.amount,
                        "act": {
                            "position": line.act_position,
                            "command_id": line.command_id,
                            "signature": "erased" if line.erased else "verified",
                        },
                    }
                    for line in each.lines
                ],
            }
            for each in report.statements
        ],
        "findings": [
            {
                "outcome": each.outcome,
                "kind": each.kind,
                "position": each.position,
                "expected": each.expected,
                "found": each.found,
            }
            for each in report.in_order()
        ],
    }


def _show(report: Report) -> None:
    say(
        f"{report.records} records of {report.commands} commands, {report.signatures} signatures "
        f"verified; erased: {report.erased} records, {report.unsigned} signatures; "
        f"{report.withheld} bodies withheld on purpose"
    )
    by = ", cosigned by " + ", ".join(report.cosigned_by) if report.cosigned_by else ""
    say(f"by the checkpoint at size {report.size}{by}")
    for each in report.statements:
        say(
            f"statement {each.statement}: {len(each.lines)} lines, total {each.total} kopiykas, "
            f"digest {each.digest}, made again from its charges"
        )
    if report.findings:
        table = table_of("outcome", "position>", "kind", "expected", "found")
        for found in report.in_order()[:SHOWN_FINDINGS_MAX]:
            place = str(found.position or "–")
            table.add_row(found.outcome, place, found.kind, found.expected, found.found)
        show(table)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Hand an auditor a bundle, and verify one.")
    group.command(epilog="Example: ehealth-ledger audit export october --statement 5a…")(export)
    group.command(epilog='Example: ehealth-ledger audit verify october --key "$(cat log.vkey)"')(
        verify
    )
    app.add_typer(group, name="audit")
