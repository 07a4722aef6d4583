"""Measure a month of capitation beside one SQL query that adds up the same rows.

Ours: `tick`, as the scheduler runs it: the month of each contract falls due, its declarations are
called by one query, weighed and priced by the law, and each contract's facts are committed under
the ledger's own signature, with fsync. Outside the timed window: the declarations themselves, which
the store's own append writes without a law and under one key; the run opens none of them.

Theirs: one query over the same tables and the same look at the vault's rows, copied beside them; it
weighs, counts and prices whoever is declared, by contract, doctor, place and band. The run fails
unless both come to the same sum.
"""

from __future__ import annotations

import gc
import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import psycopg
from rich.console import Console
from rich.progress import track

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.events.contract import ContractConcluded, ContractedDoctor, Terms
from ehealth_ledger.events.declaration import DeclarationSigned, FrozenSeed
from ehealth_ledger.events.division import DivisionRegistered
from ehealth_ledger.events.patient import PatientRegistered
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.values.identifiers import (
    ContractId,
    ContractRequestId,
    DeclarationId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
    TariffId,
)
from ehealth_ledger.values.tariffs import CapitationTerms
from ehealth_ledger.values.time import (
    day_begins,
    first_day,
    from_microseconds,
    month_of,
    next_month,
)
from scripts.benchmarks.ground import Ground, ground
from scripts.benchmarks.memory import peak_mib, reset_peak
from scripts.benchmarks.report import Figure
from scripts.benchmarks.writer import Writer
from scripts.regional.clock import Clock

CONTRACTS: Final = 1_000
DECLARED: Final = 1_000  # with the one doctor of each contract
PACKAGE: Final = "1"
MEMORY_MIB_MAX: Final = 500
A_COMMAND: Final = 500

_console = Console(stderr=True)
_TERMS: Final = CapitationTerms.model_validate_json(
    '{"kind": "capitation", "base": 37000, "mountain": "1.25", "bands": ['
    '{"code": "0-5", "age_from": 0, "age_to": 5, "coefficient": "4"},'
    '{"code": "6-17", "age_from": 6, "age_to": 17, "coefficient": "2.2"},'
    '{"code": "18-39", "age_from": 18, "age_to": 39, "coefficient": "1"},'
    '{"code": "40-64", "age_from": 40, "age_to": 64, "coefficient": "1.2"},'
    '{"code": "65+", "age_from": 65, "age_to": null, "coefficient": "2"}]}'
)


def run(*, scale: float = 1.0) -> list[Figure]:
    """Measure and return the figures; `scale` changes the number of contracts."""
    clock = Clock(datetime.now(UTC))
    billing_date = first_day(next_month(month_of(clock.now.date())))
    count = max(int(CONTRACTS * scale), 1)
    with ground(clock) as here:
        practices = [_Practice(number) for number in range(count)]
        _fill(here, clock, practices, billing_date)
        clock.reach(from_microseconds(day_begins(billing_date)) + timedelta(hours=3))
        with bootstrap.scheduling(here.settings, here.urls, now=clock) as scheduler:
            gc.collect()
            reset_peak()
            started = time.perf_counter()
            done = scheduler.run(scheduler.now())
            seconds, memory = time.perf_counter() - started, peak_mib()
        if done.recorded != count:
            raise RuntimeError(f"{done.recorded} months were counted, not {count}: {done.refused}")
        theirs = _query(here, practices, billing_date)
    declared = count * DECLARED
    return [
        Figure(
            "capitation.month.vs_sql",
            seconds,
            "s",
            f"one SQL query over the same {declared:,} declarations",
            theirs,
        ),
        Figure("capitation.month.memory", memory, "MiB", aim=f"< {MEMORY_MIB_MAX}"),
        Figure("capitation.month.declarations", declared / seconds, "declarations/s"),
    ]


class _Practice:
    """Name a contract, its doctor, and whoever is declared with him."""

    def __init__(self, number: int) -> None:
        self.contract = ContractId(uuid4())
        self.provider = LegalEntityId(uuid4())
        self.doctor = EmployeeId(uuid4())
        self.division = DivisionId(uuid4())
        self.mountain = number % 10 == 0

    def concluded(self, payer: UUID, first_day: date) -> ContractConcluded:
        """Return the fact that the contract is in force."""
        post = ContractedDoctor(
            employee=self.doctor, division=self.division, declaration_limit=DECLARED
        )
        terms = Terms(
            payer=LegalEntityId(payer),
            provider=self.provider,
            kind="CAPITATION",
            number=str(self.contract),
            packages=(PACKAGE,),
            first_day=first_day,
            last_day=date(first_day.year, 12, 31),
        )
        return ContractConcluded(
            contract=self.contract,
            terms=terms,
            request=ContractRequestId(uuid4()),
            divisions=(self.division,),
            employees=(post,),
            plan=(),
        )

    def place(self, today: date) -> DivisionRegistered:
        """Return the fact that the doctor's place is there."""
        return DivisionRegistered(
            division=self.division,
            legal_entity=self.provider,
            type="CLINIC",
            mountain_group=int(self.mountain),
            first_day=today,
            resource_pointer="/resource",
        )

    def registered(self, patient: PatientId, number: int) -> PatientRegistered:
        """Return the fact that a patient is registered."""
        return PatientRegistered(
            patient=patient,
            birth_date=date(1930 + number * 95 // DECLARED, 1 + number % 12, 1 + number % 28),
            legal_entity=self.provider,
            name_index=patient.hex,
            tax_index=patient.hex,
            authentication="OFFLINE",
            resource_pointer="/resource",
        )

    def declared(self, patient: PatientId, today: date) -> DeclarationSigned:
        """Return the fact that a patient chose the doctor."""
        return DeclarationSigned(
            declaration=DeclarationId(uuid4()),
            patient=patient,
            doctor=self.doctor,
            party=PartyId(self.doctor),
            legal_entity=self.provider,
            last_day=date(2999, 1, 1),
            division=self.division,
            speciality="FAMILY_DOCTOR",
            first_day=today,
            held=0,
            limit=DECLARED,
            seed=FrozenSeed(log="records", position=1, chain_value="00" * 32),
        )


def _fill(here: Ground, clock: Clock, practices: list[_Practice], billing_date: date) -> None:
    today = clock.now.date()
    tariff = TariffReleased(
        tariff=TariffId(uuid4()),
        package=PACKAGE,
        first_day=date(billing_date.year, 1, 1),
        last_day=date(billing_date.year, 12, 31),
        order="1",
        trust="INF",
        terms=_TERMS,
    )
    payer = here.founding.payer.legal_entity
    with (
        connect(here.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_writer") as connection,
        psycopg.connect(here.urls.vault) as vault,
    ):
        # A month asks whether a patient's key is there and opens none: theirs are noise.
        writer = Writer(here.service, connection, clock, subjects=False)
        writer.write([tariff])
        for practice in track(practices, "declarations", console=_console):
            writer.write([practice.place(today), practice.concluded(payer, billing_date)])
            patients = [PatientId(uuid4()) for _ in range(DECLARED)]
            with vault.cursor() as cursor, cursor.copy(_KEYS) as copy:
                for patient in patients:
                    copy.write_row((patient, "patient", os.urandom(60)))
            vault.commit()
            for at in range(0, DECLARED, A_COMMAND):
                some = list(enumerate(patients))[at : at + A_COMMAND]
                writer.write([practice.registered(patient, number) for number, patient in some])
                writer.write([practice.declared(patient, today) for _, patient in some])
    with psycopg.connect(here.urls.ledger, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    with psycopg.connect(here.urls.vault, autocommit=True) as vault:
        vault.execute("VACUUM ANALYZE")


# Theirs


def _query(here: Ground, practices: list[_Practice], billing_date: date) -> float:
    """Return how long the query took, seconds; fail where it comes to another sum."""
    with psycopg.connect(here.urls.ledger, autocommit=True) as connection:
        connection.execute(f"SET search_path = {LEDGER_SCHEMA}, public")
        for statement in _BESIDE:
            connection.execute(statement)
        with psycopg.connect(here.urls.vault) as vault, connection.cursor() as cursor:
            with cursor.copy("COPY held (key_id) FROM STDIN") as copy:
                for row in vault.execute("SELECT key_id FROM vault.subject_keys"):
                    copy.write_row(row)
            with cursor.copy("COPY posts FROM STDIN") as copy:
                for each in practices:
                    copy.write_row((each.doctor, each.division, each.contract, each.mountain))
            for band in _TERMS.bands:
                row = (band.code, band.age_from, band.age_to or AGE_MAX, band.coefficient)
                cursor.execute("INSERT INTO bands VALUES (%s, %s, %s, %s)", row)
            cursor.execute("ANALYZE held, posts, bands")
            asked = {"day": billing_date, "base": _TERMS.base, "mountain": _TERMS.mountain}
            started = time.perf_counter()
            rows = cursor.execute(_MONTH, asked).fetchall()
            seconds = time.perf_counter() - started
            said = cursor.execute(_SAID).fetchone()
        if said is None or sum(row[-1] for row in rows) != said[0]:
            raise RuntimeError("the query and the ledger disagree")
    return seconds


AGE_MAX: Final = 200
_KEYS: Final = "COPY vault.subject_keys (key_id, kind, wrapped) FROM STDIN"
_SAID: Final = "SELECT sum(amount) FROM charges WHERE kind = 'capitation'"
_BESIDE: Final = (
    "CREATE TEMPORARY TABLE held (key_id uuid PRIMARY KEY)",
    "CREATE TEMPORARY TABLE posts (doctor uuid, division uuid, contract uuid, mountain boolean)",
    "CREATE TEMPORARY TABLE bands (code text, age_from int, age_to int, coefficient numeric)",
)
# The rounding rule of pricing/charge.py: once a line, half a kopiyka upwards.
_MONTH: Final = """
    WITH declared AS (
        SELECT p.contract, d.doctor, p.mountain, b.code, b.coefficient
        FROM declarations d
        JOIN declaration_course h ON h.declaration = d.declaration AND h.step = 'holds'
        JOIN posts p ON p.doctor = d.doctor AND p.division = d.division
        JOIN held k ON k.key_id = d.patient
        JOIN LATERAL (
            SELECT a.ages_from FROM patient_ages a
            WHERE a.patient = d.patient ORDER BY a.position DESC LIMIT 1
        ) a ON true
        JOIN bands b
          ON extract(year FROM age(%(day)s::date, a.ages_from)) BETWEEN b.age_from AND b.age_to
        WHERE NOT EXISTS (
            SELECT FROM declaration_course e
            WHERE e.declaration = d.declaration AND e.step = 'ended')
    )
    SELECT contract, doctor, mountain, code, count(*),
           div(2 * %(base)s * count(*) * coefficient
               * CASE WHEN mountain THEN %(mountain)s::numeric ELSE 1 END + 12, 24)
    FROM declared GROUP BY contract, doctor, mountain, code, coefficient
"""
