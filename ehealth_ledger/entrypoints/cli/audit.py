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
    from ehealth_ledger.entrypoints.bundling import Written

SHOWN_FINDINGS_MAX = 100
SHOWN_STREAMS_MAX = 20  # of a patient; `--json` names them all

_FOLDER = typer.Argument(exists=True, file_okay=False, help="The bundle's folder.")
_SELECTIONS = "--everything, --first with --last, --patient, --statement"


def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="A new folder, or an empty one.")],
    everything: Annotated[bool, typer.Option("--everything", help="The whole log,")] = False,
    first: Annotated[int | None, typer.Option(min=1, help="or from this position")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="to this one,")] = None,
    patient: Annotated[UUID | None, typer.Option(help="or a patient,")] = None,
    statement: Annotated[
        UUID | None, typer.Option(help="or a statement with the acts behind its lines.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a bundle that `audit verify` checks without database, vault or network.

    It holds records, blobs, the derived key of each blob it reveals (never a subject's key),
    certificates, revocation lists, trust stores, proofs, the newest checkpoint with its
    cosignatures, and what the selected rests on: directories, tariffs, contracts. A bundle of a
    statement reveals what was signed for each line, so it is as confidential as those acts.
    Exit status 1: nothing was written, and why; 2: wrong usage; 4: no checkpoint covers it yet, and
    nothing was written: ask again when `serve` has signed one.
    """
    from ehealth_ledger.bundle.layout import named
    from ehealth_ledger.chain.policy import text_of_key
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.bundling import NotExported, NotYet, export_bundle
    from ehealth_ledger.entrypoints.policy_file import read_text
    from ehealth_ledger.entrypoints.reader import ledger_id
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.secrets import read_secret

    selection = _selection(everything, first, last, patient, statement)
    if selection is None:
        raise fail(f"give one of {_SELECTIONS}", UNDECIDED)
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
        except NotExported as fault:
            is_early = isinstance(fault, NotYet)
            outcome = "not_yet" if is_early else "not_exported"
            if as_json:
                say_json({"outcome": outcome, "reason": str(fault)})
            status = NOT_YET if is_early else FINDING
            raise fail(f"{outcome.replace('_', ' ')}: {fault}", status) from None
    if as_json:
        say_json(_written(folder, written))
        return
    say(
        f"{folder} holds {named(written.selection)}: {written.records} records of "
        f"{written.commands} commands in {written.files} files, proved by the checkpoint at size "
        f"{written.size}"
    )


def _written(folder: Path, written: Written) -> dict[str, object]:
    return {
        "outcome": "written",
        "folder": str(folder.resolve()),
        "selection": written.selection.model_dump(mode="json"),
        "ledger": written.ledger,
        "log": written.log,
        "checkpoint": {"size": written.size},
        "commands": written.commands,
        "records": written.records,
        "files": written.files,
    }


def _selection(
    everything: bool,
    first: int | None,
    last: int | None,
    patient: UUID | None,
    statement: UUID | None,
) -> Selection | None:
    """Return the selection that the options name, None where they name none."""
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
    if len(chosen) > 1:
        raise fail(f"give only one of {_SELECTIONS}", UNDECIDED)
    return chosen[0] if chosen else None


def verify(
    bundle: Annotated[Path, _FOLDER],
    key: Key = None,
    policy: PolicyFile = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="You asked for the whole log,")
    ] = False,
    first: Annotated[int | None, typer.Option(min=1, help="or from this position")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="to this one,")] = None,
    patient: Annotated[UUID | None, typer.Option(help="or for this patient,")] = None,
    statement: Annotated[
        UUID | None,
        typer.Option(help="or for this statement; a bundle of anything else is incomplete."),
    ] = None,
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
    say: without --key or --policy the outcome is never better than incomplete. Say also what you
    asked for, as `audit export` takes it: else read what the bundle says it holds. Of a patient or
    a statement it says up to which version each stream is there; that no later one exists it
    cannot know.
    Exit status 0: valid, erased records counted; 1: invalid, and the place is named; 2: wrong
    usage; 3: incomplete, nothing speaks against it but something is not there.
    """
    from ehealth_ledger.bundle.finding import Outcome
    from ehealth_ledger.bundle.verify import verify as check

    believed = policy_of(key, policy)
    wanted = _selection(everything, first, last, patient, statement)
    with progress("verifying") as tell:
        report = check(bundle, believed, wanted=wanted, progress=tell)
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
    selection = report.selection
    return {
        "outcome": report.outcome,
        "selection": None if selection is None else selection.model_dump(mode="json"),
        "ledger": report.ledger,
        "log": report.log,
        "records": report.records,
        "commands": report.commands,
        "signatures": report.signatures,
        "erased": {"records": report.erased, "signatures": report.unsigned},
        "withheld": report.withheld,
        "left_out": report.left_out,
        "checkpoint": {
            "size": report.size,
            "root": report.root,
            "cosigned_by": list(report.cosigned),
            "cosigned_at": {name: _moment(at) for name, at in report.cosigned.items()},
        },
        "open_ends": [
            {"stream": each.stream, "version": each.version, "topic": each.topic}
            for each in report.open_ends
        ],
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


def _moment(at_s: int) -> str:
    """Write a witness's moment; one that no calendar reaches stays the number of seconds it is."""
    from ehealth_ledger.values.time import from_microseconds

    try:
        return from_microseconds(at_s * 1_000_000).isoformat()
    except OverflowError:
        return f"{at_s} s"


def _show(report: Report) -> None:
    from ehealth_ledger.bundle.layout import OfPatient, named

    if report.selection is not None:
        say(f"a bundle of {named(report.selection)}, from log {report.log} of {report.ledger}")
    say(
        f"{report.records} records of {report.commands} commands, {report.signatures} signatures "
        f"verified; erased: {report.erased} records, {report.unsigned} signatures; "
        f"{report.withheld} bodies withheld on purpose"
    )
    by = [f", cosigned by {name} at {_moment(at)}" for name, at in report.cosigned.items()]
    say(f"by the checkpoint at size {report.size}{''.join(by)}")
    for each in report.statements:
        say(
            f"statement {each.statement}: {len(each.lines)} lines, total {each.total} kopiykas, "
            f"digest {each.digest}, made again from its charges"
        )
    for end in report.open_ends[:SHOWN_STREAMS_MAX]:
        say(
            f"up to version {end.version} of stream {end.stream} ({end.topic}), by the exporter's "
            "word; ask the log for later ones"
        )
    if len(report.open_ends) > SHOWN_STREAMS_MAX:
        more = len(report.open_ends) - SHOWN_STREAMS_MAX
        say(f"and so {more} more streams: --json names them")
    if isinstance(report.selection, OfPatient):
        say("that the patient has no further stream is the exporter's word")
    if report.left_out:
        say(
            f"{report.left_out} records of these commands are left out: other people's, by the "
            "exporter's word"
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
