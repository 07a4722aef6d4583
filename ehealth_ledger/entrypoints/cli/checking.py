"""Check a proof file of the log alone: no database, no service, no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ehealth_ledger.entrypoints.cli.believing import Key, PolicyFile, policy_of
from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json

if TYPE_CHECKING:
    from ehealth_ledger.chain.checkpoint import Checkpoint
    from ehealth_ledger.chain.policy import Believed, Policy
    from ehealth_ledger.chain.proof_file import ConsistencyFile, InclusionFile
    from ehealth_ledger.chain.record import Record
    from ehealth_ledger.entrypoints.receipt_file import KeptReceipt

_FILE = typer.Argument(
    exists=True,
    dir_okay=False,
    help="A proof file, of a record or of growth: `log prove` writes it.",
)


class _Beside(NamedTuple):
    """Hold what is to be checked together with a proof file."""

    over: Path | None
    old: Path | None
    receipt: KeptReceipt | None


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
    old: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The checkpoint that was kept: what a proof of growth begins at.",
        ),
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A receipt, as the service answered: does the record keep what it promised?",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof file against a key or a policy, without database, service or network.

    The file is a record's, which shows it in a log; or a checkpoint's, which shows it in the
    super-log; or of growth, which shows that the log begins with the checkpoint kept as --old.
    With --receipt the record is the one that the receipt promised, or it is not proved.
    With --super the key is the super-log's: record, log and super-log are checked in turn.
    Exit status 0: what the file shows holds under its checkpoint; 1: it is not proved.
    """
    from ehealth_ledger.chain.merkle_proof import ProofInvalid
    from ehealth_ledger.chain.note import NoteInvalid
    from ehealth_ledger.entrypoints.receipt_file import ReceiptUnreadable, read_receipt

    believed = policy_of(key, policy)
    if believed is None:
        raise fail("name either --key or --policy: whom you believe", UNDECIDED)
    try:
        beside = _Beside(over, old, None if receipt is None else read_receipt(receipt))
        members = _proved(proof, beside, believed)
    except ReceiptUnreadable as fault:
        raise fail(f"--receipt: {fault}", UNDECIDED) from None
    except (NoteInvalid, ProofInvalid, ValueError) as fault:
        raise fail(f"not proved: {fault}", FINDING) from None
    if as_json:
        say_json(members)
        return
    _show(members)


def _proved(proof: Path, beside: _Beside, policy: Policy) -> dict[str, Any]:
    """Check a proof file of either kind with what lies beside it; say what they show."""
    from ehealth_ledger.chain.checkpoint import Checkpoint
    from ehealth_ledger.chain.proof_file import ConsistencyFile, read_proof
    from ehealth_ledger.chain.super_log import held_checkpoint, is_super

    file = read_proof(proof.read_bytes())
    if isinstance(file, ConsistencyFile):
        return _growth(file, beside, policy)
    if beside.old is not None:
        raise fail("--old needs a file of growth: `log prove --from` writes it", UNDECIDED)
    if beside.over is None and is_super(Checkpoint.parse(file.note.text).origin):
        if beside.receipt is not None:
            raise fail("--receipt needs the proof file of a record", UNDECIDED)
        held, believed = held_checkpoint(file, policy)
        return {**_super_members(believed), **_checkpoint_members(held)}
    return _record(file, beside, policy)


def _growth(file: ConsistencyFile, beside: _Beside, policy: Policy) -> dict[str, Any]:
    """Show that the file's checkpoint begins with the one that was kept.

    Who kept a checkpoint saw it, so no witness is asked about that one; its signature has to hold,
    unless only the super-log's key is named.
    """
    from ehealth_ledger.chain.checkpoint import Checkpoint
    from ehealth_ledger.chain.note import Note

    if beside.old is None:
        raise fail("name --old: growth is shown from a checkpoint that you kept", UNDECIDED)
    if beside.receipt is not None:
        raise fail("--receipt needs the proof file of a record", UNDECIDED)
    new, members = _believed(file, beside.over, policy)
    kept = Note.parse(beside.old.read_bytes())
    old = policy.signed(kept) if beside.over is None else Checkpoint.parse(kept.text)
    file.check(old)
    return members | {**_checkpoint_members(new), "old": _checkpoint_members(old)}


def _record(file: InclusionFile, beside: _Beside, policy: Policy) -> dict[str, Any]:
    """Show that the file's record is in the log, and that a receipt promised it."""
    from ehealth_ledger.chain.checkpoint import origin_of
    from ehealth_ledger.chain.merkle_proof import ProofInvalid
    from ehealth_ledger.chain.promise import check_promise
    from ehealth_ledger.chain.record import Record

    held, members = _believed(file, beside.over, policy)
    file.check_under(held)
    record = Record.decode(file.entry)
    if record.position != file.index + 1:
        raise ProofInvalid("the record names another position")
    if origin_of(record.ledger, record.log) != held.origin:
        raise ProofInvalid("the record names another log than the checkpoint")
    members |= _checkpoint_members(held) | _record_members(record)
    if beside.receipt is not None:
        receipt, signing_key = beside.receipt
        check_promise(receipt, signing_key, record)
        members["receipt"] = {
            "first_position": receipt.placement.first_position,
            "last_position": receipt.placement.last_position,
            "signing_key": signing_key.hex(),
        }
    return members


def _believed(
    file: InclusionFile | ConsistencyFile, over: Path | None, policy: Policy
) -> tuple[Checkpoint, dict[str, Any]]:
    """Return the file's checkpoint, believed by itself or beneath the super-log, and by whom."""
    from ehealth_ledger.chain.merkle_proof import ProofInvalid
    from ehealth_ledger.chain.proof_file import InclusionFile
    from ehealth_ledger.chain.super_log import held_checkpoint

    if over is None:
        believed = policy.believe(file.note)
        return believed.checkpoint, {"cosigned_by": sorted(believed.cosigned)}
    above = InclusionFile.parse(over.read_bytes())
    held, believed = held_checkpoint(above, policy)
    if above.entry != file.note.text.encode():
        raise ProofInvalid("the super-log's proof is of another checkpoint than the file's")
    return held, _super_members(believed)


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


def _record_members(record: Record) -> dict[str, Any]:
    from ehealth_ledger.values.time import from_microseconds

    return {
        "log": record.log,
        "position": record.position,
        "command_id": str(record.command_id),
        "topic": record.topic,
        "recorded_at": from_microseconds(record.recorded_at).isoformat(timespec="microseconds"),
        "chain_value": record.chain_value().hex(),
    }


def _show(members: dict[str, Any]) -> None:
    if "position" in members:
        say(
            f"proved: {members['topic']} of command {members['command_id']} stands at position "
            f"{members['position']}, recorded at {members['recorded_at']}"
        )
    if "receipt" in members:
        say(f"as promised by the receipt signed with {members['receipt']['signing_key']}")
    if "old" in members:
        say(f"proved: the log only grew since the checkpoint at size {members['old']['size']}")
    by = ", cosigned by " + ", ".join(members["cosigned_by"]) if members["cosigned_by"] else ""
    above = members.get("super")
    said = f"by the checkpoint of {members['origin']} at size {members['size']}"
    say(said if above else said + by)
    if above:
        say(f"which stands in {above['origin']} at size {above['size']}{by}")
