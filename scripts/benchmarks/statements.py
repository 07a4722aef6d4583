"""Measure a month's statements beside one SQL query that adds up the same rows.

Ours: the payer's signed `statement.form` commands, one a contract, taken in by a running service:
signature verified, every charge of the month read from the log and opened under its key, the
statement's bytes folded and their digest recorded, committed with fsync. Outside the timed window:
signing the commands, and the charges themselves, which the store's own append writes without a law.

Theirs: the lines of the same charges, already opened, in one plain table with an index on what the
query groups by; one query writes each statement's bytes and their digest. The run fails unless
every digest is the one that the ledger recorded.

Memory is the most that this process held while it formed, the service included, and on top of it
the most that each process held that the service folds in; the database's is not counted on either
side.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import psycopg
import uvloop
from rich.console import Console
from rich.progress import track

from ehealth_ledger.aggregates.charge import charge_id
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import acts
from ehealth_ledger.entrypoints.demo.commands import PACKAGE, Signed
from ehealth_ledger.entrypoints.demo.founding import Founding
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.contract import ContractSigned
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.statement import StatementFormed
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.values.identifiers import ContractId, EmployeeId, LegalEntityId, TariffId
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month
from ehealth_ledger.verification.containers import CMS
from scripts.benchmarks.ground import ground
from scripts.benchmarks.memory import peak_mib, reset_peak
from scripts.benchmarks.report import Figure
from scripts.benchmarks.writer import Writer

CONTRACTS: Final = 1_000
CHARGES: Final = 1_000_000
A_COMMAND: Final = 500  # charges written at once
IN_FLIGHT: Final = 8
SERVICE: Final = "eHealth/services|A67003"
MEMORY_MIB_MAX: Final = 500
CLOSES_IN: Final = timedelta(seconds=5)

_console = Console(stderr=True)


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; `scale` changes the number of contracts."""
    month = Month(datetime.now(UTC).strftime("%Y-%m"))
    sets = [_Set(month) for _ in range(max(int(CONTRACTS * scale), IN_FLIGHT))]
    with ground() as here, psycopg.connect(here.peer, autocommit=True) as rows:
        closes = asyncio.run(_close(here.service, here.founding, month))
        _fill(here.service, here.urls, rows, sets, here.founding)
        time.sleep(max((closes - datetime.now(UTC)).total_seconds(), 0))
        forming = _form(here.service, here.founding, sets)
        theirs, digests = _query(rows, month)
        if digests != _recorded(here.service, here.urls):
            raise RuntimeError("the query and the ledger disagree")
    return _figures(len(sets), forming, theirs)


class _Set:
    """Name one contract's month."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.contract = ContractId(uuid4())
        self.provider = LegalEntityId(uuid4())
        self.performers = [EmployeeId(uuid4()) for _ in range(10)]
        self.tariff = TariffId(uuid4())

    def charge(self, number: int, position: int, payer: LegalEntityId) -> ChargeAccrued:
        """Return the charge of the month's so many-th act, recorded at a position."""
        price = Kopiykas(10_000 + 37 * (number % 500))
        return ChargeAccrued(
            kind="service",
            charge=charge_id(uuid4(), 1),
            act_log="records",
            act_position=position,
            provider=self.provider,
            performer=self.performers[number % len(self.performers)],
            service=SERVICE,
            day=date.fromisoformat(f"{self.month}-{1 + number % 28:02}"),
            payer=payer,
            contract=self.contract,
            package=PACKAGE,
            period=self.month,
            attempt=1,
            tariff=self.tariff,
            quantity=1,
            unit_price=price,
            amount=price,
            postings=transfer(
                debit="expense",
                credit="accrued",
                owner=payer,
                counterparty=self.provider,
                amount=price,
            ),
        )

    def agreed(self, payer: LegalEntityId) -> ContractSigned:
        """Return the fact that the contract is in force."""
        return ContractSigned(
            contract=self.contract,
            payer=payer,
            provider=self.provider,
            number=str(self.contract),
            packages=(PACKAGE,),
            first_day=date.fromisoformat(f"{self.month[:4]}-01-01"),
            last_day=date.fromisoformat(f"{self.month[:4]}-12-31"),
        )


# The charges, written by the store


def _fill(
    service: bootstrap.Service,
    urls: Databases,
    rows: psycopg.Connection,
    sets: Sequence[_Set],
    founding: Founding,
) -> None:
    """Write contracts and charges to the log, spread over it as a month's acts are."""
    rows.execute(_TABLE)
    payer = LegalEntityId(founding.payer.legal_entity)
    with connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer") as connection:
        writer = Writer(service, connection)
        for chunk in _chunks(sets):
            writer.write([each.agreed(payer) for each in chunk])
        for number in track(range(CHARGES // CONTRACTS), "charges", console=_console):
            for chunk in _chunks(sets):
                first = writer.position + 1
                charges = [each.charge(number, first + at, payer) for at, each in enumerate(chunk)]
                writer.write(charges)
                _copy(rows, first, charges)
    rows.execute("CREATE INDEX ON lines (contract, package, period, position)")
    rows.execute("VACUUM ANALYZE lines")
    with psycopg.connect(urls.ledger, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _chunks(sets: Sequence[_Set]) -> Iterator[Sequence[_Set]]:
    for at in range(0, len(sets), A_COMMAND):
        yield sets[at : at + A_COMMAND]


def _copy(rows: psycopg.Connection, first: int, charges: Sequence[ChargeAccrued]) -> None:
    with rows.cursor() as cursor, cursor.copy(_COPY) as copy:
        for position, each in enumerate(charges, start=first):
            copy.write_row(
                (
                    *(position, each.charge, each.act_position, each.performer, each.service),
                    *(each.day, each.tariff, each.quantity, each.unit_price, each.amount),
                    *(each.contract, each.package, each.period, each.payer, each.provider),
                )
            )


# Ours


async def _close(service: bootstrap.Service, founding: Founding, month: Month) -> datetime:
    """Close the month soon, as the law wants it to lie ahead; return when."""
    at = datetime.now(UTC) + CLOSES_IN
    signed = acts.set_cut_off(founding.author(), founding.payer, month, at)
    await service.intake.accept(signed.container, CMS, client="bench")
    return at


@dataclass(frozen=True, slots=True)
class Forming:
    """Say how long the ledger took, and the most memory its processes held, MiB."""

    seconds: float
    memory: float


def _form(service: bootstrap.Service, founding: Founding, sets: Sequence[_Set]) -> Forming:
    author = founding.author()
    signed = [
        acts.form_statement(author, founding.payer, uuid4(), each.contract, each.month)
        for each in sets
    ]
    gc.collect()
    reset_peak()
    started = time.perf_counter()
    uvloop.run(_accept_all(service, signed))
    seconds = time.perf_counter() - started
    return Forming(seconds, peak_mib(service.folding.pids))


async def _accept_all(service: bootstrap.Service, signed: Sequence[Signed]) -> None:
    waiting = iter(signed)

    async def caller() -> None:
        for each in waiting:
            await service.intake.accept(each.container, CMS, client="bench")

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))


# Theirs


def _query(rows: psycopg.Connection, month: Month) -> tuple[float, dict[UUID, str]]:
    """Return how long the query took, seconds, and each contract's digest."""
    started = time.perf_counter()
    found = rows.execute(_QUERY.encode(), (month,)).fetchall()
    return time.perf_counter() - started, {contract: digest for contract, _, _, digest in found}


def _recorded(service: bootstrap.Service, urls: Databases) -> dict[UUID, str]:
    """Return the digest that each statement's fact records, by contract."""
    with connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader") as connection:
        stored = connection.execute(_FORMED, (StatementFormed.TOPIC,)).fetchall()
    opened = service.reader.mapper.open_facts([StoredFact(*row) for row in stored])
    formed = [each.fact for each in opened if isinstance(each.fact, StatementFormed)]
    return {fact.contract: fact.digest for fact in formed}


def _figures(sets: int, forming: Forming, theirs: float) -> list[Figure]:
    charges = sets * (CHARGES // CONTRACTS)
    return [
        Figure(
            "statements.month.vs_sql",
            forming.seconds,
            "s",
            f"one SQL query over the same {charges:,} rows, opened before",
            theirs,
            "≤ 3",
        ),
        Figure("statements.month.memory", forming.memory, "MiB", aim=f"< {MEMORY_MIB_MAX}"),
        Figure("statements.month.charges", charges / forming.seconds, "charges/s"),
    ]


_FORMED: Final = """
    SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, r.topic,
           r.key_id, b.blob
    FROM records r JOIN bodies b ON b.log = r.log AND b.position = r.position
    WHERE r.topic = %s
"""
_TABLE: Final = """
    CREATE TABLE lines (
        position bigint NOT NULL, charge uuid NOT NULL, act_position bigint NOT NULL,
        performer uuid NOT NULL, service text NOT NULL, day date NOT NULL, tariff uuid NOT NULL,
        quantity bigint NOT NULL, unit_price bigint NOT NULL, amount bigint NOT NULL,
        contract uuid NOT NULL, package text NOT NULL, period text NOT NULL,
        payer uuid NOT NULL, provider uuid NOT NULL
    )
"""
_COPY: Final = (
    "COPY lines (position, charge, act_position, performer, service, day, tariff, quantity, "
    "unit_price, amount, contract, package, period, payer, provider) FROM STDIN"
)
# The bytes of statement format 1 (pricing/statement.py), and their digest.
_QUERY: Final = """
    SELECT contract, count(*), sum(amount), encode(sha256(convert_to(
        '{"as_of":{"records":' || max(position) || '},"contract":"' || contract
        || '","count":' || count(*) || ',"currency":"UAH","format":"ehealth/statement/1","lines":['
        || string_agg(
            '{"act":{"log":"records","position":' || act_position || '},"amount":' || amount
            || ',"charge":"' || charge || '","day":"' || day || '","performer":"' || performer
            || '","position":' || position || ',"quantity":' || quantity
            || ',"service":' || to_json(service) || ',"tariff":"' || tariff
            || '","unit_price":' || unit_price || '}', ',' ORDER BY position)
        || '],"package":' || to_json(package) || ',"payer":"' || payer || '","period":"' || period
        || '","provider":"' || provider || '","total":' || sum(amount) || '}', 'UTF8')), 'hex')
    FROM lines WHERE period = %s
    GROUP BY contract, package, period, payer, provider
"""
