"""Check one file of commands: records, blobs, facts and signatures; the work of one process.

What needs more than these commands (proofs, gaps, erasures, sums) is handed on: headers, facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, NamedTuple
from uuid import UUID

from ehealth_ledger.bundle.evidence import FolderEvidence
from ehealth_ledger.bundle.finding import Finding, Flaw, incomplete, invalid
from ehealth_ledger.bundle.layout import SELECTED, Entry, Revealed
from ehealth_ledger.bundle.reopening import Reopening
from ehealth_ledger.chain.record import Record
from ehealth_ledger.commands.signed import LedgerSigner
from ehealth_ledger.commands.statement import CountersignStatement
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.charge import Accrued, ChargeAdjusted, ChargeWithdrawn
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.events.statement import StatementFact
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased
from ehealth_ledger.store.blobs import RevealedKey, Shelf
from ehealth_ledger.store.fsck.chain import StoredCommand
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.opening import BodyDamaged, opened
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved, Prover, Sealed, Unproved
from ehealth_ledger.store.fsck.relations import contradicted

# Facts that the sums need; all others have said what they can beside their own command.
_KEPT: Final = (
    *(Accrued, ChargeAdjusted, ChargeWithdrawn, StatementFact),
    *(TariffPublished, TariffReleased, TariffEnded, LedgerOpened),
)


class Header(NamedTuple):
    """Keep of a record what gaps, links and proofs need."""

    position: int
    chain_value: bytes
    previous: bytes
    recorded_at: int
    stream_id: UUID
    stream_version: int
    topic: str
    key_id: UUID
    command_id: UUID
    selected: bool


class Absent(NamedTuple):
    """Note a blob that is not there: whether that is a gap depends on who was erased."""

    position: int
    what: Literal["body", "envelope"]
    key_id: UUID
    stream_id: UUID
    topic: str
    selected: bool


class Kept(NamedTuple):
    """Carry a fact with its record."""

    row: RecordRow
    fact: Fact


@dataclass(slots=True)
class PartResult:
    """Hold what one file of commands came to."""

    digest: str = ""
    size: int = 0
    commands: int = 0
    signatures: int = 0
    left_out: int = 0  # records of a patient's commands, by the exporter's word other people's
    headers: list[Header] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    facts: list[Kept] = field(default_factory=list)
    countersigned: list[tuple[int, CountersignStatement]] = field(default_factory=list)
    trust_stores: dict[str, int] = field(default_factory=dict)  # first position by digest
    asked: set[str] = field(default_factory=set)  # evidence
    findings: list[Finding] = field(default_factory=list)


class Job(NamedTuple):
    """Say which file to check, and whether commands may be there in part."""

    folder: Path
    name: str
    ledger: UUID
    log: str
    of_patient: bool


def check_part(job: Job) -> PartResult:
    """Check a file of commands; one that is not there has no commands and no digest."""
    result = PartResult()
    try:
        content = (job.folder / job.name).read_bytes()
    except OSError:
        return result
    result.digest, result.size = sha256(content).hexdigest(), len(content)
    return _Part(job, result).check(content)


class _Part:
    def __init__(self, job: Job, result: PartResult) -> None:
        self._job = job
        self._result = result
        self._selected = job.name.startswith(f"{SELECTED}/")
        self._shelf = Shelf(job.ledger, job.log, "body")
        self._evidence = FolderEvidence(job.folder)
        self._prover = Prover(job.ledger, job.log, Reopening(), self._evidence)

    def check(self, content: bytes) -> PartResult:
        sealed: list[Sealed] = []
        facts: list[list[Fact]] = []
        for number, line in enumerate(content.splitlines(keepends=True), 1):
            try:
                entry = Entry.from_line(line)
                rows = [self._row(record) for record, _ in entry.records]
            except ValueError as fault:
                where = f"{self._job.name} line {number}: {fault}"
                self._find(invalid(Flaw.ENTRY_MALFORMED, found=where))
                continue
            self._result.commands += 1
            command = StoredCommand(tuple(rows))
            self._check_whole(command, entry)
            read = [
                fact
                for row, (_, body) in zip(rows, entry.records, strict=True)
                if (fact := self._fact(row, body)) is not None
            ]
            if self._has_envelope(command, entry) and entry.envelope is not None:
                key = RevealedKey(entry.envelope_key, entry.envelope.key)
                sealed.append(Sealed(command, key, entry.envelope.blob))
                facts.append(read)
        for outcome, read in zip(self._prover.prove(sealed), facts, strict=True):
            self._note(outcome, read)
        self._result.asked = self._evidence.asked
        return self._result

    def _row(self, encoded: bytes) -> RecordRow:
        record = Record.decode(encoded)
        if record.encode() != encoded:
            raise ValueError("a record is written in one way only")
        if (record.ledger, record.log) != (self._job.ledger, self._job.log):
            raise ValueError("a record of another log")
        row = RecordRow(
            *(record.position, record.ledger, record.command_id, record.fact_index),
            *(record.fact_count, record.stream_id, record.stream_version, record.topic),
            *(record.recorded_at, record.key_id, record.body_digest, record.envelope_digest),
            *(record.previous, record.chain_value()),
        )
        self._result.headers.append(
            Header(
                *(row.position, row.chain_value, row.previous, row.recorded_at, row.stream_id),
                *(row.stream_version, row.topic, row.key_id, row.command_id, self._selected),
            )
        )
        return row

    def _check_whole(self, command: StoredCommand, entry: Entry) -> None:
        """Take a command's records in order; others' records stay out of a patient's bundle."""
        first = command.first
        start = first.position - first.fact_index
        places = [start + each.fact_index for each in command.rows]
        ordered = places == [each.position for each in command.rows] == sorted(set(places))
        shared = {(each.command_id, each.fact_count, each.envelope_digest) for each in command.rows}
        if not ordered or len(shared) != 1 or places[-1] >= start + first.fact_count:
            self._find(invalid(Kind.COMMAND_BROKEN, first.position))
            return
        if len(places) == first.fact_count:
            if entry.envelope_key != command.envelope_key:
                said = (str(command.envelope_key), str(entry.envelope_key))
                self._find(invalid(Kind.ENVELOPE_ALTERED, first.position, *said))
        elif self._job.of_patient and self._selected:
            self._result.left_out += first.fact_count - len(places)
        else:
            for missing in sorted({*range(start, start + first.fact_count)} - {*places}):
                self._find(incomplete(Flaw.RECORD_MISSING, missing))

    def _fact(self, row: RecordRow, body: Revealed | None) -> Fact | None:
        if body is None:
            self._absent(row, "body", row.key_id)
            return None
        found = sha256(body.blob).digest()
        if found != row.body_digest:
            said = (row.body_digest.hex(), found.hex())
            self._find(invalid(Kind.BODY_ALTERED, row.position, *said))
            return None
        kind = FACTS.get(row.topic)
        if kind is None:
            self._find(invalid(Kind.TOPIC_UNKNOWN, row.position, found=row.topic))
            return None
        try:
            key = RevealedKey(row.key_id, body.key)
            fact = opened(self._shelf, self._job.ledger, key, row, kind, body.blob)
        except BodyDamaged as fault:
            self._find(invalid(fault.kind, row.position, found=str(fault)))
            return None
        if isinstance(fact, _KEPT):
            self._result.facts.append(Kept(row, fact))
        return fact

    def _has_envelope(self, command: StoredCommand, entry: Entry) -> bool:
        first = command.first
        if entry.envelope is None:
            self._absent(first, "envelope", entry.envelope_key)
            return False
        found = sha256(entry.envelope.blob).digest()
        if found != first.envelope_digest:
            said = (first.envelope_digest.hex(), found.hex())
            self._find(invalid(Kind.ENVELOPE_ALTERED, first.position, *said))
            return False
        return True

    def _note(self, outcome: Proved | Unproved, facts: list[Fact]) -> None:
        position = outcome.stored.first.position
        if isinstance(outcome, Unproved):
            if outcome.kind is Kind.EVIDENCE_MISSING:
                self._find(incomplete(outcome.kind, position, outcome.detail))
            else:
                self._find(invalid(outcome.kind, position, found=outcome.detail))
            return
        self._result.signatures += 1
        if not isinstance(outcome.signer, LedgerSigner):  # who consulted no trust store
            self._result.trust_stores.setdefault(outcome.envelope.trust_store.hex(), position)
        if isinstance(outcome.command, CountersignStatement):
            self._result.countersigned.append((position, outcome.command))
        wrong = contradicted(outcome, facts, {})
        if wrong is not None:
            self._find(invalid(Kind.FACT_CONTRADICTED, position, "what was signed", wrong))

    def _absent(self, row: RecordRow, what: Literal["body", "envelope"], key_id: UUID) -> None:
        of = (key_id, row.stream_id, row.topic, self._selected)
        self._result.absent.append(Absent(row.position, what, *of))

    def _find(self, finding: Finding) -> None:
        self._result.findings.append(finding)
