"""Make trust a type: what a verified command carries, and who signed it.

Only `ehealth_ledger.verification` builds these values (a test reads the source and says so).
Whoever holds a `Verified` holds a command whose signature was checked: a person's with certificate
path and revocation, or the ledger's own under the key that position 1 names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar, final

C_co = TypeVar("C_co", covariant=True)

LEDGER_KEY_POLICY: Final = "ehealth/ledger-key/1"
"""Name, in the evidence, the rules by which the ledger's own signature is checked."""


@final
@dataclass(frozen=True, slots=True)
class StaffSigner:
    """Name who signed, as the certificate does.

    That is a tax id (РНОКПП) and, where present, the entity's code (ЄДРПОУ).
    """

    tax_id: str
    edrpou: str | None
    certificate_digest: bytes  # SHA-256 of the DER certificate


@final
@dataclass(frozen=True, slots=True)
class PatientSigner:
    """Name the patient who signed for himself, as the certificate does.

    A certificate that names an institution (`edrpou`) is no person's own.
    """

    tax_id: str
    edrpou: str | None
    certificate_digest: bytes  # SHA-256 of the DER certificate


@final
@dataclass(frozen=True, slots=True)
class LedgerSigner:
    """Name the ledger's own key, which signs what the system does by itself."""

    key_digest: bytes  # SHA-256 of the raw Ed25519 public key


Signer = StaffSigner | PatientSigner | LedgerSigner
"""Say who signed: a person at work, a patient, or the ledger itself; nobody else can."""


@final
@dataclass(frozen=True, slots=True)
class Container:
    """Hold the signed container with its two large parts cut out, so that each is stored once.

    The exact bytes received are `head + content + middle + certificate + tail`; for a JWS, whose
    content travels in base64url, they are `head + base64url(content) + middle` and the certificate
    stands inside `head`.
    """

    media_type: str
    head: bytes
    middle: bytes
    tail: bytes


@final
@dataclass(frozen=True, slots=True)
class Evidence:
    """Keep what a later verifier needs to reach the same verdict from the stored bytes alone.

    The policy says which kind of verdict it was: under the ledger's own key no trust store and no
    list is consulted.
    """

    container: Container
    certificate: bytes  # DER of the signing certificate; the ledger's raw public key
    suite: str  # the row of the closed table of algorithms, e.g. "ecdsa-p256-sha256"
    trust_store: bytes  # SHA-256 of the trust store the path ended in; empty for the ledger's key
    revocation: tuple[bytes, ...]  # SHA-256 of each revocation list consulted, leaf's issuer first
    policy: str  # version of the verification policy
    verified_at: datetime  # the moment the verdict speaks of, UTC
    personal: bool = False  # a patient's certificate: it lies in the envelope, under his key


@final
@dataclass(frozen=True, slots=True)
class Verified(Generic[C_co]):
    """Carry a command whose signature held; only the verifier may build one."""

    body: C_co
    signer: Signer
    signed_bytes: bytes
    evidence: Evidence


@final
@dataclass(frozen=True, slots=True)
class Draft(Generic[C_co]):
    """Carry a command that nobody has signed: it can be judged beforehand, never recorded."""

    body: C_co
    signed_bytes: bytes
    signer: None = None
