"""Keep, once a command, everything that proves it.

Content, container, certificate and verdict, in envelope format 1, or 2 for what patients sign:

    envelope = fields("ehealth/envelope/1", media_type, content, head, middle, tail,
                      certificate digest, suite, verdict, trust-store digest,
                      revocation digests, policy, verified_at, client)

Format 2 has the certificate (DER) as one more field at the end: a patient's lies under his own key
and nowhere else.

Revocation digests are 32 bytes each, joined. In format 1 the certificate itself is staff's and is
stored once, by digest. Where the ledger itself signed, the policy says so, its public key stands in
the place of the certificate, and no trust store is named.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple, assert_never

from ehealth_ledger.chain.fields import decode, encode, integer
from ehealth_ledger.chain.record import DIGEST_BYTES
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import (
    LEDGER_KEY_POLICY,
    Container,
    Evidence,
    LedgerSigner,
    PatientSigner,
    Signer,
    StaffSigner,
    Verified,
)
from ehealth_ledger.values.time import from_microseconds, microseconds

ENVELOPE_FORMAT: Final = "ehealth/envelope/1"
PERSONAL_FORMAT: Final = "ehealth/envelope/2"
_FORMS: Final = {(ENVELOPE_FORMAT.encode(), 14), (PERSONAL_FORMAT.encode(), 15)}
CACHED_LISTS_MAX: Final = 64
VERDICT_VALID: Final = "valid"  # the only verdict that is ever stored


class Envelope(NamedTuple):
    """Hold an envelope as stored; `certificate` is a patient's own, and empty for others'."""

    content: bytes
    container: Container
    certificate_digest: bytes
    suite: str
    verdict: str
    trust_store: bytes
    revocation: tuple[bytes, ...]
    policy: str
    verified_at_us: int
    client: str
    certificate: bytes = b""

    @classmethod
    def of(cls, verified: Verified[Command], client: str) -> Envelope:
        """Take over a verified command's evidence; `client` is the system that posted it."""
        evidence = verified.evidence
        return cls(
            content=verified.signed_bytes,
            container=evidence.container,
            certificate_digest=_signed_under(verified.signer),
            suite=evidence.suite,
            verdict=VERDICT_VALID,
            trust_store=evidence.trust_store,
            revocation=evidence.revocation,
            policy=evidence.policy,
            verified_at_us=microseconds(evidence.verified_at),
            client=client,
            certificate=evidence.certificate if evidence.personal else b"",
        )

    def to_bytes(self) -> bytes:
        """Write the envelope's plaintext."""
        container = self.container
        return encode(
            PERSONAL_FORMAT if self.certificate else ENVELOPE_FORMAT,
            container.media_type,
            self.content,
            container.head,
            container.middle,
            container.tail,
            self.certificate_digest,
            self.suite,
            self.verdict,
            self.trust_store,
            b"".join(self.revocation),
            self.policy,
            self.verified_at_us,
            self.client,
            *((self.certificate,) if self.certificate else ()),
        )

    @classmethod
    def from_bytes(cls, plaintext: bytes) -> Envelope:
        """Read an envelope; raise ValueError where it is not one of this format."""
        pieces = decode(plaintext)
        if not pieces or (pieces[0], len(pieces)) not in _FORMS:
            raise ValueError("not an envelope of format 1 or 2")
        certificate = pieces[14] if len(pieces) == 15 else b""
        if certificate and sha256(certificate).digest() != pieces[6]:
            raise ValueError("another certificate than its digest names")
        revocation = pieces[10]
        if len(revocation) % DIGEST_BYTES:
            raise ValueError("revocation digests are 32 bytes each")
        return cls(
            content=pieces[2],
            container=Container(pieces[1].decode(), pieces[3], pieces[4], pieces[5]),
            certificate_digest=pieces[6],
            suite=pieces[7].decode(),
            verdict=pieces[8].decode(),
            trust_store=pieces[9],
            revocation=_digests(revocation),
            policy=pieces[11].decode(),
            verified_at_us=integer(pieces[12]),
            client=pieces[13].decode(),
            certificate=certificate,
        )

    @property
    def signed_under(self) -> str:
        """Name the kind of evidence that `certificate_digest` leads to."""
        return "ledger_key" if self.policy == LEDGER_KEY_POLICY else "certificate"

    def evidence(self, certificate: bytes) -> Evidence:
        """Give the auditor what the verifier needs.

        The certificate is the one looked up by its digest, or the envelope's own.
        """
        return Evidence(
            container=self.container,
            certificate=certificate,
            suite=self.suite,
            trust_store=self.trust_store,
            revocation=self.revocation,
            policy=self.policy,
            verified_at=from_microseconds(self.verified_at_us),
            personal=bool(self.certificate),
        )


@lru_cache(maxsize=CACHED_LISTS_MAX)
def _digests(joined: bytes) -> tuple[bytes, ...]:
    """Cut digests apart; a day's commands name the same lists."""
    return tuple(joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES))


def _signed_under(signer: Signer) -> bytes:
    match signer:
        case StaffSigner(certificate_digest=digest) | PatientSigner(certificate_digest=digest):
            return digest
        case LedgerSigner(key_digest=digest):
            return digest
        case _:
            assert_never(signer)
