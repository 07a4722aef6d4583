"""Measure what `verify` does most: signed commands beside raw ECDSA, the chain beside raw SHA-256.

All run on one core, in one thread.

Signatures: ours is everything `verify` redoes for the stored commands of a page, by the same call,
many at a time: reassemble the container from its parts, strict DER, signed attributes, both
digests, the signature, the path (cached, as in a real run), revocation, the signer's identity, from
stored evidence only. The peer is `public_key.verify` of the `cryptography` package on the same
signed bytes, alone.

The chain: ours follows records as they were read from the database, one by one: no gap, every hash
computed again from the columns, every link and time, commands whole. The peer hashes the same
bytes, ready at hand.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ehealth_ledger.chain.record import DIGEST_BYTES, LEAF_PREFIX, genesis_value
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor, Author
from ehealth_ledger.store.fsck.chain import Chain
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.store.fsck.pages import PAGE_RECORDS, RecordRow
from ehealth_ledger.verification.containers import CMS
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Stored, Verifier, reopen_all
from scripts.benchmarks.report import Figure

SIGNERS: Final = 50
COMMANDS: Final = 1_000
ROUNDS: Final = 15
RECORDS: Final = 100_000
LOG: Final = "records"


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; rounds of ours and the peer's alternate."""
    return [_signatures(scale), _chain(scale)]


def _signatures(scale: float) -> Figure:
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

    rate, peer_rate = _rates(count, ours, theirs)
    return Figure(
        "verify.signatures.vs_ecdsa",
        rate,
        "signatures/s",
        "ECDSA P-256 verify of cryptography, same bytes, one core",
        peer_rate,
        "≥ 0.6",
    )


def _chain(scale: float) -> Figure:
    count = max(int(RECORDS * scale), 1)
    ledger = uuid4()
    rows = list(_records(ledger, count))
    raw = [LEAF_PREFIX + row.record(LOG).encode() for row in rows]

    def ours() -> None:
        findings = Findings()
        chain = Chain(ledger, LOG, findings)
        whole = 0
        for at in range(0, count, PAGE_RECORDS):
            for row in rows[at : at + PAGE_RECORDS]:
                chain.take(row)
            whole += len(chain.commands())
        if findings.items or whole != count:
            raise RuntimeError("the chain does not hold")

    def theirs() -> None:
        for encoded in raw:
            hashlib.sha256(encoded).digest()

    rate, peer_rate = _rates(count, ours, theirs)
    return Figure(
        "verify.chain.records_per_s_core",
        rate,
        "records/s",
        "SHA-256 of hashlib over the same bytes, one core",
        peer_rate,
        "≥ 200,000",
    )


def _records(ledger: UUID, count: int) -> Iterator[RecordRow]:
    """Write a chain of commands with one fact each, as the database would give it back."""
    previous = genesis_value(ledger, LOG)
    for position in range(1, count + 1):
        row = RecordRow(
            *(position, ledger, uuid4(), 0, 1, uuid4(), 1, "referral.issued.v1", position),
            *(uuid4(), os.urandom(DIGEST_BYTES), os.urandom(DIGEST_BYTES), previous, b""),
        )
        previous = row.computed(LOG)
        yield row._replace(chain_value=previous)


def _rates(count: int, ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[float, float]:
    """Return how many a second each did, of the pair whose ratio is the median.

    Pairs, so that a machine whose speed drifts says the same of both.
    """
    pairs = sorted(
        ((count / _cpu_seconds(ours), count / _cpu_seconds(theirs)) for _ in range(ROUNDS)),
        key=lambda pair: pair[0] / pair[1],
    )
    return pairs[len(pairs) // 2]


def _cpu_seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
