"""Walk one log from its first position to its last, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import LedgerSigner
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.store.fsck.actors import Actors, TaxIndex
from ehealth_ledger.store.fsck.cases import Cases
from ehealth_ledger.store.fsck.chain import Chain, StoredCommand
from ehealth_ledger.store.fsck.due import Dues, Duties
from ehealth_ledger.store.fsck.erasures import Erasures
from ehealth_ledger.store.fsck.evidence import EvidenceShelf
from ehealth_ledger.store.fsck.facts import Bodies, Keys, ReadFact
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.indexes import Indexes
from ehealth_ledger.store.fsck.money import Money
from ehealth_ledger.store.fsck.pages import EnvelopeRow, Page
from ehealth_ledger.store.fsck.parties import Parties
from ehealth_ledger.store.fsck.patients import SigningPatients
from ehealth_ledger.store.fsck.people import misnamed
from ehealth_ledger.store.fsck.proof import Proved, Prover, Reopen, Sealed, Unproved
from ehealth_ledger.store.fsck.receipts import Receipts
from ehealth_ledger.store.fsck.relations import contradicted
from ehealth_ledger.store.fsck.standing import Institutions
from ehealth_ledger.store.fsck.stream_past import StreamPast
from ehealth_ledger.store.fsck.tree import GrownTree
from ehealth_ledger.store.fsck.unreferred import Unreferred
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId

Brings = Callable[[Command], Iterable[UUID]]
"""Name the ids a command brings into the ledger."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Bring in what this layer may not import: how signatures verify, which ids a law brings."""

    reopen: Reopen
    tax_index: TaxIndex  # of a person at work
    patient_tax_index: TaxIndex
    brings: Brings
    duties: Duties


class Walk:
    """Check one log; `take` a page after the other, then `finish`."""

    def __init__(
        self,
        connection: psycopg.Connection,
        ledger: UUID,
        log: str,
        *,
        ports: Ports,
        keys: Keys,
        vault: Vault,
        evidence: EvidenceShelf,
        tree: GrownTree,
        findings: Findings,
    ) -> None:
        self._log = log
        self._ports = ports
        self._keys = keys
        self._findings = findings
        self.chain = Chain(ledger, log, findings)
        self.tree = tree
        self._bodies = Bodies(ledger, log, keys, findings)
        self._receipts = Receipts(connection, ledger, log, findings)
        self._prover = Prover(ledger, log, ports.reopen, evidence)
        self._actors = Actors(ports.tax_index)
        self._parties = Parties(log, findings)
        self._money = Money(connection, log, self._bodies, findings)
        self._indexes = Indexes(connection, log, findings, keys.erasures)
        self._erasures = Erasures(log, keys.erasures, findings)
        mapper = FactMapper(vault, LedgerId(ledger), log)
        self._dues = Dues(connection, log, self._bodies, ports.duties, mapper, vault, findings)
        past = StreamPast(connection, log, self._bodies)
        self._patients = SigningPatients(past, ports.patient_tax_index)
        self._cases = Cases(connection, log, past, mapper, vault, findings)
        self._institutions = Institutions(log, findings)
        self._unreferred = Unreferred(log, findings)
        self._trust_store: str | None = None
        self._envelopes: dict[int, EnvelopeRow] = {}
        self._open_facts: dict[UUID, list[Fact]] = {}
        self.damaged_evidence: set[bytes] = set()

    def take(self, page: Page) -> None:
        """Check the next page."""
        intact = [row for row in page.records if self.chain.take(row)]
        self._findings.records += len(page.records)
        self.tree.take(page.records, intact)
        self._note_surplus(page)
        self._keys.fetch(self._log, intact)
        self._envelopes.update(page.envelopes)
        commands = self.chain.commands()
        for row in intact:
            if row.position in page.bodies:
                self._erasures.note_blob(row.key_id)
        for read in self._bodies.read(intact, page.bodies):
            self._absorb(read)
        self._receipts.check(commands)
        self._prove(commands)
        self._findings.commands += len(commands)
        self._indexes.compare()
        self._forget(self.chain.open_from)

    def finish(self, vault: Vault) -> None:
        """Check what only the whole log, and the vault at its end, can tell."""
        self.chain.end()
        self._receipts.finish()
        self._erasures.finish(vault)
        self._parties.finish(vault)
        self._indexes.finish()

    def _note_surplus(self, page: Page) -> None:
        rows = {row.position: row for row in page.records}
        for position in page.bodies.keys() - rows.keys():
            self._findings.add(Kind.BODY_SURPLUS, self._log, position)
        for position in page.envelopes:
            row = rows.get(position)
            if row is None or (row.fact_index != 0 and row.is_intact(self._log)):
                self._findings.add(Kind.ENVELOPE_SURPLUS, self._log, position)

    def _prove(self, commands: Sequence[StoredCommand]) -> None:
        """Check the envelopes' rows, then what is in them, against the facts they led to."""
        sealed = [self._sealed(command) for command in commands]
        outcomes = iter(self._prover.prove([each for each in sealed if isinstance(each, Sealed)]))
        for command, each in zip(commands, sealed, strict=True):
            facts = self._open_facts.pop(command.first.command_id, [])
            match each:
                case Sealed():
                    self._note(next(outcomes), facts)
                case Kind():
                    self._findings.unread = True
                    self._findings.add(each, self._log, command.first.position)
                case None if self._keys.is_gone(command.envelope_key):
                    self._indexes.take_erased(command.rows, command.first.position)
                case None:
                    pass  # a key that does not unwrap is a finding of its own

    def _sealed(self, command: StoredCommand) -> Sealed | Kind | None:
        """Return what is to be opened, what is wrong with its row, or None where it was erased."""
        row = self._envelopes.get(command.first.position)
        if row is None:
            gone = command.envelope_key in self._keys.erasures
            return None if gone else Kind.ENVELOPE_MISSING
        if not _belongs(row, command):
            return Kind.ENVELOPE_ALTERED
        self._erasures.note_blob(row.key_id)
        key = self._keys.known.get(row.key_id)
        return None if key is None else Sealed(command, key, row.blob)

    def _note(self, outcome: Proved | Unproved, facts: Sequence[Fact]) -> None:
        if isinstance(outcome, Unproved):
            self._note_unproved(outcome)
        else:
            self._note_proved(outcome, facts)

    def _absorb(self, read: ReadFact) -> None:
        row, fact = read
        self._indexes.absorb(row, fact)
        self._actors.absorb(row, fact)
        if fact is None:
            return
        self._parties.absorb(row, fact)
        self._money.absorb(row, fact)
        self._cases.absorb(row, fact)
        self._institutions.absorb(row.position, fact)
        self._unreferred.absorb(row, fact)
        self._erasures.absorb(row, fact)
        self._dues.absorb(row, fact)
        self._open_facts.setdefault(row.command_id, []).append(fact)
        if isinstance(fact, LedgerOpened) and row.position == 1:
            self._trust_store = fact.trust_store
            self._receipts.signing_key = self._signing_key(fact)

    def _signing_key(self, fact: LedgerOpened) -> Ed25519PublicKey | None:
        try:
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(fact.signing_key))
        except ValueError:
            self._findings.add(Kind.BODY_MALFORMED, self._log, 1, "signing_key")
            return None

    def _forget(self, open_from: int | None) -> None:
        """Drop the page's envelopes but the open command's, and the facts of broken commands."""
        kept = None if open_from is None else self._envelopes.get(open_from)
        self._envelopes = {} if kept is None else {kept.position: kept}
        if open_from is None:
            self._open_facts.clear()

    def _note_unproved(self, outcome: Unproved) -> None:
        self._findings.unread = True
        if outcome.evidence is not None:
            if outcome.evidence in self.damaged_evidence:
                return  # one damaged list is one finding, whoever relies on it
            self.damaged_evidence.add(outcome.evidence)
        self._findings.add(outcome.kind, self._log, outcome.stored.first.position, outcome.detail)

    def _note_proved(self, outcome: Proved, facts: Sequence[Fact]) -> None:
        position = outcome.stored.first.position
        self._findings.signatures += 1
        self._indexes.take_ids(self._ports.brings(outcome.command), position)
        by_ledger = isinstance(outcome.signer, LedgerSigner)  # who consulted no trust store
        if not by_ledger and self._trust_store not in (None, outcome.envelope.trust_store.hex()):
            self._findings.add(
                Kind.SIGNATURE_INVALID, self._log, position, "a trust store the ledger never named"
            )
        all_read = not self._findings.unread
        objection = self._actors.objection(outcome, all_read=all_read) or self._patients.objection(
            outcome, all_read=all_read
        )
        if objection is not None:
            self._findings.add(Kind.ACTOR_INVALID, self._log, position, objection)
        key = self._receipts.signing_key
        self._dues.check(outcome, facts, None if key is None else key.public_bytes_raw())
        self._cases.check(outcome, facts)
        self._institutions.check(outcome, facts)
        self._unreferred.check(outcome, facts)
        wrong = (
            contradicted(outcome, facts, self._money.statements)
            or misnamed(outcome.command, facts, self._ports.tax_index)
            or self._erasures.objection(outcome, facts, self._actors)
        )
        if wrong is not None:
            self._findings.add(Kind.FACT_CONTRADICTED, self._log, position, wrong)


def _belongs(row: EnvelopeRow, command: StoredCommand) -> bool:
    first = command.first
    return (
        (row.command_id, row.key_id) == (first.command_id, command.envelope_key)
        and all(each.envelope_digest == first.envelope_digest for each in command.rows)
        and sha256(row.blob).digest() == first.envelope_digest
    )
