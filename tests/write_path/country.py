"""Settle the small country: people at work, a patient, prices; and commit batches by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.errors import Refusal
from ehealth_ledger.intake.answers import Accepted, Answer
from ehealth_ledger.intake.committer import Clock, Committer
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.values.time import kyiv_day, month_of
from tests.world import CLINIC_EDRPOU, CMS, HOSPITAL_EDRPOU, World


@dataclass
class Country:
    """Hold who lives and works in the world of a test."""

    world: World
    clinic: Actor
    hospital: Actor
    doctor: Actor
    specialist: Actor
    patient: UUID
    episode: UUID  # the specialist's, of the patient

    def sign(self, command: str, actor: Actor, **body: Any) -> Signed:
        return self.world.author.sign(command, actor, **body)

    # Signed commands, not posted yet

    def patient_registration(self, patient_id: UUID | None = None, family: str = "Новий") -> Signed:
        resource = write.patient(
            patient_id or uuid4(),
            family=family,
            given="Тест",
            birth_date=datetime(1980, 5, 1).date(),  # noqa: DTZ001 - a civil day
            gender="male",
        )
        return self.sign("patient.register", self.doctor, resource=resource)

    def declaration(self, doctor: Actor) -> Signed:
        resource = write.declaration(
            self.patient, doctor.employee, division=doctor.division, seed=self.world.author.seed
        )
        return self.sign("declaration.sign", doctor, resource=resource)

    def redemption(self, specialist: Actor, referral: UUID) -> Signed:
        resource = {
            "referral": str(referral),
            "patient": str(self.patient),
            "performer": str(specialist.employee),
        }
        return self.sign("referral.redeem", specialist, resource=resource)

    def encounter(
        self, specialist: Actor, referral: UUID | None = None, *, episode: UUID | None = None
    ) -> Signed:
        """Sign an encounter in an episode; where none is named, in the hospital's."""
        resources = write.encounter_package(
            self.patient,
            specialist,
            at=self.world.clock.now,
            episode=episode or self.episode,
            referral=referral,
        )
        return self.sign("encounter.record", specialist, resources=resources)

    def forming(self, contract: UUID, period: str) -> Signed:
        resource = {
            "id": str(uuid4()),
            "contract": str(contract),
            "package": write.PACKAGE,
            "period": period,
        }
        return self.sign("statement.form", self.world.payer, resource=resource)

    # What is posted and accepted

    async def treated(self) -> Accepted:
        """Refer, redeem and treat: one priced act of the hospital."""
        referral = await self.world.referral(self.doctor, self.patient)
        await self.world.redemption(self.specialist, self.patient, referral)
        return await self.world.encounter(
            self.specialist, self.patient, referral, episode=self.episode
        )

    @property
    def month(self) -> str:
        return month_of(kyiv_day(self.world.clock.now))


async def settle(world: World) -> Country:
    """Register a clinic, a hospital, a doctor, a specialist and a patient."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    await world.division(clinic)
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
    patient = await world.patient(doctor)
    episode = await opened(world, specialist, patient)
    return Country(world, clinic, hospital, doctor, specialist, patient, episode)


async def opened(world: World, manager: Actor, patient: UUID) -> UUID:
    """Open an episode that began yesterday: a visit may cross midnight."""
    started_on = kyiv_day(world.clock.now - timedelta(days=1))
    return await world.episode(manager, patient, started_on=started_on)


def submission(world: World, signed: Signed) -> Submission:
    """Run the steps before the queue: verify, make keys."""
    verified: Verified[Any] = world.running.intake.prepare(signed.container, CMS)
    return Submission(verified, "test")


@contextmanager
def committer_of(world: World, *, now: Clock | None = None) -> Iterator[Committer]:
    """Give another committer of the same deployment, as another process would run."""
    keys = bootstrap.Keys.read(world.settings)
    _, evidence = bootstrap.build_verifier(world.settings)

    def fatal(fault: BaseException) -> None:
        raise fault

    committer = bootstrap.build_committer(
        world.settings, world.urls, world.running.reader, keys, evidence, fatal, now or world.clock
    )
    try:
        yield committer
    finally:
        committer.stop()


def commit(world: World, signed: Sequence[Signed]) -> list[Answer]:
    """Commit commands as one batch."""
    with committer_of(world) as committer:
        return committer.commit([submission(world, each) for each in signed])


def codes(answers: Sequence[Answer]) -> list[str]:
    """Name each answer: the refusal's code, or `accepted`."""
    return [each.code if isinstance(each, Refusal) else "accepted" for each in answers]


@contextmanager
def superuser(world: World, schema: str = "ledger") -> Iterator[psycopg.Connection]:
    """Be the operator who may do everything the database itself allows."""
    with psycopg.connect(world.urls.ledger, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}, public".encode())
        yield connection


@contextmanager
def vault_without_triggers(world: World) -> Iterator[psycopg.Connection]:
    """Be whoever may switch the vault's triggers off."""
    with psycopg.connect(world.urls.vault, autocommit=True) as connection:
        connection.execute("SET search_path = vault")
        connection.execute("ALTER TABLE subject_keys DISABLE TRIGGER ALL")
        try:
            yield connection
        finally:
            connection.execute("ALTER TABLE subject_keys ENABLE ALWAYS TRIGGER only_destroys")
            connection.execute("ALTER TABLE subject_keys ENABLE ALWAYS TRIGGER stays")


def lose_key(world: World, subject: UUID) -> None:
    """Take a key out of the vault, though nobody was erased."""
    with vault_without_triggers(world) as vault:
        assert vault.execute("DELETE FROM subject_keys WHERE key_id = %s", (subject,)).rowcount == 1


def head(world: World) -> tuple[int, bytes]:
    """Read where the log ends."""
    with superuser(world) as connection:
        row = connection.execute("SELECT position, chain_value FROM heads").fetchone()
    assert row is not None
    return row[0], row[1]


def contents(world: World) -> dict[str, int]:
    """Count the rows of every table of the ledger."""
    with superuser(world) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables "
            "WHERE schemaname = 'ledger' AND tablename !~ '_[0-9]+$'"
        ).fetchall()
        counts = {}
        for (table,) in tables:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            counts[table] = row[0]
    return counts


SOON = timedelta(seconds=30)
