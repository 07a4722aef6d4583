"""Build the concrete things, once: databases, keys, verifier, committer, intake; the only clock.

Everything below takes what it needs as an argument; nothing below looks at settings or the time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from psycopg_pool import ConnectionPool

from ehealth_ledger.chain.checkpoint import origin_of
from ehealth_ledger.chain.note import ED25519, VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.entrypoints.policy_file import read_policy
from ehealth_ledger.entrypoints.reader import NOT_OPEN, NotReady, Reader, open_reader
from ehealth_ledger.errors import Refused
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.intake.accept import Intake
from ehealth_ledger.intake.check import Checker
from ehealth_ledger.intake.committer import Committer
from ehealth_ledger.intake.previews import Previews
from ehealth_ledger.intake.tick import Scheduler
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.charges import PeriodFolder
from ehealth_ledger.store.connections import LEDGER_SCHEMA, VAULT_SCHEMA
from ehealth_ledger.store.embedded import EmbeddedServer, ensure_database
from ehealth_ledger.store.erasures import Eraser
from ehealth_ledger.store.evidence import EvidenceStore
from ehealth_ledger.store.folding.processes import FoldingProcesses
from ehealth_ledger.store.migrate import apply, ledger_migrations, vault_migrations
from ehealth_ledger.store.notifications import Notifications
from ehealth_ledger.store.previews import PreviewStore
from ehealth_ledger.store.secrets import SigningKey, make_secret, read_secret
from ehealth_ledger.store.signer import Signer
from ehealth_ledger.store.super_log import SuperSigner
from ehealth_ledger.values.garbage import collect_rarely
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Verifier

SUPER_KEY: Final = "ehealth/super-log/key/1"
VERIFYING_THREADS: Final = 4
RECEIPT_CONNECTIONS_MAX: Final = 4
SWITCH_S: Final = 0.0005
WITNESS_POLICY: Final = "EHEALTH_WITNESS_POLICY_FILE"


def clock() -> int:
    """Read the time: microseconds UTC."""
    return time.time_ns() // 1000


def tune_runtime() -> None:
    """Fit the interpreter to a long-lived server with two busy threads.

    Call it once, after start-up.

    Threads hand the interpreter over often enough that the writer, which mostly waits for the
    database, is not kept waiting by the judge.
    """
    collect_rarely()
    sys.setswitchinterval(SWITCH_S)


@contextmanager
def databases(settings: Settings) -> Iterator[Databases]:
    """Give the three databases' URLs; without any setting, start the embedded server first."""
    given = settings.databases()
    if given is not None:
        yield given
        return
    with _embedded(settings).running() as server:
        yield Databases.on(server.url(), settings.database_prefix)


def _embedded(settings: Settings) -> EmbeddedServer:
    return EmbeddedServer(settings.data_dir, wal_archive=settings.wal_archive_dir)


def create_databases(settings: Settings, urls: Databases) -> None:
    """Create the three databases where the server lacks them, and bring their tables up to date."""
    admin = settings.admin_url
    if admin is not None:
        _ensure(admin, urls)
    elif settings.databases() is None:
        with _embedded(settings).running() as server:
            _ensure(server.url(), urls)
    apply(urls.ledger, LEDGER_SCHEMA, ledger_migrations())
    apply(urls.vault, VAULT_SCHEMA, vault_migrations())


def _ensure(admin: str, urls: Databases) -> None:
    for url in urls:
        ensure_database(admin, url.rsplit("/", 1)[1].split("?", 1)[0])


@dataclass(frozen=True, slots=True)
class Keys:
    """Hold the deployment's two secrets."""

    master: bytes
    signing: SigningKey

    @classmethod
    def made(cls, settings: Settings) -> Keys:
        """Make the secrets where they are missing, and the checkpoints' key beside them."""
        make_secret(settings.checkpoint_key_file)
        return cls(
            make_secret(settings.master_key_file),
            SigningKey(make_secret(settings.signing_key_file)),
        )

    @classmethod
    def read(cls, settings: Settings) -> Keys:
        """Read the secrets that must be there."""
        return cls(
            read_secret(settings.master_key_file),
            SigningKey(read_secret(settings.signing_key_file)),
        )


def signer(settings: Settings, ledger: UUID, log: str = RECORDS) -> Signer:
    """Return what signs checkpoints; raise SecretUnusable where this deployment has no key."""
    key = SigningKey(read_secret(settings.checkpoint_key_file))
    name = VerifierKey(origin_of(ledger, log), ED25519, key.public)
    return Signer(log, name, key.sign, settings.checkpoint_state_file)


def super_signer(settings: Settings, ledger: UUID) -> SuperSigner:
    """Return what signs the super-log's checkpoints, with a key that follows from the log's.

    It is another public key, so that one policy can name both (C2SP tlog-policy forbids doubles).
    Raise SecretUnusable where this deployment has no key.
    """
    key = SigningKey(read_secret(settings.checkpoint_key_file)).apart(SUPER_KEY)
    name = VerifierKey(origin_of(ledger, SUPER), ED25519, key.public)
    return SuperSigner(SUPER, name, key.sign, settings.super_state_file)


def witness_policy(settings: Settings) -> Policy | None:
    """Read whose cosignatures a checkpoint needs; None where nobody's.

    Raise PolicyUnusable where the file cannot be used.
    """
    file = settings.witness_policy_file
    return None if file is None else read_policy(file, WITNESS_POLICY)


def trust_store_bytes(settings: Settings) -> bytes:
    """Read the trust store's file."""
    try:
        return settings.trust_store_file.read_bytes()
    except FileNotFoundError as fault:
        raise NotReady(
            f"{settings.trust_store_file} is missing: put the trust store there or set "
            "EHEALTH_TRUST_STORE_FILE"
        ) from fault


def build_verifier(settings: Settings) -> tuple[Verifier, EvidenceStore]:
    """Build what verifies signatures, and what keeps the evidence it relied on."""
    stored = trust_store_bytes(settings)
    trust = TrustStore.load(stored)
    if not settings.crl_dir.is_dir():
        raise NotReady(
            f"{settings.crl_dir} is missing: put the authorities' revocation lists (*.crl, DER) "
            "there or set EHEALTH_CRL_DIR"
        )
    revocation = RevocationLists(folder=settings.crl_dir)
    known = {trust.digest: stored}
    return Verifier(trust, revocation), EvidenceStore(known.__getitem__, revocation.list_bytes)


@dataclass(frozen=True, slots=True)
class Service:
    """Hold a running write side beside its reader."""

    reader: Reader
    verifier: Verifier
    committer: Committer
    intake: Intake
    previews: Previews
    checker: Checker
    folding: FoldingProcesses


@contextmanager
def service(
    settings: Settings,
    urls: Databases,
    *,
    on_fatal: Callable[[BaseException], None],
    now: Callable[[], int] = clock,
) -> Iterator[Service]:
    """Open the write side and start its committer; answer everything queued before closing."""
    keys = Keys.read(settings)
    verifier, evidence = build_verifier(settings)
    with ExitStack() as open_things:
        reading = open_things.enter_context(open_reader(urls, keys.master))
        _check_opening(reading, keys.signing, verifier)
        Eraser(urls.ledger, reading.vault).finish()  # before anybody is served
        pool = _reading_pool(urls)
        open_things.callback(pool.close)
        processes = FoldingProcesses(
            urls.ledger,
            reading.ledger,
            RECORDS,
            reading.vault.own_extracted(),
            count=settings.folding_processes,
        )
        open_things.callback(processes.close)
        threads = ThreadPoolExecutor(VERIFYING_THREADS, thread_name_prefix="verify")
        open_things.callback(threads.shutdown)
        folder = PeriodFolder(reading.mapper, processes)
        committer = build_committer(settings, urls, reading, keys, evidence, on_fatal, now, folder)
        open_things.callback(committer.stop)
        committer.start()
        previews = _previews(settings, urls, reading, now)
        open_things.callback(previews.close)
        intake = Intake(
            reading.ledger,
            verifier=verifier,
            vault=reading.vault,
            committer=committer,
            previews=previews,
            reading=pool,
            threads=threads,
            clock=now,
        )
        checker = Checker(urls.ledger, mapper=reading.mapper, vault=reading.vault, clock=now)
        open_things.callback(checker.close)
        yield Service(reading, verifier, committer, intake, previews, checker, processes)


@contextmanager
def scheduling(
    settings: Settings, urls: Databases, *, now: Callable[[], int] = clock
) -> Iterator[Scheduler]:
    """Open what does by itself what is due; it commits on its caller's thread."""
    keys = Keys.read(settings)
    verifier, evidence = build_verifier(settings)
    with ExitStack() as open_things:
        reading = open_things.enter_context(open_reader(urls, keys.master))
        _check_opening(reading, keys.signing, verifier)
        pool = _reading_pool(urls)
        open_things.callback(pool.close)
        committer = build_committer(settings, urls, reading, keys, evidence, raising, now)
        open_things.callback(committer.stop)
        previews = _previews(settings, urls, reading, now)
        open_things.callback(previews.close)
        yield Scheduler(
            reading.ledger,
            public_key=keys.signing.public,
            sign=keys.signing.sign,
            mapper=reading.mapper,
            reading=pool,
            commit=committer.commit,
            roll=committer.roll,
            tidy=previews.forget_expired,
            erase=Eraser(urls.ledger, reading.vault).finish,
            clock=now,
            batch=settings.max_batch,
        )


@contextmanager
def erasing(settings: Settings, urls: Databases) -> Iterator[Eraser]:
    """Open what carries out the erasures that the ledger has recorded."""
    with open_reader(urls, Keys.read(settings).master) as reading:
        yield Eraser(urls.ledger, reading.vault)


def _previews(
    settings: Settings, urls: Databases, reading: Reader, now: Callable[[], int]
) -> Previews:
    return Previews(
        reading.ledger,
        PreviewStore(urls.ledger, reading.vault, reading.ledger, RECORDS),
        held_s=settings.preview_seconds,
        head=reading.notifications.head,
        new_id=uuid4,
        clock=now,
    )


def _reading_pool(urls: Databases) -> ConnectionPool:
    return ConnectionPool(
        urls.ledger,
        min_size=1,
        max_size=RECEIPT_CONNECTIONS_MAX,
        kwargs={
            "autocommit": True,
            # A receipt, or a month of a contract: starting workers would cost more than they do.
            "options": f"-c search_path={LEDGER_SCHEMA} -c role=ledger_reader -c timezone=UTC "
            "-c max_parallel_workers_per_gather=0",
        },
        name="receipts",
        check=ConnectionPool.check_connection,  # a restarted server costs a look, not an answer
        open=True,
    )


def build_committer(
    settings: Settings,
    urls: Databases,
    reading: Reader,
    keys: Keys,
    evidence: EvidenceStore,
    on_fatal: Callable[[BaseException], None],
    now: Callable[[], int],
    folder: PeriodFolder | None = None,
) -> Committer:
    """Build what judges and writes; it is not started."""
    return Committer(
        urls.ledger,
        log=RECORDS,
        mapper=reading.mapper,
        vault=reading.vault,
        signing_key=keys.signing,
        evidence=evidence,
        folder=folder or PeriodFolder(reading.mapper),
        clock=now,
        max_batch=settings.max_batch,
        queue_limit=settings.queue_limit,
        on_fatal=on_fatal,
    )


def _check_opening(reading: Reader, signing: SigningKey, verifier: Verifier) -> None:
    """Refuse to serve with other keys or another trust store than the opening record names."""
    opening = opening_of(reading.notifications)
    check_named(opening.signing_key, opening.trust_store, signing, verifier)


def opening_of(notifications: Notifications) -> LedgerOpened:
    """Return what position 1 says; raise NotReady where nothing stands there."""
    first = notifications.read(notifications.beginning(), 1)
    if not first or not isinstance(first[0].fact, LedgerOpened):
        raise NotReady(NOT_OPEN)
    return first[0].fact


def check_named(
    signing_key: str, trust_store: str, signing: SigningKey, verifier: Verifier
) -> None:
    """Raise Refused unless an opening names these keys and this trust store."""
    if signing_key != signing.public_hex:
        raise Refused(
            "ledger.genesis_mismatch", "$.resource.signing_key", expected=signing.public_hex
        )
    if trust_store != verifier.trust.digest.hex():
        raise Refused(
            "ledger.genesis_mismatch",
            "$.resource.trust_store",
            expected=verifier.trust.digest.hex(),
        )


def raising(fault: BaseException) -> None:
    """Let whoever waits hear of a fault that ends a service: for those who are no service."""
    raise fault
