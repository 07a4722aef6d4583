"""Check that two people ordered each erasure, and that nothing it destroyed is still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.commands.erasure import CountersignErasure, ErasePatient
from ehealth_ledger.events.erasure import ErasureOrdered, PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.fsck.actors import Actors
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.store.vault import Vault

_AT_ONCE: Final = 1_000


def erased_patients(connection: psycopg.Connection) -> dict[UUID, int]:
    """Read who was erased at which position; `index.altered` is what tells a false row."""
    return dict(connection.execute("SELECT patient, position FROM erasures").fetchall())


def erased_since(url: str) -> frozenset[UUID]:
    """Read who is erased by now: a snapshot does not see what came after it began."""
    with connect(url, schema=LEDGER_SCHEMA, name="verify") as connection:
        return frozenset(erased_patients(connection))


class Erasures:
    """Follow the orders of one log, and note what of the erased is still there."""

    def __init__(self, log: str, erased: Mapping[UUID, int], findings: Findings) -> None:
        self._log = log
        self._erased = erased
        self._findings = findings
        self._orders: dict[UUID, tuple[RecordRow, ErasureOrdered]] = {}
        self._with_blobs: set[UUID] = set()

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in an order, or an erasure."""
        if isinstance(fact, ErasureOrdered):
            self._orders[fact.patient] = (row, fact)
        elif isinstance(fact, PatientErased):
            self._findings.erasures += 1

    def note_blob(self, key_id: UUID) -> None:
        """Take in that a body or an envelope lies where it should have been removed."""
        if key_id in self._erased:
            self._with_blobs.add(key_id)

    def objection(self, proved: Proved, facts: Sequence[Fact], actors: Actors) -> str | None:
        """Say what a signature on an erasure contradicts; None where all is in order."""
        command = proved.command
        if isinstance(command, ErasePatient):
            return self._misordered(command, proved, facts, actors)
        if isinstance(command, CountersignErasure):
            return self._miscountersigned(command, facts, actors)
        return None

    def _misordered(
        self, command: ErasePatient, proved: Proved, facts: Sequence[Fact], actors: Actors
    ) -> str | None:
        digest = sha256(proved.envelope.content).hexdigest()
        asked = (command.resource.patient, command.resource.basis, digest)
        for fact in facts:
            if isinstance(fact, ErasureOrdered) and (
                (fact.patient, fact.basis, fact.content_digest) != asked
                or fact.act_position != proved.stored.first.position
                or not actors.is_job_of(command.employee, fact.party)
            ):
                return fact.TOPIC
        return None

    def _miscountersigned(
        self, command: CountersignErasure, facts: Sequence[Fact], actors: Actors
    ) -> str | None:
        asked = command.resource
        found = self._orders.get(asked.patient)
        if found is None:
            return None if self._findings.unread else "nobody had ordered the erasure"
        row, order = found
        named = (asked.first.position, asked.first.chain_value, asked.first.content_digest)
        if named != (row.position, row.chain_value.hex(), order.content_digest):
            return "the countersignature names another record"
        for fact in facts:
            if isinstance(fact, PatientErased) and (
                (fact.patient, fact.order, fact.countersigned_by)
                != (asked.patient, row.position, command.employee)
            ):
                return fact.TOPIC
        if actors.is_job_of(command.employee, order.party):
            return "one person ordered and countersigned the erasure"
        return None

    def finish(self, vault: Vault) -> None:
        """Ask the vault for every erased patient's key."""
        erased = list(self._erased)
        for start in range(0, len(erased), _AT_ONCE):
            patients = erased[start : start + _AT_ONCE]
            held, unreadable = vault.examine(patients)
            destroyed = vault.destroyed(patients)
            for patient in patients:
                has_key = patient in held or patient in unreadable
                if patient in self._with_blobs:
                    self._add(
                        Kind.ERASURE_UNFINISHED, patient, "key and blobs" * has_key or "blobs"
                    )
                elif has_key:
                    self._add(Kind.KEY_RETURNED, patient, "")
                elif patient not in destroyed:
                    self._add(Kind.ERASURE_UNFINISHED, patient, "the vault does not know of it")

    def _add(self, kind: Kind, patient: UUID, what: str) -> None:
        detail = f"{patient}{what and ': ' + what}"
        self._findings.add(kind, self._log, self._erased[patient], detail)
