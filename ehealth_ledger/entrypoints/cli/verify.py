"""Check every stored byte of the ledger, as its auditor does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehealth_ledger.entrypoints.cli.believing import POLICY
from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json, show, table_of

if TYPE_CHECKING:
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
            help="Also believe the keys of this policy file (C2SP).",
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
    Checkpoints are checked with this deployment's own key, and with those of a policy file.
    A log that was rewritten whole, with every key at hand, agrees with itself: only a --checkpoint
    that others kept, or a witness, tells it from the true one.
    Exit status 0: intact; 1: altered, and the first bad position is named.
    """
    from ehealth_ledger.chain.note import Note, NoteInvalid
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.audit import own_keys, verify_ledger, verify_money
    from ehealth_ledger.entrypoints.policy_file import read_policy
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.secrets import read_secret

    named = [] if policy is None else read_policy(policy, POLICY).keys
    settings = Settings()
    master = read_secret(settings.master_key_file)
    if money:
        with bootstrap.databases(settings) as urls:
            books = verify_money(urls, master, progress=lambda _: None)
        _show_books(books, as_json=as_json)
        return
    with bootstrap.databases(settings) as urls, progress("verifying") as tell:
        keys = (*own_keys(settings, urls), *named)
        try:
            kept = [Note.parse(each.read_bytes()) for each in checkpoint or ()]
            report = verify_ledger(urls, master, keys=keys, progress=tell, limit=limit, kept=kept)
        except NoteInvalid as fault:
            raise fail(f"--checkpoint: {fault}", UNDECIDED) from None
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
                "kept_checkpoints": len(kept),
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
            f"signatures and {report.checkpoints} checkpoints verified, {report.erased} records of "
            f"{report.erasures} erased patients; up to position {report.position}, chain value "
            f"{report.chain_value.hex()}"
        )
    if not report.findings:
        if not as_json:
            say("intact")
            say(_compared(len(kept)))
        return
    if not as_json:
        table = table_of("log", "position>", "kind", "detail")
        for each in report.findings:
            table.add_row(each.log, str(each.position or "–"), each.kind, each.detail)
        show(table)
    first = report.findings[0]
    raise fail(f"altered: the first finding is {first}", FINDING)


def _compared(kept: int) -> str:
    """Say what the report rests on beside the database itself."""
    if kept:
        return f"{kept} checkpoints kept elsewhere agree"
    return (
        "no checkpoint from elsewhere was compared: a log rewritten whole would look the same "
        "(--checkpoint)"
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
