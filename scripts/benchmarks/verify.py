"""Measure what `verify` does most: signed commands beside raw ECDSA, the chain beside raw SHA-256.

Signatures: ours is everything `verify` redoes for stored commands, by the same calls, from stored
evidence only: the form of the container (strict DER, signed attributes), both digests, the
signature, the path (cached, as in a real run), revocation, the signer's identity. The peer is
`public_key.verify` of the `cryptography` package on the same signed bytes, alone.

`verify.signatures.vs_ecdsa` is measured on all cores as `audit verify` runs: a process a core, all
at once, each of which reads its commands' envelopes, has their certificates, trust stores and lists
by digest as a bundle holds them, and reaches the verdicts again; handing out and gathering counts.
The processes stand ready before. The peer runs in the same processes, all at once too, so that
cores which share their parts do so for both. All is processor time of all processes: the same on a
machine that is busy otherwise, and on one that is not, the time by the clock.
`verify.signatures.one_core.vs_ecdsa` is one thread's processor time, without reading envelopes.

The chain: ours follows records as they were read from the database, one by one: no gap, every hash
computed again from the columns, every link and time, commands whole. The peer hashes the same
bytes, ready at hand.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ehealth_ledger.bundle.layout import PART_COMMANDS
from ehealth_ledger.bundle.reopening import Reopening
from ehealth_ledger.chain.record import DIGEST_BYTES, LEAF_PREFIX, genesis_value
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor, Author
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.fsck.chain import Chain
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.store.fsck.pages import PAGE_RECORDS, RecordRow
from ehealth_ledger.values.cores import cores
from ehealth_ledger.values.garbage import collect_rarely
from ehealth_ledger.verification.containers import CMS
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Stored, Verifier, reopen_all
from scripts.benchmarks.report import Figure

SIGNERS: Final = 50
COMMANDS: Final = 2_000
ROUNDS: Final = 15
RECORDS: Final = 100_000
LOG: Final = "records"

Raw = tuple[ec.EllipticCurvePublicKey, bytes, bytes]
"""A key, a signature, and what it signs."""


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; rounds of ours and the peer's alternate."""
    return [*_signatures(scale), _chain(scale)]


def _signatures(scale: float) -> list[Figure]:
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
    envelopes = []
    raw: list[tuple[bytes, bytes, bytes]] = []
    for number in range(count):
        actor = actors[number % SIGNERS]
        package = write.encounter_package(uuid4(), actor, at=now, episode=uuid4())
        content = author.content("encounter.record", actor, resources=package)
        found = verifier.verify(sign_cades(content, actor.credential), CMS, at=now)
        opened.append(Stored(found.evidence, found.signed_bytes, trust, revocation))
        envelopes.append(Envelope.of(found, "bench").to_bytes())
        private = actor.credential.key
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("the benchmark signs with ECDSA")
        signature = private.sign(content, ec.ECDSA(hashes.SHA256()))
        raw.append((actor.credential.certificate, signature, content))

    def ours() -> None:
        _require_signers(reopen_all(opened))

    keys = [(_key_of(certificate), signature, signed) for certificate, signature, signed in raw]
    rate, peer_rate = _rates(
        count, lambda: _seconds(ours), lambda: _seconds(lambda: _verify_raw(keys))
    )
    stored = {
        trust.digest: authority.trust_store(),
        **{digest: revocation.list_bytes(digest) for digest in opened[0].evidence.revocation},
        **{
            sha256(each.credential.certificate).digest(): each.credential.certificate
            for each in actors
        },
    }
    all_cores = _on_all_cores(envelopes, stored, raw)
    return [
        all_cores,
        Figure(
            "verify.signatures.one_core.vs_ecdsa",
            rate,
            "signatures/s",
            "ECDSA P-256 verify of cryptography, same bytes, one core",
            peer_rate,
            "≥ 0.8",
        ),
    ]


def _verify_raw(raw: Iterable[Raw]) -> None:
    for key, signature, content in raw:
        key.verify(signature, content, ec.ECDSA(hashes.SHA256()))


def _require_signers(outcomes: Iterable[object]) -> None:
    if any(isinstance(outcome, Exception) for outcome in outcomes):
        raise RuntimeError("a signature does not hold")


class Share(NamedTuple):
    """Hold what one process has at hand: its envelopes, evidence by digest, and the peer's part."""

    envelopes: list[bytes]
    stored: dict[bytes, bytes]
    raw: list[Raw]
    reopening: Reopening


_share: Share
"""The process's own: set once, when it starts."""


def _take(
    envelopes: list[bytes], stored: dict[bytes, bytes], raw: list[tuple[bytes, bytes, bytes]]
) -> None:
    global _share  # noqa: PLW0603 - what a worker process keeps between its jobs
    collect_rarely()
    keys = [(_key_of(certificate), signature, signed) for certificate, signature, signed in raw]
    _share = Share(envelopes, stored, keys, Reopening())


def _key_of(certificate: bytes) -> ec.EllipticCurvePublicKey:
    key = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("the benchmark signs with ECDSA")
    return key


def _again() -> float:
    """Reach the verdicts again, a file of a bundle's commands at a time; return processor time."""
    started = time.process_time()
    envelopes, stored, _, reopening = _share
    for at in range(0, len(envelopes), PART_COMMANDS):
        read = [Envelope.from_bytes(each) for each in envelopes[at : at + PART_COMMANDS]]
        signed = [(each.evidence(stored[each.certificate_digest]), each.content) for each in read]
        _require_signers(reopening(signed, _bytes_of))
    return time.process_time() - started


def _bytes_of(digest: bytes, _: str) -> bytes:
    return _share.stored[digest]


def _raw_again() -> float:
    return _seconds(lambda: _verify_raw(_share.raw))


def _on_all_cores(
    envelopes: list[bytes], stored: dict[bytes, bytes], raw: list[tuple[bytes, bytes, bytes]]
) -> Figure:
    every, given = cores(), (envelopes, stored, raw)
    with ExitStack() as pools:
        workers = [
            pools.enter_context(ProcessPoolExecutor(1, get_context("spawn"), _take, given))
            for _ in range(every)
        ]

        def at_once(job: Callable[[], float]) -> float:
            """Return the processor time of a core, this process's share in it."""
            started = time.process_time()
            spent = sum(each.result() for each in [worker.submit(job) for worker in workers])
            return (spent + time.process_time() - started) / every

        at_once(_again)  # the processes are there, and know their certificates
        rate, peer_rate = _rates(
            len(envelopes), lambda: at_once(_again), lambda: at_once(_raw_again)
        )
    return Figure(
        "verify.signatures.vs_ecdsa",
        rate * every,
        "signatures/s",
        f"ECDSA P-256 verify of cryptography, same bytes, {every} cores",
        peer_rate * every,
        "≥ 0.8",
    )


def _chain(scale: float) -> Figure:
    count = max(int(RECORDS * scale), 1)
    ledger = uuid4()
    rows = list(_records(ledger, count))
    raw = [LEAF_PREFIX + row.encoded(LOG) for row in rows]

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

    rate, peer_rate = _rates(count, lambda: _seconds(ours), lambda: _seconds(theirs))
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


def _rates(
    count: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[float, float]:
    """Return how many a second each did, of the pair whose ratio is the median.

    Both tell how many seconds they took. Pairs, so that a machine whose speed drifts says the same
    of both.
    """
    pairs = sorted(
        ((count / ours(), count / theirs()) for _ in range(ROUNDS)),
        key=lambda pair: pair[0] / pair[1],
    )
    return pairs[len(pairs) // 2]


def _seconds(work: Callable[[], None]) -> float:
    """Return the processor time that some work took."""
    started = time.process_time()
    work()
    return time.process_time() - started
