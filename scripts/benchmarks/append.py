"""Measure single-event appends through the committer beside the stock recorder of `eventsourcing`.

Ours: real signed `referral.issue` commands, each submitted by itself by one of N concurrent
callers: its envelope written and sealed, judged by its law, chained, re-hashed by the database's
trigger, receipted, committed with fsync. Outside the timed window: signing the commands and
verifying their signatures (`scripts/bench verify` measures that), and reading a receipt's Merkle
path, which is done when somebody asks for it.

Stock: the library's own PostgreSQL recorder inserting one stored event a call, state of the same
size as what we store for a command, with the same server and a pool as large as its number of
threads; the best of the sweep counts.

Both take turns in short windows, round after round, because a shared machine's speed drifts; the
figures are medians over the rounds, the ratio the median of the rounds' ratios.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final
from uuid import UUID, uuid4

import psycopg
import uvloop
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.progress import track

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.founding import Founding
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.entrypoints.demo.resources.patient import invented_tax_id
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.settings import Databases
from ehealth_ledger.verification.containers import CMS
from scripts.benchmarks.ground import ground
from scripts.benchmarks.report import Figure

IN_FLIGHT: Final = (1, 8, 64, 256)
STOCK_THREADS: Final = (1, 4, 8, 16, 32)
STOCK_SECONDS: Final = 1.0
COMMANDS: Final = {1: 500, 8: 2_000, 64: 6_000, 256: 10_000}  # of one window
ROUNDS: Final = 5
PATIENTS: Final = 500

_console = Console(stderr=True)


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; `scale` shortens or lengthens every window."""
    with ground() as here:
        ours = Referrals(here.service, here.founding)
        ours.rate(IN_FLIGHT[-1], scale)  # warms both sides up, and tells the size
        stock = _Stock(here.peer, _stored_bytes(here.urls))
        rounds = [_round(ours, stock, scale) for _ in range(ROUNDS)]
    return _figures(rounds)


@dataclass(frozen=True, slots=True)
class Round:
    """Hold one round's events/s: ours by callers in flight, the peer's by threads."""

    ours: dict[int, float]
    stock: dict[int, float]


def _round(ours: Referrals, stock: _Stock, scale: float) -> Round:
    measured = Round(
        {in_flight: ours.rate(in_flight, scale) for in_flight in IN_FLIGHT},
        {threads: stock.rate(threads, scale) for threads in STOCK_THREADS},
    )
    for name, rates in (
        ("committer, in flight", measured.ours),
        ("stock, threads", measured.stock),
    ):
        shown = "  ".join(f"{number}: {rate:,.0f}/s" for number, rate in rates.items())
        _console.print(f"{name:>21}  {shown}")
    return measured


def _figures(rounds: Sequence[Round]) -> list[Figure]:
    best = max(STOCK_THREADS, key=lambda threads: median(each.stock[threads] for each in rounds))
    peer = f"stock recorder, best of its sweep ({best} threads)"
    figures = []
    for in_flight in IN_FLIGHT:
        rate = median(each.ours[in_flight] for each in rounds)
        ratio = median(each.ours[in_flight] / each.stock[best] for each in rounds)
        aim = "≥ 15" if in_flight == IN_FLIGHT[-1] else None
        name = f"append.inflight_{in_flight}.vs_stock"
        figures.append(Figure(name, rate, "events/s", peer, rate / ratio, aim))
    return figures


class Referrals:
    """Submit signed referrals of one clinic to a running service."""

    def __init__(self, service: bootstrap.Service, founding: Founding) -> None:
        self._service = service
        self._founding = founding
        self._doctor, self._patients = asyncio.run(_people(service, founding))

    def rate(self, in_flight: int, scale: float) -> float:
        """Return the appends a second of one window."""
        count = max(int(COMMANDS[in_flight] * scale), in_flight)
        return self.submit(count, in_flight)

    def submit(self, count: int, in_flight: int = IN_FLIGHT[-1]) -> float:
        """Append so many referrals; return how many a second, signing and verifying left out."""
        verified = self._verified(count)
        gc.collect()
        return uvloop.run(_submit_all(self._service, verified, in_flight))

    def _verified(self, count: int) -> list[Verified[Command]]:
        author = self._founding.author()
        at = datetime.now(UTC) - timedelta(seconds=1)
        signed = []
        for number in track(range(count), "sign and verify", console=_console, transient=True):
            patient = self._patients[number % len(self._patients)]
            resource = write.service_request(uuid4(), patient, self._doctor, authored_on=at)
            command = author.sign("referral.issue", self._doctor, resource=resource)
            signed.append(self._service.intake.prepare(command.container, CMS))
        return signed


def _stored_bytes(urls: Databases) -> int:
    with psycopg.connect(urls.ledger) as connection:
        row = connection.execute(
            "SELECT (SELECT avg(octet_length(blob)) FROM ledger.bodies)"
            " + (SELECT avg(octet_length(blob)) FROM ledger.envelopes)"
        ).fetchone()
    size = int(row[0]) if row else 0
    _console.print(f"stored for a command: {size:,} bytes of body and envelope")
    return size


async def _people(service: bootstrap.Service, founding: Founding) -> tuple[Actor, list[UUID]]:
    author = founding.author()

    async def send(command: str, actor: Actor, resource: object) -> None:
        signed = author.sign(command, actor, resource=resource)
        await service.intake.accept(signed.container, CMS, client="bench")

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
    return doctor, patients


async def _submit_all(
    service: bootstrap.Service, verified: Sequence[Verified[Command]], in_flight: int
) -> float:
    waiting: Iterator[Verified[Command]] = iter(verified)

    async def caller() -> None:
        for command in waiting:
            answer = await service.committer.submit(Submission(command, "bench"))
            if not isinstance(answer, Accepted):
                raise answer

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return len(verified) / (time.perf_counter() - started)


class _Stock:
    """Insert stored events with the library's own recorder, one table a number of threads."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._state = bytes(size)

    def rate(self, threads: int, scale: float) -> float:
        """Return the inserts a second of one window."""
        with _datastore(self._url, threads) as datastore:
            recorder = PostgresApplicationRecorder(datastore, events_table_name=f"stock_{threads}")
            recorder.create_table()

            def insert(until: float) -> int:
                done = 0
                while time.perf_counter() < until:
                    event = StoredEvent(uuid4(), 1, "referral.issued.v1", self._state)
                    try:
                        recorder.insert_events([event])
                    except IntegrityError:
                        continue
                    done += 1
                return done

            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(insert, [0.0] * threads))  # threads and connections are there
                started = time.perf_counter()
                done = sum(pool.map(insert, [started + STOCK_SECONDS * scale] * threads))
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
