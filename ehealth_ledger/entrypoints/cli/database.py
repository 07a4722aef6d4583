"""Prepare a deployment: keys, tables, the first record; and say how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json

if TYPE_CHECKING:
    from ehealth_ledger.entrypoints.cli.standing import Standing

_ONE_SERVER: Final = (
    "not backup-safe: {names} share one server, so a physical backup of it holds the keys beside "
    "what they open, and an erased key comes back with the backup. Give each a server of its own "
    "(EHEALTH_LEDGER_URL, EHEALTH_VAULT_URL, EHEALTH_READ_URL)."
)
_OUTLIVED: Final = (
    "not backup-safe: {folders} may still bring erased keys back. See `ehealth-ledger backups`, "
    "and remove with --prune what has outlived EHEALTH_VAULT_BACKUP_DAYS."
)
_UNSEEN: Final = (
    "backup-safe as far as its servers go: ledger, vault and read models live on three. How old "
    "the vault's backups are is not known: set EHEALTH_BACKUP_DIR."
)
_SAFE: Final = (
    "backup-safe: ledger, vault and read models live on three servers, and no backup of the vault "
    "in EHEALTH_BACKUP_DIR has outlived its days."
)


def init(
    opening: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="The signed opening command, .p7s or .jws."
        ),
    ],
) -> None:
    """Make the databases and write position 1 from a command signed offline; repeating is harmless.

    Run it again after an upgrade: it also brings the tables up to date. `db keys` prints the
    content that is to be signed.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.opening import open_ledger
    from ehealth_ledger.settings import Settings

    settings = Settings()
    with bootstrap.databases(settings) as urls:
        placed = open_ledger(settings, urls, opening).receipt.placement
    say(
        f"ledger {placed.ledger} is open: positions 1 to {placed.last_position}, "
        f"chain value {placed.chain_value.hex()}"
    )


def keys() -> None:
    """Make the two secret keys where they are missing, and print the opening to complete and sign.

    The trust store must be in place: the opening names its digest. Fill in the payer and the
    administrators, sign the file as one of them (CAdES or JWS), and give it to `db init`.
    """
    from datetime import UTC, datetime
    from uuid import uuid4

    from ehealth_ledger.entrypoints.opening import opening_content
    from ehealth_ledger.settings import Settings

    say_json(
        opening_content(
            Settings(),
            ledger=uuid4(),
            command_id=uuid4(),
            issued_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        )
    )


def status(as_json: AsJson = False) -> None:
    """Say how the deployment stands: databases, migrations, head, key, whether erasure is safe.

    Exit status 0: ready to serve; 1: something has to be done first; 2: a database is out of reach.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.cli import standing
    from ehealth_ledger.settings import Settings

    settings = Settings()
    with bootstrap.databases(settings) as urls:
        found = standing.look(settings, urls)
    members: dict[str, Any] = {
        "databases": {
            each.name: {"reachable": each.reachable, "pending": each.pending}
            for each in found.databases
        },
        "ledger": None if found.head is None else str(found.head.ledger),
        "position": None if found.head is None else found.head.position,
        "chain_value": None if found.head is None else found.head.chain_value.hex(),
        "signing_key": found.signing_key,
        "erasure": _erasure(found),
        "erasure_backup_safe": not found.shared and not found.outlived,
        "erasures": None
        if found.erasures is None
        else {"done": found.erasures.done, "pending": found.erasures.pending},
        "next": found.advice,
    }
    if as_json:
        say_json(members)
    else:
        _show(members)
    if not all(each.reachable for each in found.databases):
        raise typer.Exit(UNDECIDED)
    if found.advice is not None:
        raise typer.Exit(FINDING)


def erase(
    pending: Annotated[
        bool,
        typer.Option("--pending", help="Carry out what is recorded; nothing else can be asked."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy the keys and remove the blobs of the patients whose erasure is recorded.

    A service does it by itself, before it serves and at each `tick`. Nobody can be erased from
    here: that takes two signed commands. Exit status 0: nothing is pending any more.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings

    if not pending:
        raise fail("say --pending: only recorded erasures are carried out here", UNDECIDED)
    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        bootstrap.erasing(settings, urls) as eraser,
    ):
        found = eraser.finish()
    counted = {"erased": len(found.erased), "carried_out": len(found.pending)}
    if as_json:
        say_json(counted)
    else:
        say("{erased} patients are erased, {carried_out} of them now".format(**counted))


def _erasure(found: Standing) -> str:
    """Say whether an erased key can come back with a backup."""
    if found.shared:
        return _ONE_SERVER.format(names=", ".join(found.shared))
    if found.outlived:
        return _OUTLIVED.format(folders=", ".join(str(each.folder) for each in found.outlived))
    return _UNSEEN if found.backups is None else _SAFE


def _show(members: dict[str, Any]) -> None:
    for name, each in members["databases"].items():
        state = "reachable" if each["reachable"] else "out of reach"
        if each["pending"]:
            state += f", migrations pending: {', '.join(each['pending'])}"
        say(f"{name} database: {state}")
    waits = any(each["pending"] for each in members["databases"].values())
    unknown = "not known before its tables are up to date" if waits else "not open"
    say(f"ledger: {members['ledger'] or unknown}")
    if members["position"] is not None:
        say(f"head: position {members['position']}, chain value {members['chain_value']}")
    say(f"signing key: {members['signing_key']}")
    say(f"erasure: {members['erasure']}")
    if members["erasures"] is not None:
        say("erasures: {done} done, {pending} pending".format(**members["erasures"]))
    if members["next"]:
        say(f"next: {members['next']}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Prepare a deployment, and say how it stands.")
    group.command(epilog="Example: ehealth-ledger db init opening.p7s")(init)
    group.command(epilog="Example: ehealth-ledger db keys > opening.json")(keys)
    group.command(epilog="Example: ehealth-ledger db status --json")(status)
    group.command(epilog="Example: ehealth-ledger db erase --pending")(erase)
    app.add_typer(group, name="db")
