"""Hand the log's proofs to others, and check one without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ehealth_ledger.entrypoints.cli.believing import Key, PolicyFile, policy_of
from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json

_FILE = typer.Argument(exists=True, dir_okay=False, help="A proof file of /commands/…/proof.")


def key() -> None:
    """Print the key that auditors check the log's checkpoints with; hand it to them by another way.

    It has the form `<origin>+<id>+<key>` (C2SP signed-note). `db keys` made its secret.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings

    settings = Settings()
    with bootstrap.databases(settings) as urls:
        say(str(bootstrap.signer(settings, bootstrap.ledger_id(urls.ledger)).key))


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
    Run it again to bring the folder up to date; an interrupted run goes on where it was.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
    from ehealth_ledger.store.export import ExportRefused
    from ehealth_ledger.store.export import export as write
    from ehealth_ledger.store.ledger import RECORDS
    from ehealth_ledger.store.proofs import signed_tree

    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader", name="export") as reading,
    ):
        signed = signed_tree(reading, RECORDS, bootstrap.witness_policy(settings))
        if signed is None:
            raise fail("no checkpoint is there yet: `ehealth-ledger serve` signs", UNDECIDED)
        try:
            with progress("exporting") as tell:
                written = write(signed, folder, tell, records=not hashes_only)
        except ExportRefused as fault:
            raise fail(f"refused: {fault}", FINDING) from None
    say(f"{folder} holds the log up to position {signed.tree.size}: {written} files written")


def check(
    proof: Annotated[Path, _FILE],
    key: Key = None,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof file against a key or a policy, without database, service or network.

    Exit status 0: the record is in the log that the checkpoint names; 1: it is not proved.
    """
    from ehealth_ledger.chain.merkle_proof import ProofInvalid
    from ehealth_ledger.chain.note import NoteInvalid
    from ehealth_ledger.chain.proof_file import InclusionFile
    from ehealth_ledger.chain.record import Record
    from ehealth_ledger.values.time import from_microseconds

    believed = policy_of(key, policy)
    if believed is None:
        raise fail("name either --key or --policy: whom you believe", UNDECIDED)
    try:
        file = InclusionFile.parse(proof.read_bytes())
        found = file.check(believed)
        record = Record.decode(file.entry)
        if record.position != file.index + 1:
            raise ProofInvalid("the record names another position")
    except (NoteInvalid, ProofInvalid, ValueError) as fault:
        raise fail(f"not proved: {fault}", FINDING) from None
    members = {
        "origin": found.checkpoint.origin,
        "size": found.checkpoint.size,
        "root": found.checkpoint.root.hex(),
        "cosigned_by": sorted(found.cosigned),
        "log": record.log,
        "position": record.position,
        "command_id": str(record.command_id),
        "topic": record.topic,
        "recorded_at": from_microseconds(record.recorded_at).isoformat(timespec="microseconds"),
        "chain_value": record.chain_value().hex(),
    }
    if as_json:
        say_json(members)
        return
    say(
        f"proved: {record.topic} of command {record.command_id} stands at position "
        f"{record.position}, recorded at {members['recorded_at']}"
    )
    by = ", cosigned by " + ", ".join(sorted(found.cosigned)) if found.cosigned else ""
    say(f"by the checkpoint of {found.checkpoint.origin} at size {found.checkpoint.size}{by}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Hand out the log's proofs, and check one.")
    group.command(epilog="Example: ehealth-ledger log key > log.vkey")(key)
    group.command(epilog="Example: ehealth-ledger log export /srv/log")(export)
    group.command(epilog='Example: ehealth-ledger log check act.proof --key "$(cat log.vkey)"')(
        check
    )
    app.add_typer(group, name="log")
