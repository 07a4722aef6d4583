"""Hand the log's proofs to others, and check one without a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ehealth_ledger.entrypoints.cli.believing import Key, PolicyFile, policy_of
from ehealth_ledger.entrypoints.cli.failures import FINDING, NOT_YET, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json

if TYPE_CHECKING:
    from ehealth_ledger.chain.checkpoint import Checkpoint
    from ehealth_ledger.chain.policy import Believed, Policy

_FILE = typer.Argument(exists=True, dir_okay=False, help="A proof file of /commands/…/proof.")


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
        signed = signed_tree(reading, RECORDS, policy)
        if signed is None:
            raise fail("not yet: no checkpoint is there, `ehealth-ledger serve` signs", NOT_YET)
        try:
            with progress("exporting") as tell:
                written = write(signed, folder, tell, records=not hashes_only)
                over = signed_tree(reading, SUPER, policy)
                proof = checkpoint_file(reading, RECORDS, policy, signed.tree.size)
                if over is not None and proof is not None:
                    written += write(over, folder / SUPER, lambda *_: None)
                    written += put(folder / PROOF, proof.to_bytes())
        except ExportRefused as fault:
            raise fail(f"refused: {fault}", FINDING) from None
    say(f"{folder} holds the log up to position {signed.tree.size}: {written} files written")


def check(
    proof: Annotated[Path, _FILE],
    key: Key = None,
    policy: PolicyFile = None,
    over: Annotated[
        Path | None,
        typer.Option(
            "--super",
            exists=True,
            dir_okay=False,
            help="A file of /log/records/checkpoint/proof: believe the super-log, not the log.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof file against a key or a policy, without database, service or network.

    The file is a command's, which shows a record in a log, or a checkpoint's, which shows it in the
    super-log. With both, the key is the super-log's: record, log and super-log are checked in turn.
    Exit status 0: what the file holds is in the log that its checkpoint names; 1: it is not proved.
    """
    from ehealth_ledger.chain.merkle_proof import ProofInvalid
    from ehealth_ledger.chain.note import NoteInvalid

    believed = policy_of(key, policy)
    if believed is None:
        raise fail("name either --key or --policy: whom you believe", UNDECIDED)
    try:
        members = _proved(proof, over, believed)
    except (NoteInvalid, ProofInvalid, ValueError) as fault:
        raise fail(f"not proved: {fault}", FINDING) from None
    if as_json:
        say_json(members)
        return
    _show(members)


def _proved(proof: Path, over: Path | None, policy: Policy) -> dict[str, Any]:
    """Check a proof file, and with a second one the super-log over it; say what they show."""
    from ehealth_ledger.chain.checkpoint import Checkpoint
    from ehealth_ledger.chain.merkle_proof import ProofInvalid
    from ehealth_ledger.chain.proof_file import InclusionFile
    from ehealth_ledger.chain.record import Record
    from ehealth_ledger.chain.super_log import held_checkpoint, is_super
    from ehealth_ledger.values.time import from_microseconds

    file = InclusionFile.parse(proof.read_bytes())
    if over is None and is_super(Checkpoint.parse(file.note.text).origin):
        held, believed = held_checkpoint(file, policy)
        return {**_super_members(believed), **_checkpoint_members(held)}
    members: dict[str, Any] = {}
    if over is None:
        believed = file.check(policy)
        held = believed.checkpoint
        members["cosigned_by"] = sorted(believed.cosigned)
    else:
        above = InclusionFile.parse(over.read_bytes())
        held, believed = held_checkpoint(above, policy)
        if above.entry != file.note.text.encode():
            raise ProofInvalid("the super-log's proof is of another checkpoint than the record's")
        file.check_under(held)
        members |= _super_members(believed)
    record = Record.decode(file.entry)
    if record.position != file.index + 1:
        raise ProofInvalid("the record names another position")
    return members | {
        **_checkpoint_members(held),
        "log": record.log,
        "position": record.position,
        "command_id": str(record.command_id),
        "topic": record.topic,
        "recorded_at": from_microseconds(record.recorded_at).isoformat(timespec="microseconds"),
        "chain_value": record.chain_value().hex(),
    }


def _checkpoint_members(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
    }


def _super_members(believed: Believed) -> dict[str, Any]:
    return {
        "super": _checkpoint_members(believed.checkpoint),
        "cosigned_by": sorted(believed.cosigned),
    }


def _show(members: dict[str, Any]) -> None:
    if "position" in members:
        say(
            f"proved: {members['topic']} of command {members['command_id']} stands at position "
            f"{members['position']}, recorded at {members['recorded_at']}"
        )
    by = ", cosigned by " + ", ".join(members["cosigned_by"]) if members["cosigned_by"] else ""
    above = members.get("super")
    said = f"by the checkpoint of {members['origin']} at size {members['size']}"
    say(said if above else said + by)
    if above:
        say(f"which stands in {above['origin']} at size {above['size']}{by}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Hand out the log's proofs, and check one.")
    group.command(epilog="Example: ehealth-ledger log key > log.vkey")(key)
    group.command(epilog="Example: ehealth-ledger log export /srv/log")(export)
    group.command(epilog='Example: ehealth-ledger log check act.proof --key "$(cat log.vkey)"')(
        check
    )
    app.add_typer(group, name="log")
