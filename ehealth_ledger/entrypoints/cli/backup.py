"""Take a backup, put one back, and practise it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehealth_ledger.entrypoints.cli.believing import POLICY, policy_or_configured
from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.entrypoints.restoring import Checks, Outside
    from ehealth_ledger.settings import Settings

_WHAT = ("ledger", "vault", "all")

_Backup = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="The folder of a backup.")
]
_Vault = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="The vault's backup, where it lies apart."),
]
_Wal = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, help="The ledger server's archived write-ahead log."
    ),
]
_Checkpoints = Annotated[
    list[Path] | None,
    typer.Option(
        "--checkpoint",
        exists=True,
        dir_okay=False,
        help="A checkpoint kept elsewhere that the log must go on from; repeat for several.",
    ),
]
_PolicyFile = Annotated[
    Path | None,
    typer.Option(
        POLICY,
        exists=True,
        dir_okay=False,
        help="Whose cosignatures are asked for (C2SP); the settings' by default.",
    ),
]


def backup(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="A new folder; what is there is kept.")
    ],
    what: Annotated[str, typer.Option(help="ledger, vault or all.")] = "ledger",
    one_server: Annotated[
        bool,
        typer.Option(
            "--one-server",
            help="Go on although the copy will hold more: keys beside records, or read models.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy a server while it goes on, and say up to which position of the log the copy reaches.

    A physical copy is of a whole server. Where the vault shares the ledger's, the copy holds the
    keys beside what they open, and whoever restores it brings erased keys back: that is refused
    without --one-server. No secret is in it: keep master.key, signing.key and checkpoint.key
    elsewhere, and last.checkpoint where it is. Exit status 1: more would have been copied.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.backup import Shared, take_backup
    from ehealth_ledger.settings import Settings

    if what not in _WHAT:
        raise fail(f"--what is one of {', '.join(_WHAT)}", UNDECIDED)
    settings = Settings()
    policy = bootstrap.witness_policy(settings)
    with bootstrap.databases(settings) as urls:
        try:
            taken = take_backup(
                urls, folder, what, one_server=one_server, told=_tell, policy=policy
            )
        except Shared as fault:
            said = "give each a server of its own, or say --one-server"
            raise fail(f"refused: {fault}; {said}", FINDING) from None
    if as_json:
        say_json(
            [{"part": each.folder.name, **each.manifest.model_dump(mode="json")} for each in taken]
        )
        return
    for each in taken:
        mark = each.manifest.mark
        say(
            f"{each.folder} holds {', '.join(each.manifest.databases)} of ledger {mark.ledger} up "
            f"to position {mark.position}, chain value {mark.chain_value}"
        )
        if {"ledger", "vault"} <= each.manifest.databases.keys():
            say("  keys and what they open lie in it together: it brings erased keys back")
        if "read" in each.manifest.databases:
            say("  the read models lie in it, in plain text")
    if len(taken) > 1:
        say("keep the two apart, and the vault's for days only: together they bring keys back")
    say("not in it: master.key, signing.key, checkpoint.key, last.checkpoint")


def restore(
    folder: _Backup,
    into: Annotated[Path, typer.Option(file_okay=False, help="A folder that is empty or new.")],
    vault: _Vault = None,
    wal: _Wal = None,
    checkpoint: _Checkpoints = None,
    policy: _PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty data folder, and prove it before anybody is served.

    Every file is compared with its digest, the log with the manifest and with checkpoints: those
    given, the ones signed last here, the manifest's own. Under --policy, or else
    EHEALTH_WITNESS_POLICY_FILE, its quorum must have cosigned one of them that the log goes on
    from; without any policy the check `witnesses` says that no witness was asked. What was erased
    is erased again. Where a check fails nothing stays in the folder. Exit status 1: a check failed,
    or one that was asked for could not be made, such as a checkpoint of more records than the
    backup has.
    """
    from ehealth_ledger.entrypoints import restoring as steps

    outside, settings = _outside(checkpoint, policy)
    source = steps.Source.of(folder, vault, wal)
    checks = steps.restore(settings, source, into, outside, _tell)
    _show(checks, as_json=as_json)
    if all(each.outcome != "failed" for each in checks) and not as_json:
        say(f"{into} holds the restored servers; run `ehealth-ledger verify` before it is served")
    _end(checks)


def drill(
    folder: _Backup,
    vault: _Vault = None,
    wal: _Wal = None,
    checkpoint: _Checkpoints = None,
    policy: _PolicyFile = None,
    model: Annotated[str, typer.Option(help="The read model to rebuild.")] = "payment_statement",
    scratch: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="Where there is room; the system's by default."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a temporary folder, verify all of it, and leave nothing behind.

    It does what `restore` does, then runs `verify` and rebuilds a read model. Nothing of the
    running deployment is written. Exit status 0: the backup can be relied on, without any policy as
    far as the operator's own word goes, which the check `witnesses` says; 1: it cannot.
    """
    from ehealth_ledger.entrypoints import restoring as steps
    from projections.projectors.catalogue import MODELS

    if model not in MODELS:
        raise fail(f"there is no read model {model}; there are {', '.join(MODELS)}", UNDECIDED)
    outside, settings = _outside(checkpoint, policy)
    source = steps.Source.of(folder, vault, wal)
    checks = steps.drill(settings, source, scratch, outside, model, _tell)
    _show(checks, as_json=as_json)
    _end(checks)


def _outside(checkpoints: list[Path] | None, policy: Path | None) -> tuple[Outside, Settings]:
    from ehealth_ledger.entrypoints.restoring import Outside
    from ehealth_ledger.settings import Settings

    settings = Settings()
    return Outside(checkpoints or [], policy_or_configured(policy, settings)), settings


def _tell(text: str) -> None:
    typer.echo(text, err=True)


def _show(checks: Checks, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "well": all(each.is_well for each in checks),
                "checks": [
                    {"check": each.name, "outcome": each.outcome, "detail": each.detail}
                    for each in checks
                ],
            }
        )
        return
    table = table_of("check", "outcome", "detail")
    for each in checks:
        table.add_row(each.name, each.outcome, each.detail)
    show(table)


def _end(checks: Checks) -> None:
    bad = [each for each in checks if not each.is_well]
    if bad:
        raise fail(f"{bad[0].outcome}: {bad[0].name}: {bad[0].detail}", FINDING)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: ehealth-ledger backup /srv/backup/2026-11-26 --what ledger")(
        backup
    )
    app.command(
        epilog="Example: ehealth-ledger restore /srv/backup/2026-11-26 --into /srv/restored"
    )(restore)
    app.command(
        epilog="Example: ehealth-ledger drill /srv/backup/2026-11-26 --checkpoint kept.checkpoint"
    )(drill)
