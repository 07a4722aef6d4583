"""Check every stored byte of the ledger, as its auditor does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehealth_ledger.entrypoints.cli.believing import POLICY, policy_or_configured
from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.chain.note import Note
    from ehealth_ledger.store.fsck.finding import Report
    from ehealth_ledger.store.fsck.money_check import MoneyReport


def verify(
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many findings; all by default.")
    ] = None,
    money: Annotated[
        bool, typer.Option("--money", help="Only the books: balances, statements, payments.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(
            POLICY,
            exists=True,
            dir_okay=False,
            help="Also believe the keys of this policy file (C2SP), in the place of the settings'.",
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A checkpoint of the log or the super-log that was kept elsewhere; repeatable.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hash every record again, verify every signature again, re-derive every index and total.

    Nothing stored is believed: no verdict, no digest, no index. The service may go on meanwhile.
    Checkpoints are checked with this deployment's own key, and with those of --policy or else of
    EHEALTH_WITNESS_POLICY_FILE; those whose key is not here are counted. The log has to go on from
    the checkpoints that the signer's state files name. One that was rewritten whole, with every key
    and these files at hand, agrees with itself: only a --checkpoint that others kept, or a witness,
    tells it from the true one.
    Exit status 0: intact; 1: altered, and the first bad position is named.
    """
    from ehealth_ledger.chain.note import NoteInvalid
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.audit import own_keys, signed_last, verify_ledger, verify_money
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.secrets import read_secret

    settings = Settings()
    believed = policy_or_configured(policy, settings)
    master = read_secret(settings.master_key_file)
    if money:
        with bootstrap.databases(settings) as urls:
            books = verify_money(urls, master, progress=lambda _: None)
        _show_books(books, as_json=as_json)
        return
    with bootstrap.databases(settings) as urls, progress("verifying") as tell:
        keys = (*own_keys(settings, urls), *(() if believed is None else believed.keys))
        try:
            kept, states = _read(checkpoint or ()), signed_last(settings)
            report = verify_ledger(
                urls, master, keys=keys, progress=tell, limit=limit, kept=kept, states=states
            )
        except NoteInvalid as fault:
            raise fail(f"undecided: {fault}", UNDECIDED) from None
    _show(report, kept=len(kept), states=len(states), as_json=as_json)


def _read(files: Iterable[Path]) -> list[Note]:
    from ehealth_ledger.chain.note import Note, NoteInvalid

    kept = []
    for file in files:
        try:
            kept.append(Note.parse(file.read_bytes()))
        except NoteInvalid as fault:
            raise NoteInvalid(f"--checkpoint {file}: {fault}") from fault
    return kept


def _show(report: Report, *, kept: int, states: int, as_json: bool) -> None:
    """Print what was checked, against what, and what was found; exit with 1 where anything was."""
    if as_json:
        say_json(
            {
                "intact": not report.findings,
                "records": report.records,
                "commands": report.commands,
                "signatures": report.signatures,
                "erased": report.erased,
                "erasures": report.erasures,
                "checkpoints": report.checkpoints,
                "checkpoints_without_key": report.checkpoints_without_key,
                "cosignatures": report.cosignatures,
                "cosignatures_without_key": report.cosignatures_without_key,
                "kept_checkpoints": kept,
                "state_checkpoints": states,
                "position": report.position,
                "chain_value": report.chain_value.hex(),
                "findings": [
                    {
                        "kind": each.kind,
                        "log": each.log,
                        "position": each.position,
                        "detail": each.detail,
                    }
                    for each in report.findings
                ],
            }
        )
    else:
        say(
            f"{report.records} records of {report.commands} commands, {report.signatures} "
            f"signatures, {report.checkpoints} checkpoints and {report.cosignatures} cosignatures "
            f"verified, {report.erased} records of {report.erasures} erased patients; up to "
            f"position {report.position}, chain value {report.chain_value.hex()}"
        )
        say(_without_key(report))
    if not report.findings:
        if not as_json:
            say("intact")
            say(_compared(kept, states))
        return
    if not as_json:
        table = table_of("log", "position>", "kind", "detail")
        for each in report.findings:
            table.add_row(each.log, str(each.position or "–"), each.kind, each.detail)
        show(table)
    first = report.findings[0]
    raise fail(f"altered: the first finding is {first}", FINDING)


def _without_key(report: Report) -> str:
    """Say of how many signatures nobody can tell here, and what to do about it."""
    checkpoints, cosignatures = report.checkpoints_without_key, report.cosignatures_without_key
    said = (
        f"not verified, for want of a key: {checkpoints} checkpoints, {cosignatures} cosignatures"
    )
    if checkpoints or cosignatures:
        said += " (put checkpoint.key in its place, or name a policy that has the keys)"
    return said


def _compared(kept: int, states: int) -> str:
    """Say what the report rests on beside the database itself."""
    said = f"{states} checkpoints signed last here agree; " if states else ""
    if kept:
        return f"{said}{kept} checkpoints kept elsewhere agree"
    return (
        f"{said}no checkpoint from elsewhere was compared: a log rewritten whole would look the "
        "same (--checkpoint)"
    )


def _show_books(report: MoneyReport, *, as_json: bool) -> None:
    """Print what stands on each account; exit with 1 where the books do not agree."""
    accounts = [
        {
            "owner": str(key.owner),
            "account": key.account,
            "counterparty": str(key.counterparty),
            "amount": amount,
        }
        for key, amount in report.balances.items()
    ]
    if as_json:
        say_json(
            {
                "intact": not report.findings,
                "facts": report.facts,
                "statements": report.statements,
                **report.owed._asdict(),
                "balances": accounts,
                "findings": [
                    {"kind": each.kind, "position": each.position, "detail": each.detail}
                    for each in report.findings
                ],
            }
        )
    else:
        owed = report.owed
        table = table_of("owner", "account", "counterparty", "kopiykas>")
        for each in accounts:
            table.add_row(*(str(value) for value in each.values()))
        show(table)
        say(
            f"{report.facts} money facts, {report.statements} statements, accepted "
            f"{owed.accepted}, paid {owed.paid}, set off {owed.offset}, owed back "
            f"{owed.owed_back}, repaid {owed.refunded} kopiykas"
        )
    if report.findings:
        raise fail(f"the books do not agree: {'; '.join(map(str, report.findings))}", FINDING)
    if not as_json:
        say("the books agree")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ehealth-ledger verify --json > report.json")(verify)
