"""Measure single-event appends through the committer beside the stock recorder of `eventsourcing`.

Ours: real signed `referral.issue` commands, verified beforehand, each submitted by itself by one of
N concurrent callers: judged by its law, sealed, chained, re-hashed by the database's trigger,
receipted, committed with fsync.

Stock: the library's own PostgreSQL recorder inserting one stored event a call, state of the same
size as what we store for a command, with the same server and a pool as large as its number of
threads; the best of the sweep counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import psycopg
import uvloop
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.progress import track

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.founding import Founding, found
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.entrypoints.demo.resources.patient import invented_tax_id
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import EmbeddedServer
from scripts.benchmarks.report import Figure

IN_FLIGHT: Final = (1, 8, 64, 256)
STOCK_THREADS: Final = (1, 4, 8, 16, 32)
SECONDS_EACH: Final = 4.0
COMMANDS: Final = {1: 4_000, 8: 12_000, 64: 40_000, 256: 60_000}
PATIENTS: Final = 500

_console = Console(stderr=True)


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; `scale` shortens or lengthens every window."""
    with TemporaryDirectory(prefix="ehealth-bench-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedServer(Path(folder)).running() as server:
            urls = Databases.on(server.url(), "bench")
            for url in urls:
                server.ensure_database(str(conninfo_to_dict(url)["dbname"]))
            server.ensure_database("bench_stock")
            settings = Settings(
                data_dir=Path(folder),
                ledger_url=urls.ledger,
                vault_url=urls.vault,
                read_url=urls.read,
            )
            founding = found(settings, urls)
            ours, size = _ours(settings, urls, founding, scale)
            stock = _stock(server.url("bench_stock"), size, scale)
    best_threads, best = max(stock.items(), key=lambda item: item[1])
    for threads, rate in stock.items():
        _console.print(f"stock recorder, {threads:>2} threads: {rate:>8,.0f} events/s")
    peer = f"stock recorder, best of its sweep ({best_threads} threads)"
    return [
        Figure(
            f"append.inflight_{in_flight}.vs_stock",
            rate,
            "events/s",
            peer,
            best,
            "≥ 15" if in_flight == 256 else None,
        )
        for in_flight, rate in ours.items()
    ]


def _ours(
    settings: Settings, urls: Databases, founding: Founding, scale: float
) -> tuple[dict[int, float], int]:
    with bootstrap.service(settings, urls, on_fatal=_fatal) as service:
        bootstrap.tune_runtime()
        doctor, patients = asyncio.run(_people(service, founding))
        rates: dict[int, float] = {}
        for in_flight in IN_FLIGHT:
            count = max(int(COMMANDS[in_flight] * scale), in_flight)
            submissions = _signed_referrals(service, founding, doctor, patients, count)
            rates[in_flight] = uvloop.run(_submit_all(service, submissions, in_flight))
            _console.print(
                f"committer, {in_flight:>3} in flight: {rates[in_flight]:>8,.0f} events/s"
            )
    with psycopg.connect(urls.ledger) as connection:
        row = connection.execute(
            "SELECT (SELECT avg(octet_length(blob)) FROM ledger.bodies)"
            " + (SELECT avg(octet_length(blob)) FROM ledger.envelopes)"
        ).fetchone()
    size = int(row[0]) if row else 0
    _console.print(f"stored for a command: {size:,} bytes of body and envelope")
    return rates, size


async def _people(service: bootstrap.Service, founding: Founding) -> tuple[Actor, list[object]]:
    author = founding.author()

    async def send(command: str, actor: Actor, resource: object) -> None:
        signed = author.sign(command, actor, resource=resource)
        await service.intake.accept(signed.container, "application/pkcs7-mime", client="bench")

    credential = founding.authority.issue("Керівник", "2000000001", "30000001")
    head = Actor(uuid4(), uuid4(), credential)
    party = registry.party("2000000001", "Керівник", "Тест")
    await send(
        "legal_entity.register",
        head,
        registry.institution(
            head.legal_entity, "30000001", "Клініка", "PRIMARY_CARE", head.employee, party
        ),
    )
    doctor = Actor(uuid4(), head.legal_entity, founding.authority.issue("Лікар", "2000000002"))
    party = registry.party("2000000002", "Лікар", "Тест")
    await send("employee.register", head, registry.employment(doctor.employee, party, "DOCTOR"))
    patients = [uuid4() for _ in range(PATIENTS)]
    for number, patient in enumerate(track(patients, "patients", console=_console)):
        await send(
            "patient.register",
            doctor,
            write.patient(
                patient,
                family="Тест",
                given="Тест",
                birth_date=date(1980, 1, 1),
                gender="female",
                tax_id=invented_tax_id(number),
            ),
        )
    return doctor, list(patients)


def _signed_referrals(
    service: bootstrap.Service,
    founding: Founding,
    doctor: Actor,
    patients: Sequence[object],
    count: int,
) -> list[Submission]:
    author = founding.author()
    at = datetime.now(UTC) - timedelta(seconds=1)

    def one(number: int) -> Signed:
        patient = patients[number % len(patients)]
        resource = write.service_request(uuid4(), patient, doctor, authored_on=at)  # type: ignore[arg-type]
        return author.sign("referral.issue", doctor, resource=resource)

    return [
        Submission(service.intake.prepare(one(number).container, "application/pkcs7-mime"), "bench")
        for number in track(range(count), "sign and verify", console=_console)
    ]


async def _submit_all(
    service: bootstrap.Service, submissions: Sequence[Submission], in_flight: int
) -> float:
    waiting: Iterator[Submission] = iter(submissions)

    async def caller() -> None:
        for submission in waiting:
            answer = await service.committer.submit(submission)
            if not isinstance(answer, Accepted):
                raise answer

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return len(submissions) / (time.perf_counter() - started)


def _stock(url: str, size: int, scale: float) -> dict[int, float]:
    state = bytes(size)
    return {threads: _stock_rate(url, threads, state, scale) for threads in STOCK_THREADS}


def _stock_rate(url: str, threads: int, state: bytes, scale: float) -> float:
    with _datastore(url, threads) as datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name=f"stock_{threads}")
        recorder.create_table()
        deadline = time.perf_counter() + SECONDS_EACH * scale
        started = time.perf_counter()

        def caller(_: int) -> int:
            done = 0
            while time.perf_counter() < deadline:
                event = StoredEvent(uuid4(), 1, "referral.issued.v1", state)
                try:
                    recorder.insert_events([event])
                except IntegrityError:
                    continue
                done += 1
            return done

        with ThreadPoolExecutor(threads) as pool:
            done = sum(pool.map(caller, range(threads)))
        return done / (time.perf_counter() - started)


@contextmanager
def _datastore(url: str, threads: int) -> Iterator[PostgresDatastore]:
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    with PostgresDatastore(
        parts["dbname"],
        parts["host"],
        parts["port"],
        parts["user"],
        parts["password"],
        pool_size=threads,
        max_overflow=0,
        lock_timeout=0,
    ) as datastore:
        yield datastore


def _fatal(fault: BaseException) -> None:
    raise fault
