"""Hand the log to others: its key, its tiles, its proofs; and check a proof alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ehealth_ledger.entrypoints.cli.checking import check
from ehealth_ledger.entrypoints.cli.failures import FINDING, NOT_YET, fail
from ehealth_ledger.entrypoints.cli.output import progress, say
from ehealth_ledger.entrypoints.cli.proving import prove


def key(
    of_super: Annotated[
        bool, typer.Option("--super", help="The key of the super-log, which binds every log.")
    ] = False,
) -> None:
    """Print the key that auditors check the log's checkpoints with; hand it to them by another way.

    It has the form `<origin>+<id>+<key>` (C2SP signed-note). `db keys` made its secret.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.reader import ledger_id
    from ehealth_ledger.settings import Settings

    settings = Settings()
    with bootstrap.databases(settings) as urls:
        make = bootstrap.super_signer if of_super else bootstrap.signer
        say(str(make(settings, ledger_id(urls.ledger)).key))


def export(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="The folder to bring up to date.")
    ],
    hashes_only: Annotated[
        bool, typer.Option("--hashes-only", help="Leave the records out: tiles and checkpoint.")
    ] = False,
) -> None:
    """Write tiles, records and checkpoint to a folder that any web server can hand out.

    The layout is that of C2SP tlog-tiles. Records are headers and digests: they name nobody, but
    those of one person share a key's id. With --hashes-only nobody can tell even that.
    The super-log, whose entries are the checkpoints, goes into the folder `super` in the same
    layout, and `checkpoint.proof` shows the newest checkpoint in it.
    Run it again to bring the folder up to date; an interrupted run goes on where it was.
    Exit status 1: the folder holds another history; 4: no checkpoint is signed yet.
    """
    from ehealth_ledger.chain.record import RECORDS
    from ehealth_ledger.chain.super_log import SUPER
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.audit import own_keys
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
    from ehealth_ledger.store.export import PROOF, ExportRefused, put
    from ehealth_ledger.store.export import export as write
    from ehealth_ledger.store.proofs import checkpoint_file, signed_tree

    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader", name="export") as reading,
    ):
        policy = bootstrap.witness_policy(settings)
        keys = own_keys(settings, urls)
        signed = signed_tree(reading, RECORDS, policy, keys)
        if signed is None:
            raise fail("not yet: no checkpoint is there, `ehealth-ledger serve` signs", NOT_YET)
        try:
            with progress("exporting") as tell:
                written = write(signed, folder, tell, records=not hashes_only)
                over = signed_tree(reading, SUPER, policy, keys)
                proof = checkpoint_file(reading, RECORDS, policy, signed.tree.size, keys)
                if over is not None and proof is not None:
                    written += write(over, folder / SUPER, lambda *_: None)
                    written += put(folder / PROOF, proof.to_bytes())
        except ExportRefused as fault:
            raise fail(f"refused: {fault}", FINDING) from None
    say(f"{folder} holds the log up to position {signed.tree.size}: {written} files written")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Hand out the log's proofs, and check one.")
    group.command(epilog="Example: ehealth-ledger log key > log.vkey")(key)
    group.command(epilog="Example: ehealth-ledger log export /srv/log")(export)
    group.command(epilog="Example: ehealth-ledger log prove 1043 --out act.proof")(prove)
    group.command(epilog='Example: ehealth-ledger log check act.proof --key "$(cat log.vkey)"')(
        check
    )
    app.add_typer(group, name="log")
