"""Reach a command's verdict again from its stored envelope: signature, path, revocation, content.

The stored verdict is compared, never believed. What verifies a signature is a port: this layer may
not see `verification`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import Evidence, Signer
from ehealth_ledger.errors import Refusal
from ehealth_ledger.store.blobs import (
    ENVELOPE_ABOUT,
    BlobUnreadable,
    RevealedKey,
    Shelf,
    SubjectKey,
)
from ehealth_ledger.store.envelope import VERDICT_VALID, Envelope
from ehealth_ledger.store.fsck.chain import StoredCommand
from ehealth_ledger.store.fsck.evidence import EvidenceDamaged
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.values.time import microseconds

CLOCK_SKEW_US_MAX: Final = 300 * 1_000_000  # two gateways' clocks, and a claimed time

StoredBytes = Callable[[bytes, str], bytes]
"""Return stored evidence by digest and kind (`certificate`, `ledger_key`, …)."""


class Reopen(Protocol):
    """Verify signatures again from stored bytes, as of the moments the evidence names."""

    def __call__(
        self, signed: Sequence[tuple[Evidence, bytes]], stored: StoredBytes
    ) -> list[Signer | Exception]:
        """Give for each evidence and content who signed, or why the verdict is not reached again.

        That is a Refusal, what `stored` raises, or ValueError for bytes that say nothing sensible.
        """


@dataclass(frozen=True, slots=True)
class Proved:
    """Carry a command whose signature held again."""

    stored: StoredCommand
    command: Command
    signer: Signer
    envelope: Envelope
    certificate: bytes  # or the ledger's public key


@dataclass(frozen=True, slots=True)
class Unproved:
    """Say why a command's signature does not hold; `evidence` is the digest of damaged evidence."""

    stored: StoredCommand
    kind: Kind
    detail: str
    evidence: bytes | None = None


class Sealed(NamedTuple):
    """Hold a command to be proved: its records, its envelope's key and blob."""

    stored: StoredCommand
    key: SubjectKey | RevealedKey
    blob: bytes


class Pieces(Protocol):
    """Give stored evidence by digest, from a database or from a folder."""

    def bytes_of(self, digest: bytes, wanted: str) -> bytes:
        """Return a piece of the wanted kind; raise EvidenceDamaged where it cannot be relied on."""


class _Opened(NamedTuple):
    stored: StoredCommand
    envelope: Envelope
    evidence: Evidence

    @property
    def content(self) -> bytes:
        return self.envelope.content


class Prover:
    """Prove the commands of one log."""

    def __init__(self, ledger: UUID, log: str, reopen: Reopen, evidence: Pieces) -> None:
        self._ledger = ledger
        self._shelf = Shelf(ledger, log, "envelope")
        self._reopen = reopen
        self._evidence = evidence

    def prove(self, sealed: Sequence[Sealed]) -> list[Proved | Unproved]:
        """Open the envelopes, verify what was signed, all at once, and read it."""
        opened = [self._open(*each) for each in sealed]
        signed = [(each.evidence, each.content) for each in opened if isinstance(each, _Opened)]
        signers = iter(self._reopen(signed, self._evidence.bytes_of))
        return [
            self._read(each, next(signers)) if isinstance(each, _Opened) else each
            for each in opened
        ]

    def _open(
        self, stored: StoredCommand, key: SubjectKey | RevealedKey, blob: bytes
    ) -> _Opened | Unproved:
        try:
            envelope = Envelope.from_bytes(
                self._shelf.open(key, stored.first.command_id, 0, ENVELOPE_ABOUT, blob)
            )
        except BlobUnreadable as fault:
            return Unproved(stored, Kind.ENVELOPE_UNREADABLE, str(fault))
        except ValueError as fault:  # also text that is not UTF-8, a moment no calendar has
            return Unproved(stored, Kind.ENVELOPE_MALFORMED, str(fault))
        if envelope.verdict != VERDICT_VALID:
            return Unproved(stored, Kind.SIGNATURE_INVALID, f"verdict {envelope.verdict!r}")
        try:
            certificate = envelope.certificate or self._evidence.bytes_of(
                envelope.certificate_digest, envelope.signed_under
            )
            evidence = envelope.evidence(certificate)
        except EvidenceDamaged as fault:
            return Unproved(stored, fault.kind, str(fault), fault.digest)
        except (ValueError, OverflowError) as fault:
            return Unproved(stored, Kind.ENVELOPE_MALFORMED, str(fault))
        return _Opened(stored, envelope, evidence)

    def _read(self, opened: _Opened, signer: Signer | Exception) -> Proved | Unproved:
        stored, envelope = opened.stored, opened.envelope
        if isinstance(signer, EvidenceDamaged):
            return Unproved(stored, signer.kind, str(signer), signer.digest)
        if isinstance(signer, Exception):
            refused = isinstance(signer, Refusal)
            kind = Kind.SIGNATURE_INVALID if refused else Kind.ENVELOPE_MALFORMED
            return Unproved(stored, kind, str(signer))
        try:
            command = parse(envelope.content)
        except Refusal as refusal:
            return Unproved(stored, Kind.CONTENT_INVALID, str(refusal))
        wrong = self._contradiction(stored, command, envelope)
        if wrong:
            return Unproved(stored, Kind.CONTENT_INVALID, wrong)
        return Proved(stored, command, signer, envelope, opened.evidence.certificate)

    def _contradiction(
        self, stored: StoredCommand, command: Command, envelope: Envelope
    ) -> str | None:
        latest = stored.first.recorded_at + CLOCK_SKEW_US_MAX
        if command.command_id != stored.first.command_id:
            return "signed under another command id"
        if command.ledger != self._ledger:
            return "signed for another ledger"
        if envelope.verified_at_us > latest:
            return "verified after it was recorded"
        if microseconds(command.issued_at) > latest:
            return "issued after it was recorded"
        return None
