"""Write a bundle that an auditor checks alone: what was asked for, what it rests on, and proofs.

What is revealed is the derived key of each blob that is handed over, never a subject's key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import psycopg

from ehealth_ledger.bundle.layout import (
    BASIS,
    CHECKPOINT,
    MANIFEST,
    PART_COMMANDS,
    POLICY,
    SELECTED,
    Entry,
    Everything,
    File,
    Manifest,
    OfPatient,
    OfStatement,
    Revealed,
    Run,
    Selection,
    Stretch,
    evidence_of,
    part_of,
)
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import InclusionFile
from ehealth_ledger.chain.range_proof import prove_range
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.entrypoints.audit import opened_vault
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.charge import Accrued, ChargeAccrued, ChargeAdjusted
from ehealth_ledger.events.directory import FACTS as DIRECTORY_FACTS
from ehealth_ledger.events.erasure import FACTS as ERASURE_FACTS
from ehealth_ledger.events.erasure import PatientErased
from ehealth_ledger.events.grouping import FACTS as GROUPING_FACTS
from ehealth_ledger.events.statement import FACTS as STATEMENT_FACTS
from ehealth_ledger.events.statement import Formed
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.blobs import ENVELOPE_ABOUT, BlobUnreadable, Shelf, SubjectKey
from ehealth_ledger.store.durable_file import sync_folder, write_durably
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.folding.lines import positions_of
from ehealth_ledger.store.fsck.chain import StoredCommand
from ehealth_ledger.store.fsck.check import snapshot
from ehealth_ledger.store.fsck.opening import BodyDamaged, opened
from ehealth_ledger.store.fsck.pages import EnvelopeRow, RecordRow, scattered, stretch
from ehealth_ledger.store.proofs import Signed, checkpoint_file, signed_tree
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import service_stream

_OF_PATIENT: Final = """
    SELECT DISTINCT position - fact_index, position - fact_index + fact_count - 1 FROM records
    WHERE log = %(log)s AND stream_id IN
        (SELECT stream_id FROM records WHERE log = %(log)s AND key_id = %(patient)s)
    ORDER BY 1
"""
_COMMANDS_AT: Final = """
    SELECT DISTINCT position - fact_index, position - fact_index + fact_count - 1 FROM records
    WHERE log = %s AND position = ANY(%s) ORDER BY 1
"""
_OF_STREAMS: Final = """
    SELECT position FROM records WHERE log = %s AND stream_id = ANY(%s) AND position <= %s
"""
_BEGINNING: Final = (
    "SELECT position FROM records WHERE log = %s AND stream_id = %s AND topic = ANY(%s)"
)
_OF_TOPICS: Final = (
    "SELECT position FROM records WHERE log = %s AND topic = ANY(%s) AND position <= %s"
)
_ERASURES: Final = """
    SELECT position FROM records WHERE log = %s AND topic = %s AND stream_id = ANY(%s)
"""
_ERASURE_TOPICS: Final = frozenset(each.TOPIC for each in ERASURE_FACTS)

Span = tuple[int, int]
"""First and last position of one or more whole commands."""

Progress = Callable[[int, int], None]
"""Be told how many records are written, and of how many."""


class NotExported(Exception):  # noqa: N818 - the name is the reason
    """Report a selection that there is nothing of, or that cannot be written."""


class NotYet(NotExported):
    """Report a selection that no checkpoint covers yet: the same is written when it is signed."""


@dataclass(frozen=True, slots=True)
class Written:
    """Sum up a bundle; a range is the one that was written, widened to whole commands."""

    selection: Selection
    ledger: UUID
    log: str
    size: int  # of the checkpoint's tree
    commands: int
    records: int
    files: int


def export_bundle(
    urls: Databases,
    master_key: bytes,
    selection: Selection,
    folder: Path,
    *,
    policy: Policy | None,
    policy_text: str,
    progress: Progress,
) -> Written:
    """Write a bundle into a new folder, the manifest last; raise NotExported where it cannot be.

    Nothing stays of one that cannot be finished, so the same call may follow later. `policy_text`
    says in the bundle whom the exporter believes. All is read in one snapshot.
    """
    with opened_vault(urls, master_key) as (vault, ledger), snapshot(urls.ledger) as connection:
        keys = [each.key for each in Policy.parse(policy_text).logs]
        signed = signed_tree(connection, RECORDS, policy, keys)
        if signed is None:
            raise NotYet("no checkpoint is there yet: `ehealth-ledger serve` signs")
        over = checkpoint_file(connection, RECORDS, policy, signed.tree.size, keys)
        with _finished_or_gone(folder) as unfinished:
            writer = _Writer(connection, vault, ledger, signed, over, unfinished, progress)
            return writer.write(selection, policy_text)


@contextmanager
def _finished_or_gone(folder: Path) -> Iterator[Path]:
    """Give a place to write to within the folder; its files move up at the end, or none stays.

    Within, not beside: an empty folder may be a mount, or the one thing its owner may write to.
    """
    is_new = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what it reveals is confidential
    if any(folder.iterdir()):
        raise NotExported(f"{folder} is not empty")
    try:
        with TemporaryDirectory(dir=folder, prefix=".unfinished.") as unfinished:
            yield Path(unfinished)
            # The manifest last: without it nobody takes for a bundle what is here.
            for each in sorted(Path(unfinished).iterdir(), key=lambda file: file.name == MANIFEST):
                each.rename(folder / each.name)
        sync_folder(folder)
    except BaseException:
        if is_new:
            with suppress(OSError):  # somebody else's file is in it by now
                folder.rmdir()
        raise


class _Writer:
    def __init__(
        self,
        connection: psycopg.Connection,
        vault: Vault,
        ledger: UUID,
        signed: Signed,
        over: InclusionFile | None,
        folder: Path,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._ledger = ledger
        self._signed = signed
        self._over = over
        self._folder = folder
        self._progress = progress
        self._bodies = Shelf(ledger, RECORDS, "body")
        self._envelopes = Shelf(ledger, RECORDS, "envelope")
        self._files: list[File] = []
        self._names: set[str] = set()
        self._positions: list[int] = []
        self._commands = 0
        self._parts = Counter[str]()
        self._absent: set[UUID] = set()  # keys of blobs that are not there
        self._streams: set[UUID] = set()  # that charges rest on
        self._last = 1

    def write(self, selection: Selection, policy_text: str) -> Written:
        scope, asked = self._scope(selection)
        size = self._signed.tree.size
        spans = list(self._spans(selection, scope))
        if not spans:
            raise NotExported("the log holds nothing of the kind")
        if spans[-1][1] > size:
            raise NotYet(f"the newest checkpoint covers {size} records: ask again")
        if isinstance(asked, Stretch):  # widened to whole commands
            asked = Stretch(first=spans[0][0], last=spans[-1][1])
        self._write_parts(SELECTED, spans, scope)
        self._write_parts(BASIS, self._basis(), Scope(self._ledger))
        self._write_parts(BASIS, self._erasures(), Scope(self._ledger))
        self._put(CHECKPOINT, self._signed.note.to_bytes())
        if self._over is not None:
            self._put(SUPER, self._over.to_bytes())
        self._put(POLICY, policy_text.encode())
        manifest = Manifest(
            ledger=self._ledger,
            log=RECORDS,
            selection=asked,
            size=size,
            commands=self._commands,
            records=len(self._positions),
            runs=tuple(self._runs(size)),
            files=tuple(sorted(self._files, key=lambda each: each.name)),
        )
        write_durably(self._folder / MANIFEST, manifest.to_bytes())
        return Written(
            *(manifest.selection, manifest.ledger, manifest.log, manifest.size),
            *(manifest.commands, manifest.records, len(manifest.files) + 1),
        )

    def _scope(self, selection: Selection) -> tuple[Scope, Selection]:
        """Decide which bodies and envelopes are revealed."""
        match selection:
            case OfPatient(patient=patient):
                return Scope(self._ledger, frozenset({patient})), selection
            case OfStatement(statement=statement):
                return self._statement_scope(statement), selection
            case _:
                return Scope(self._ledger, everybody=True), selection

    def _statement_scope(self, statement: UUID) -> Scope:
        """Find a statement's lines and the acts behind them."""
        size = self._signed.tree.size
        begins = [each.TOPIC for each in STATEMENT_FACTS if each.BEGINS]
        found = self._ask(_BEGINNING, RECORDS, statement, begins)
        if not found:
            raise NotExported("the log holds no such statement")
        if found[0][0] > size:
            raise NotYet(f"the newest checkpoint covers {size} records: ask again")
        (formed,) = self._facts([found[0][0]])
        assert isinstance(formed, Formed)  # noqa: S101 - its topic says so
        own = [row[0] for row in self._ask(_OF_STREAMS, RECORDS, [statement], size)]
        lines = positions_of(self._connection, formed.key)
        acts: set[int] = set()
        for fact in self._facts(lines):
            if isinstance(fact, Accrued | ChargeAdjusted):
                acts.add(fact.act_position)
            if isinstance(fact, ChargeAccrued):
                acts.update(fact.acts)
        return Scope(self._ledger, positions=frozenset({*own, *lines}), acts=frozenset(acts))

    def _spans(self, selection: Selection, scope: Scope) -> Iterable[Span]:
        size = self._signed.tree.size
        match selection:
            case Everything():
                return [(1, size)]
            case Stretch(first=first, last=last):
                if first > last:
                    raise NotExported("the last position is before the first")
                ends = self._ask(_COMMANDS_AT, RECORDS, [first, last])
                if not ends or ends[-1][1] < last:
                    raise NotExported(f"the log does not reach to {last}")
                if last > size:
                    raise NotYet(f"the newest checkpoint covers {size} records: ask again")
                return [(ends[0][0], ends[-1][1])]
            case OfPatient(patient=patient):
                asked = {"log": RECORDS, "patient": patient}
                rows = self._connection.execute(_OF_PATIENT, asked).fetchall()
                # What came in after the checkpoint is in the next bundle.
                covered = [(first, last) for first, last in rows if last <= size]
                if rows and not covered:
                    raise NotYet(f"the newest checkpoint covers {size} records: ask again")
                return covered
            case OfStatement():
                wanted = sorted(scope.positions | scope.acts)
                return [(a, b) for a, b in self._ask(_COMMANDS_AT, RECORDS, wanted)]

    def _basis(self) -> list[Span]:
        """Find what the selected rests on: opening, directories, tariffs, contracts, services."""
        topics = [each.TOPIC for each in (*DIRECTORY_FACTS, *GROUPING_FACTS)]
        asked = (
            (_OF_TOPICS, topics),
            (_OF_STREAMS, sorted(self._streams)),
        )
        found = {1}
        for statement, wanted in asked:
            found.update(row[0] for row in self._ask(statement, RECORDS, wanted, self._last))
        return self._not_yet(found)

    def _erasures(self) -> list[Span]:
        """Find the records that say why blobs are not there."""
        rows = self._ask(_ERASURES, RECORDS, PatientErased.TOPIC, sorted(self._absent))
        found = [row[0] for row in rows]
        if any(each > self._signed.tree.size for each in found):
            raise NotYet("the newest checkpoint does not cover an erasure yet: ask again")
        return self._not_yet(found)

    def _not_yet(self, positions: Iterable[int]) -> list[Span]:
        wanted = sorted(set(positions) - set(self._positions))
        return [(a, b) for a, b in self._ask(_COMMANDS_AT, RECORDS, wanted)]

    def _write_parts(self, kind: str, spans: Iterable[Span], scope: Scope) -> None:
        entries = self._entries(spans, scope)
        while lines := [each.to_line() for each in islice(entries, PART_COMMANDS)]:
            self._put(part_of(kind, self._parts[kind]), b"".join(lines))
            self._parts[kind] += 1

    def _entries(self, spans: Iterable[Span], scope: Scope) -> Iterator[Entry]:
        for first, last in spans:
            rows: list[RecordRow] = []
            bodies: dict[int, bytes] = {}
            envelope: EnvelopeRow | None = None
            for page in stretch(self._connection, RECORDS, first, last):
                keys, _ = self._vault.examine({each.key_id for each in page.records})
                for row in page.records:
                    if row.fact_index == 0:
                        rows, bodies, envelope = [], {}, page.envelopes.get(row.position)
                    rows.append(row)
                    if row.position in page.bodies:
                        bodies[row.position] = page.bodies[row.position]
                    if len(rows) == row.fact_count:
                        missing = {each.key_id for each in rows} - keys.keys()
                        more = self._vault.examine(missing)[0] if missing else {}
                        yield self._entry(rows, bodies, envelope, {**keys, **more}, scope)

    def _entry(
        self,
        rows: list[RecordRow],
        bodies: dict[int, bytes],
        envelope: EnvelopeRow | None,
        keys: dict[UUID, SubjectKey],
        scope: Scope,
    ) -> Entry:
        key_id = StoredCommand(tuple(rows)).envelope_key
        kept = [each for each in rows if scope.holds(each)]
        revealed = [self._body(row, bodies.get(row.position), keys, scope) for row in kept]
        self._positions += [each.position for each in kept]
        self._commands += 1
        self._last = max(self._last, rows[-1].position)
        self._progress(len(self._positions), max(self._signed.tree.size, len(self._positions)))
        return Entry(
            tuple((row.encoded(RECORDS), body) for row, body in zip(kept, revealed, strict=True)),
            self._envelope(rows[0], envelope, keys.get(key_id), scope, key_id),
            key_id,
        )

    def _body(
        self, row: RecordRow, body: bytes | None, keys: dict[UUID, SubjectKey], scope: Scope
    ) -> Revealed | None:
        key = keys.get(row.key_id)
        if key is None or body is None:
            self._absent.add(row.key_id)
            return None
        if not scope.reveals(row):
            return None
        if issubclass(FACTS[row.topic], Accrued):
            fact = self._fact(row, body, key)
            assert isinstance(fact, Accrued)  # noqa: S101 - its topic says so
            self._streams.update(_rests_on(fact))
        return Revealed(body, self._bodies.blob_key(key, row.command_id, row.fact_index))

    def _envelope(
        self,
        first: RecordRow,
        stored: EnvelopeRow | None,
        key: SubjectKey | None,
        scope: Scope,
        key_id: UUID,
    ) -> Revealed | None:
        if stored is None or key is None:
            self._absent.add(key_id)
            return None
        if not scope.reveals_envelope(key_id):
            return None
        try:
            plain = self._envelopes.open(key, first.command_id, 0, ENVELOPE_ABOUT, stored.blob)
            self._write_evidence(Envelope.from_bytes(plain))
        except (BlobUnreadable, ValueError) as fault:
            raise LedgerCorrupt(
                "envelope.unreadable", RECORDS, first.position, str(fault)
            ) from fault
        return Revealed(stored.blob, self._envelopes.blob_key(key, first.command_id, 0))

    def _write_evidence(self, envelope: Envelope) -> None:
        wanted = [("revocation_list", each) for each in envelope.revocation]
        if not envelope.certificate:
            wanted.append((envelope.signed_under, envelope.certificate_digest))
        if envelope.trust_store:
            wanted.append(("trust_store", envelope.trust_store))
        for kind, digest in wanted:
            name = evidence_of(kind, digest)
            if name not in self._names:
                row = self._connection.execute(
                    "SELECT bytes FROM evidence WHERE digest = %s", (digest,)
                ).fetchone()
                if row is None:
                    raise LedgerCorrupt("evidence.missing", RECORDS, 0, digest.hex())
                self._put(name, bytes(row[0]))

    def _facts(self, positions: Sequence[int]) -> Iterator[object]:
        """Read facts under the ledger's key, wherever they stand, along the log."""
        keys, _ = self._vault.examine((self._ledger,))
        for row, body in scattered(self._connection, RECORDS, positions):
            if body is None:
                raise LedgerCorrupt("body.missing", RECORDS, row.position)
            yield self._fact(row, body, keys[row.key_id])

    def _fact(self, row: RecordRow, body: bytes, key: SubjectKey) -> object:
        try:
            return opened(self._bodies, self._ledger, key, row, FACTS[row.topic], body)
        except BodyDamaged as fault:
            raise LedgerCorrupt(fault.kind, RECORDS, row.position, str(fault)) from fault

    def _runs(self, size: int) -> Iterator[Run]:
        ordered = sorted(self._positions)
        first = before = ordered[0]
        for position in (*ordered[1:], None):
            if position is None or position != before + 1:
                path = prove_range(self._signed.tree.nodes, first - 1, before, size)
                hashes = tuple(each.hex() for each in path)
                yield Run(first=first, count=before - first + 1, path=hashes)
                first = position or 0
            before = position or 0

    def _put(self, name: str, content: bytes) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durably(file, content)
        self._names.add(name)
        digest = sha256(content).hexdigest()
        self._files.append(File(name=name, bytes=len(content), sha256=digest))

    def _ask(self, statement: str, *values: object) -> list[tuple[int, ...]]:
        return self._connection.execute(statement.encode(), values).fetchall()


@dataclass(frozen=True, slots=True)
class Scope:
    """Decide what of a command is handed over."""

    ledger: UUID
    people: frozenset[UUID] = frozenset()  # whose bodies are revealed
    positions: frozenset[int] = frozenset()  # of a statement: its own facts and its lines
    acts: frozenset[int] = frozenset()
    everybody: bool = False

    def holds(self, row: RecordRow) -> bool:
        """Tell whether the record itself goes along: of a patient's commands, not others'."""
        return not self.people or row.key_id in self.people or row.key_id == self.ledger

    def reveals(self, row: RecordRow) -> bool:
        """Tell whether the body goes along."""
        if self.everybody:
            return True
        if self.acts or self.positions:
            return row.position in self.positions
        if row.key_id == self.ledger:
            return bool(self.people) or row.topic not in _ERASURE_TOPICS
        return row.key_id in self.people

    def reveals_envelope(self, key_id: UUID) -> bool:
        """Tell whether what was signed goes along: not under others' keys in a patient's bundle."""
        return not self.people or key_id in self.people or key_id == self.ledger


def _rests_on(fact: Accrued) -> set[UUID]:
    system, _, code = fact.service.partition("|")
    factors = fact.coefficients if isinstance(fact, ChargeAccrued) else ()
    tariffs = {fact.tariff, *(each.tariff for each in factors)}
    return {fact.contract, *tariffs, service_stream(system, code)}
