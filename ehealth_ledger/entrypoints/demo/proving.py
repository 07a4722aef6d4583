"""Prove one act to somebody who trusts no service: its proof file, checked under the log's key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import Note
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.record import Record
from ehealth_ledger.entrypoints.demo.mis import Mis, Unexpected

PROOF: Final = "act.proof"
KEY: Final = "log.vkey"


@dataclass(frozen=True, slots=True)
class ProvedAct:
    """Hold the record a proof file proved, by which checkpoint, and the newest checkpoint."""

    record: Record
    by: Checkpoint
    newest: Checkpoint
    key: str


def prove(mis: Mis, folder: Path, key: str, command_id: UUID) -> ProvedAct:
    """Fetch the proof of a command and check it; leave it in the folder beside the key.

    Raise NoteInvalid or ProofInvalid where it proves nothing.
    """
    content = mis.await_file(f"/commands/{command_id}/proof")
    policy = Policy.of_key(key)
    file = InclusionFile.parse(content)
    by = file.check(policy).checkpoint
    record = Record.decode(file.entry)
    if (record.command_id, record.position) != (command_id, file.index + 1):
        raise Unexpected(f"the proof of command {command_id} proves another record")
    newest = policy.believe(Note.parse(mis.download("/log/records/checkpoint"))).checkpoint
    (folder / PROOF).write_bytes(content)
    (folder / KEY).write_text(f"{key}\n", encoding="utf-8")
    return ProvedAct(record, by, newest, key)
