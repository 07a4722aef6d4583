"""Verify a bundle with nothing but its folder and the name of whom the auditor believes.

1. The manifest is one, and every file is there, with the bytes it names, and no other.
2. Somebody whom the auditor believes signed the checkpoint, or a super-log that holds it, and it is
   this log's.
3. Each command: records, blobs under their revealed keys, facts, signatures (`part.py`).
4. Each record stands in the checkpoint's tree, and follows the record before it.
5. What was asked for is all there (`coverage.py`); what is not there was erased, or is not revealed
   on purpose.
6. The money: prices, balances, statements folded again and led to their acts (`money.py`).

Whatever cannot be checked is INCOMPLETE, never silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from uuid import UUID

from ehealth_ledger.bundle.coverage import check_asked, check_coverage, open_ends
from ehealth_ledger.bundle.finding import (
    DerivedStatement,
    Finding,
    Flaw,
    Report,
    incomplete,
    invalid,
)
from ehealth_ledger.bundle.layout import (
    BASIS,
    CHECKPOINT,
    MANIFEST,
    POLICY,
    SELECTED,
    Everything,
    Manifest,
    OfPatient,
    OfStatement,
    Run,
    Selection,
    file_names,
)
from ehealth_ledger.bundle.money import Money
from ehealth_ledger.bundle.part import Absent, Header, Job, Kept, PartResult, check_part
from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.merkle_proof import ProofInvalid
from ehealth_ledger.chain.note import Note, NoteInvalid
from ehealth_ledger.chain.policy import Believed, Policy, PolicyInvalid
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.range_proof import check_range
from ehealth_ledger.chain.record import genesis_value
from ehealth_ledger.chain.super_log import SUPER, held_checkpoint
from ehealth_ledger.events.erasure import FACTS as ERASURE_FACTS
from ehealth_ledger.events.erasure import PatientErased
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.values.cores import cores
from ehealth_ledger.values.garbage import collect_rarely

_ERASURE_TOPICS: Final = frozenset(each.TOPIC for each in ERASURE_FACTS)

Progress = Callable[[int, int], None]
"""Be told how many files of commands are done, and of how many."""


def verify(
    folder: Path,
    policy: Policy | None,
    *,
    wanted: Selection | None = None,
    progress: Progress,
    processes: int | None = None,
) -> Report:
    """Check a bundle whole; without a policy nothing is believed, and the report says so.

    `wanted` is what the auditor asked for: a bundle of anything else is incomplete. `processes` is
    by default the number of cores this process may use.
    """
    report = Report()
    try:
        manifest = Manifest.from_bytes((folder / MANIFEST).read_bytes())
    except OSError:
        report.findings.append(incomplete(Flaw.FILE_MISSING, expected=MANIFEST))
        return report
    except ValueError as fault:
        report.findings.append(invalid(Flaw.MANIFEST_MALFORMED, found=str(fault).split("\n")[0]))
        return report
    report.selection, report.ledger, report.log = manifest.selection, manifest.ledger, manifest.log
    if wanted is not None:
        report.findings += check_asked(wanted, manifest.selection)
    _Check(folder, manifest, policy, report).run(progress, processes)
    return report


class _Check:
    def __init__(
        self, folder: Path, manifest: Manifest, policy: Policy | None, report: Report
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._policy = policy
        self._report = report
        self._results: dict[str, PartResult] = {}
        self._headers: list[Header] = []
        self._over: InclusionFile | None = None

    def run(self, progress: Progress, processes: int | None) -> None:
        # 3. first, because the files of commands are hashed where they are read.
        self._check_parts(progress, processes)
        # 1.
        self._find(self._files())
        # 2.
        checkpoint = self._checkpoint()
        # 4.
        self._headers = sorted(header for each in self._results.values() for header in each.headers)
        self._report.records = len(self._headers)
        if checkpoint is not None:
            self._find(self._proofs(checkpoint))
        self._find(self._links())
        # 5.
        self._find(self._counts())
        self._find(self._coverage())
        erased = self._erased()
        self._find(self._gaps(erased))
        self._find(self._opening())
        # 6.
        self._check_money(erased)
        if not self._report.findings:  # else what asked for it may be what is not there
            self._find(self._surplus_evidence())

    def _find(self, findings: Iterable[Finding]) -> None:
        self._report.findings.extend(findings)

    def _check_parts(self, progress: Progress, processes: int | None) -> None:
        manifest = self._manifest
        of_patient = isinstance(manifest.selection, OfPatient)
        names = [
            each.name
            for each in manifest.files
            if each.name.startswith((f"{SELECTED}/", f"{BASIS}/"))
        ]
        jobs = [
            Job(self._folder, each, manifest.ledger, manifest.log, of_patient) for each in names
        ]
        for done, (name, result) in enumerate(zip(names, _run(jobs, processes), strict=True), 1):
            self._results[name] = result
            self._report.commands += result.commands
            self._report.signatures += result.signatures
            self._report.left_out += result.left_out
            self._find(result.findings)
            progress(done, len(jobs))

    def _files(self) -> Iterator[Finding]:
        listed = {each.name for each in self._manifest.files}
        for name in sorted(file_names(self._folder) - listed - {MANIFEST}):
            yield invalid(Flaw.FILE_SURPLUS, found=name)
        for name in sorted({CHECKPOINT, POLICY} - listed):
            yield incomplete(Flaw.FILE_MISSING, expected=name)
        for file in self._manifest.files:
            digest, size = self._read(file.name)
            if not digest:
                yield incomplete(Flaw.FILE_MISSING, expected=file.name)
            elif (digest, size) != (file.sha256, file.bytes):
                said = (f"{file.name} {file.sha256}", digest)
                yield invalid(Flaw.FILE_ALTERED, 0, *said)

    def _surplus_evidence(self) -> Iterator[Finding]:
        asked = {name for each in self._results.values() for name in each.asked}
        for file in self._manifest.files:
            if file.name.startswith("evidence/") and file.name not in asked:
                yield invalid(Flaw.EVIDENCE_SURPLUS, found=file.name)

    def _read(self, name: str) -> tuple[str, int]:
        result = self._results.get(name)
        if result is not None:
            return result.digest, result.size
        try:
            content = (self._folder / name).read_bytes()
        except OSError:
            return "", 0
        return sha256(content).hexdigest(), len(content)

    def _checkpoint(self) -> Checkpoint | None:
        """Return the checkpoint that the proofs lead to, believed or not; None where it is none."""
        manifest, report = self._manifest, self._report
        try:
            note = Note.parse((self._folder / CHECKPOINT).read_bytes())
            checkpoint = Checkpoint.parse(note.text)
        except OSError:
            return None  # a missing file is a finding already
        except NoteInvalid as fault:
            report.findings.append(invalid(Kind.CHECKPOINT_ALTERED, found=str(fault)))
            return None
        said = (origin_of(manifest.ledger, manifest.log), manifest.size)
        if said != (checkpoint.origin, checkpoint.size):
            found = f"{checkpoint.origin} {checkpoint.size}"
            report.findings.append(
                invalid(Kind.CHECKPOINT_CONTRADICTED, 0, f"{said[0]} {said[1]}", found)
            )
        report.size, report.root = checkpoint.size, checkpoint.root.hex()
        self._find(self._held(note))
        self._find(self._belief(note))
        return checkpoint

    def _belief(self, note: Note) -> Iterator[Finding]:
        try:
            own = Policy.parse((self._folder / POLICY).read_text("utf-8"))
            own.believe(note)
        except OSError:
            pass  # a missing file is a finding already
        except (PolicyInvalid, UnicodeDecodeError, NoteInvalid) as fault:
            yield invalid(
                Kind.CHECKPOINT_ALTERED, expected="the exporter's policy", found=str(fault)
            )
        if self._policy is None:
            yield incomplete(Flaw.TRUST_UNNAMED, expected="--key or --policy: whom you believe")
            return
        try:
            believed = self._believed(self._policy, note)
        except (NoteInvalid, ProofInvalid) as fault:
            yield invalid(Flaw.CHECKPOINT_UNBELIEVED, found=str(fault))
        else:
            self._report.cosigned = dict(sorted(believed.cosigned.items()))

    def _held(self, note: Note) -> Iterator[Finding]:
        """Check that the super-log in the bundle holds the checkpoint, whoever signed for it."""
        if SUPER not in {each.name for each in self._manifest.files}:
            return
        try:
            file = InclusionFile.parse((self._folder / SUPER).read_bytes())
            over = Checkpoint.parse(file.note.text)
            if over.origin != origin_of(self._manifest.ledger, SUPER):
                raise ProofInvalid(f"a super-log of {over.origin}")
            file.check_under(over)
            if file.entry != note.text.encode():
                raise ProofInvalid("another checkpoint")
        except OSError:
            return  # a missing file is a finding already
        except (NoteInvalid, ProofInvalid) as fault:
            yield invalid(Flaw.PROOF_INVALID, 0, "the checkpoint in the super-log", str(fault))
        else:
            self._over = file

    def _believed(self, policy: Policy, note: Note) -> Believed:
        """Believe whoever signed the checkpoint, or a super-log that holds it."""
        try:
            return policy.believe(note)
        except NoteInvalid:
            if self._over is None:
                raise
        return held_checkpoint(self._over, policy)[1]

    def _proofs(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        leaves: dict[int, bytes] = {}
        for header in self._headers:
            if header.position in leaves:
                yield invalid(Flaw.RECORD_REPEATED, header.position)
            leaves[header.position] = header.chain_value
        proved: set[int] = set()
        for run in self._manifest.runs:
            # A manifest can name any number: nothing is counted beyond the records that are here.
            positions = range(run.first, min(run.first + run.count, checkpoint.size + 1))
            missing = next((each for each in positions if each not in leaves), None)
            if missing is not None:
                yield incomplete(Flaw.RECORD_MISSING, missing)
                continue
            proved.update(positions)
            yield from self._run_proof(run, positions, leaves, checkpoint)
        for position in sorted(leaves.keys() - proved):
            yield incomplete(Flaw.PROOF_MISSING, position)

    @staticmethod
    def _run_proof(
        run: Run, positions: range, leaves: dict[int, bytes], checkpoint: Checkpoint
    ) -> Iterator[Finding]:
        path = [bytes.fromhex(each) for each in run.path]
        try:
            check_range(
                [leaves[each] for each in positions],
                run.first - 1,
                checkpoint.size,
                path,
                checkpoint.root,
            )
            if len(positions) != run.count:
                raise ProofInvalid("the run goes beyond the checkpoint")
        except ProofInvalid as fault:
            yield invalid(Flaw.PROOF_INVALID, run.first, checkpoint.root.hex(), str(fault))

    def _links(self) -> Iterator[Finding]:
        if self._headers and self._headers[0].position == 1:
            genesis = genesis_value(self._manifest.ledger, self._manifest.log)
            if self._headers[0].previous != genesis:
                said = (genesis.hex(), self._headers[0].previous.hex())
                yield invalid(Kind.LINK_BROKEN, 1, *said)
        for before, after in pairwise(self._headers):
            if after.position == before.position + 1 and after.previous != before.chain_value:
                said = (before.chain_value.hex(), after.previous.hex())
                yield invalid(Kind.LINK_BROKEN, after.position, *said)
            if after.recorded_at < before.recorded_at:
                yield invalid(Kind.TIME_REVERSED, after.position)

    def _counts(self) -> Iterator[Finding]:
        said = (self._manifest.commands, self._manifest.records)
        found = (self._report.commands, self._report.records)
        if found != said and all(here <= there for here, there in zip(found, said, strict=True)):
            text = f"{said[0]} commands and {said[1]} records"
            yield incomplete(Flaw.RECORD_MISSING, expected=text)
        elif found != said:
            yield invalid(Flaw.MANIFEST_MALFORMED, 0, str(found), str(said))

    def _coverage(self) -> Iterator[Finding]:
        selected = [each for each in self._headers if each.selected]
        self._report.open_ends = open_ends(self._manifest.selection, selected)
        yield from check_coverage(self._manifest, selected)

    def _erased(self) -> frozenset[UUID]:
        """Return whom the log says to be erased: the record's stream is the person."""
        return frozenset(
            each.stream_id for each in self._headers if each.topic == PatientErased.TOPIC
        )

    def _gaps(self, erased: frozenset[UUID]) -> Iterator[Finding]:
        for each in (absent for result in self._results.values() for absent in result.absent):
            if each.key_id in erased and self._is_named_truly(each):
                if each.what == "body":
                    self._report.erased += 1
                else:
                    self._report.unsigned += 1
            elif each.what == "body" and self._is_withheld(each):
                self._report.withheld += 1
            else:
                kind = Kind.BODY_MISSING if each.what == "body" else Kind.ENVELOPE_MISSING
                yield incomplete(kind, each.position, f"sealed under {each.key_id}")

    def _is_withheld(self, each: Absent) -> bool:
        """Tell whether the selection reveals no such body; signatures it always reveals."""
        if not each.selected:
            return each.key_id != self._manifest.ledger or each.topic in _ERASURE_TOPICS
        selection = self._manifest.selection
        return isinstance(selection, OfStatement) and each.stream_id != selection.statement

    def _is_named_truly(self, each: Absent) -> bool:
        """Tell whether a missing envelope's key is known: of a command in part it is only said."""
        selection = self._manifest.selection
        if each.selected and isinstance(selection, OfPatient):
            return each.key_id == selection.patient
        return True

    def _opening(self) -> Iterator[Finding]:
        opened = [
            each.fact
            for each in self._facts()
            if isinstance(each.fact, LedgerOpened) and each.row.position == 1
        ]
        if not opened:
            yield incomplete(Flaw.OPENING_MISSING, 1, LedgerOpened.TOPIC)
            return
        for result in self._results.values():
            for store, position in result.trust_stores.items():
                if store != opened[0].trust_store:
                    said = (f"trust store {opened[0].trust_store}", store)
                    yield invalid(Kind.SIGNATURE_INVALID, position, *said)

    def _facts(self) -> Iterator[Kept]:
        return (kept for each in self._results.values() for kept in each.facts)

    def _check_money(self, erased: frozenset[UUID]) -> None:
        money = Money(self._facts(), self._headers)
        self._find(money.check())
        for result in self._results.values():
            self._find(money.countersignatures(result.countersigned))
        selection = self._manifest.selection
        gone = {
            each.position
            for result in self._results.values()
            for each in result.absent
            if each.what == "envelope" and each.key_id in erased
        }
        if isinstance(selection, OfStatement):
            stands = money.formed.get(selection.statement)
            if stands is None:
                self._find([incomplete(Flaw.STATEMENT_MISSING, 0, str(selection.statement))])
            wanted = [] if stands is None else [stands]
        else:
            whole = isinstance(selection, Everything)
            wanted = list(money.formed.values()) if whole else []
        for each in wanted:
            derived = money.statement(each, gone)
            if isinstance(derived, DerivedStatement):
                self._report.statements.append(derived)
            else:
                self._find(derived)


def _run(jobs: list[Job], processes: int | None) -> Iterator[PartResult]:
    """Check the files on every core; one file, or one core, needs no other process."""
    most = processes or cores()
    if min(most, len(jobs)) <= 1:
        yield from map(check_part, jobs)
        return
    with ProcessPoolExecutor(min(most, len(jobs)), get_context("spawn"), collect_rarely) as pool:
        yield from pool.map(check_part, jobs)
