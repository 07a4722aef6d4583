"""List backups with how long each may be kept, and remove what has outlived that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.store.backup.life import Copy


def backups(
    folder: Annotated[
        Path | None,
        typer.Argument(
            exists=True, file_okay=False, help="Where backups lie; EHEALTH_BACKUP_DIR by default."
        ),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Remove copies of the vault that have outlived their days."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the backups in and below a folder: what each holds, up to where, and how long it may.

    A copy that holds the vault may be kept for EHEALTH_VAULT_BACKUP_DAYS: it brings back the keys
    that were destroyed since. --prune removes what is older, but never the newest copy of the
    vault: take another first. Exit status 1: something is overdue, unfinished or not understood.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.backup import life
    from ehealth_ledger.values.time import from_microseconds

    settings = Settings()
    where = folder or settings.backup_dir
    if where is None:
        raise fail("name the folder where backups lie, or set EHEALTH_BACKUP_DIR", UNDECIDED)
    now = from_microseconds(bootstrap.clock())
    copies = life.copies_below(where, settings.vault_backup_days, now)
    removed = life.prune(copies) if prune else []
    left = [each for each in copies if each not in removed]
    if as_json:
        say_json(
            {
                "copies": [_members(each) for each in left],
                "removed": [str(each.folder) for each in removed],
            }
        )
    else:
        _show(left, removed)
    bad = [each for each in left if not each.is_well]
    if bad:
        raise fail(_said(bad[0]), FINDING)


def _members(copy: Copy) -> dict[str, object]:
    return {
        "folder": str(copy.folder),
        "life": copy.life,
        "holds": list(copy.holds),
        "position": copy.position,
        "taken_at": None if copy.taken_at is None else copy.taken_at.isoformat(),
        "ends_at": None if copy.ends_at is None else copy.ends_at.isoformat(),
    }


def _show(copies: list[Copy], removed: list[Copy]) -> None:
    table = table_of("folder", "holds", "position>", "taken at", "life", "ends at")
    for each in copies:
        table.add_row(
            str(each.folder),
            ", ".join(each.holds),
            "" if each.position is None else str(each.position),
            "" if each.taken_at is None else each.taken_at.isoformat(timespec="seconds"),
            each.life,
            "" if each.ends_at is None else each.ends_at.isoformat(timespec="seconds"),
        )
    show(table)
    for each in removed:
        say(f"removed {each.folder}")


def _said(copy: Copy) -> str:
    if copy.life == "unfinished":
        return f"{copy.folder} was killed half-way and is no backup: remove it"
    if copy.life == "unreadable":
        return f"{copy.fault}"
    if copy.is_newest:
        return (
            f"{copy.folder} is overdue, and the newest copy of the vault there is: take another "
            "with `ehealth-ledger backup`, then prune"
        )
    return f"{copy.folder} is overdue: it brings erased keys back; say --prune, or remove it"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ehealth-ledger backups /srv/backup --prune")(backups)
