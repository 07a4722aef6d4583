"""Make trust a type: what a verified command carries, and who signed it.

Only `ehealth_ledger.verification.verifier` builds these values (a test reads the source and says
so). Whoever holds a `Verified` holds a command whose signature, certificate path and revocation
were checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, final

C_co = TypeVar("C_co", covariant=True)


@final
@dataclass(frozen=True, slots=True)
class Signer:
    """Name who signed, as the certificate does.

    That is a tax id (РНОКПП) and, where present, the entity's code (ЄДРПОУ).
    """

    tax_id: str
    edrpou: str | None
    certificate_digest: bytes  # SHA-256 of the DER certificate


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
    """Keep what a later verifier needs to reach the same verdict from the stored bytes alone."""

    container: Container
    certificate: bytes  # DER of the signing certificate
    suite: str  # the row of the closed table of algorithms, e.g. "ecdsa-p256-sha256"
    trust_store: bytes  # SHA-256 of the trust store the path ended in
    revocation: tuple[bytes, ...]  # SHA-256 of each revocation list consulted, leaf's issuer first
    policy: str  # version of the verification policy
    verified_at: datetime  # the moment the verdict speaks of, UTC


@final
@dataclass(frozen=True, slots=True)
class Verified(Generic[C_co]):
    """Carry a command whose signature held; only the verifier may build one."""

    body: C_co
    signer: Signer
    signed_bytes: bytes
    evidence: Evidence
