"""Measure verification of signed commands beside raw ECDSA verification.

Both run on one core, in one thread.

Ours is everything `verify` redoes for the stored commands of a page, by the same call, many at a
time: reassemble the container from its parts, strict DER, signed attributes, both digests, the
signature, the path (cached, as in a real run), revocation, the signer's identity, from stored
evidence only. The peer is `public_key.verify` of the `cryptography` package on the same signed
bytes, alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor, Author
from ehealth_ledger.verification.containers import CMS
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Stored, Verifier, reopen_all
from scripts.benchmarks.report import Figure

SIGNERS: Final = 50
COMMANDS: Final = 1_000
ROUNDS: Final = 15


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; rounds of the two alternate."""
    now = datetime.now(UTC)
    authority = Authority.create("Bench Authority", now)
    trust = TrustStore.load(authority.trust_store())
    revocation = RevocationLists(authority.crls(now))
    verifier = Verifier(trust, revocation)
    author = Author(uuid4())
    count = max(int(COMMANDS * scale), SIGNERS)
    actors = [
        Actor(uuid4(), uuid4(), authority.issue(f"Лікар {number}", f"{number:010}"))
        for number in range(SIGNERS)
    ]
    opened = []
    raw = []
    for number in range(count):
        actor = actors[number % SIGNERS]
        package = write.encounter_package(uuid4(), actor, at=now, episode=uuid4())
        content = author.content("encounter.record", actor, resources=package)
        found = verifier.open(sign_cades(content, actor.credential), CMS, at=now)
        opened.append(Stored(found.evidence, found.content, trust, revocation))
        key = x509.load_der_x509_certificate(actor.credential.certificate).public_key()
        private = actor.credential.key
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
            private, ec.EllipticCurvePrivateKey
        ):
            raise TypeError("the benchmark signs with ECDSA")
        raw.append((key, private.sign(content, ec.ECDSA(hashes.SHA256())), content))

    def ours() -> None:
        outcomes = reopen_all(opened)
        if any(isinstance(outcome, Exception) for outcome in outcomes):
            raise RuntimeError("a signature does not hold")

    def theirs() -> None:
        for key, signature, content in raw:
            key.verify(signature, content, ec.ECDSA(hashes.SHA256()))

    # Pairs, so that a machine whose speed drifts says the same of both; the median pair counts.
    pairs = sorted(
        ((count / _cpu_seconds(ours), count / _cpu_seconds(theirs)) for _ in range(ROUNDS)),
        key=lambda pair: pair[0] / pair[1],
    )
    rate, peer_rate = pairs[len(pairs) // 2]
    return [
        Figure(
            "verify.signatures.vs_ecdsa",
            rate,
            "signatures/s",
            "ECDSA P-256 verify of cryptography, same bytes, one core",
            peer_rate,
            "≥ 0.6",
        )
    ]


def _cpu_seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
