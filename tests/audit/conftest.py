"""Give tests of the audit one real ledger with every kind of act, copied for each alteration."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from ehealth_ledger.chain import cosignature
from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.note import COSIGNATURE, Note, VerifierKey
from ehealth_ledger.chain.tiles import TILE_WIDTH
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.demo.commands import PACKAGE
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.checkpoints import keep_cosignatures
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.embedded import drop_database, ensure_database
from ehealth_ledger.store.fsck.finding import Report
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.values.time import first_days, kyiv_day, month_of
from tests.conftest import name_of
from tests.countries import encounters, pharmacy, registry, treated_case
from tests.countries import referral as referrals
from tests.countries.erasure import erase, second_person
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World, founded, serving


@dataclass
class Audited:
    """Hold a ledger whose service is closed: a place to alter and to verify."""

    urls: Databases
    master_key: bytes
    signing_key: SigningKey
    ledger: UUID
    patient: UUID
    gone: UUID  # a patient who was treated, paid for and erased
    keys: tuple[VerifierKey, ...]  # of the log, of a witness, of the super-log
    places: dict[str, int] = field(default_factory=dict)  # first position by what was done
    checkpoint_key: SigningKey | None = None  # where tests sign for what was rewritten

    def verify(self, **options: Any) -> Report:
        return verify_ledger(
            self.urls, self.master_key, **{"keys": self.keys, "progress": lambda *_: None} | options
        )

    def place(self, name: str) -> int:
        """Return the first position of what was done; `first visit + 2` counts on from it."""
        base, _, more = name.partition(" + ")
        return self.places[base] + int(more or 0)

    @property
    def erased_records(self) -> int:
        """Count the records under the erased patient's key."""
        return self._count("SELECT count(*) FROM records WHERE key_id = %s")

    @property
    def erased_commands(self) -> int:
        """Count the commands of which nobody can prove a signature any more."""
        return self._count("SELECT count(DISTINCT command_id) FROM records WHERE key_id = %s")

    def _count(self, statement: str) -> int:
        with psycopg.connect(self.urls.ledger) as connection:
            connection.execute("SET search_path = ledger")
            row = connection.execute(statement.encode(), (self.gone,)).fetchone()
        assert row is not None
        return int(row[0])

    def kinds(self) -> set[tuple[str, int]]:
        return {(str(each.kind), each.position) for each in self.verify().findings}

    @contextmanager
    def as_superuser(self) -> Iterator[psycopg.Connection]:
        """Connect with every trigger of every table of the ledger switched off."""
        with psycopg.connect(self.urls.ledger, autocommit=True) as connection:
            connection.execute("SET search_path = ledger, public")
            for (table,) in connection.execute(
                "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'p') "
                "AND c.relnamespace = 'ledger'::regnamespace"
            ).fetchall():
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
            yield connection


async def history(world: World) -> tuple[UUID, UUID, dict[str, int]]:
    """Let everything happen once that the ledger can record."""
    places = {
        "0": 0,
        "opening": 1,
        "second checkpoint": 2,
        "opened to": world.running.reader.notifications.head().position,
    }

    def note(name: str, accepted: Any) -> None:
        places[name] = accepted.receipt.placement.first_position

    def note_last(name: str) -> None:
        places[name] = world.running.reader.notifications.head().position

    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    places["clinic"] = places["opened to"] + 1
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    note_last("doctor")
    place = await registry.division(world, clinic)
    paper = await registry.licence(world, clinic)
    note_last("licence")
    care = await registry.service(world, clinic, place, paper)
    note_last("service")
    await registry.role(world, clinic, doctor, care)
    note_last("role")
    await registry.verdict(world, doctor, "VERIFIED")
    note_last("verdict")
    closed = await world.institution("20000009", "OUTPATIENT", "2000000009")
    await registry.decide(world, "legal_entity.close", closed.legal_entity)
    note_last("closing")
    specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
    await world.tariff()
    note_last("tariff")
    contract = await world.contract(hospital)
    note_last("contract")
    period = month_of(kyiv_day(world.clock.now - timedelta(minutes=20)))
    note("cut_off", await world.cut_off(period, world.clock.now + timedelta(minutes=1)))
    patient = await world.patient(doctor)
    note_last("doctor's first act")
    note_last("patient")
    await world.declaration(doctor, patient)
    await world.declaration(doctor, patient)
    note_last("declaration")
    expiring = await world.referral(doctor, patient, days=1 / 48)
    places["expiring referral"] = world.running.reader.notifications.head().position
    for visit in ("first visit", "second visit"):
        referral = await world.referral(doctor, patient)
        note(f"redemption of {visit}", await world.redemption(specialist, patient, referral))
        note(visit, await world.encounter(specialist, patient, referral))
    gone = await world.patient(doctor)
    note_last("gone")
    referral = await world.referral(doctor, gone)
    await world.redemption(specialist, gone, referral)
    note("erased visit", await world.encounter(specialist, gone, referral))
    wrong = await world.referral(doctor, patient)
    await world.redemption(specialist, patient, wrong)
    started_on = kyiv_day(world.clock.now - timedelta(days=1))
    episode = await world.episode(specialist, patient, started_on=started_on)
    package = encounters.package(world, specialist, patient, episode, wrong)
    note("wrong visit", await encounters.record(world, specialist, package))
    note("cancellation", await encounters.cancel(world, specialist, patient, package))
    world.clock.ahead = timedelta(hours=1)  # past the cut-off
    # Beside whoever worked where it was closed, and the months that had begun when the contract of
    # the whole year was concluded.
    months = len(list(first_days(date(world.clock.now.year, 1, 1), kyiv_day(world.clock.now))))
    places["month"] = world.running.reader.notifications.head().position + 1
    assert world.tick().recorded == 2 + months, expiring
    note_last("expiry")
    stated = await world.statement(contract, period)
    places["statement"] = stated.position
    note("countersignature", await world.countersign(hospital, stated))
    note("acceptance", await world.accept(stated))
    note("payment", await world.pay(stated))
    first = world.running.reader.notifications.place_at(places["first visit"] + 2)
    (charge,) = world.running.reader.notifications.read(first, 1)
    corrected = {
        "id": str(uuid4()),
        "charge": str(charge.stream_id),
        "amount": 100,
        "reason": "price_corrected",
        "explanation": "Тариф змінено заднім числом",
    }
    note("correction", await world.send("charge.adjust", world.payer, resource=corrected))
    await referrals.plan(world, doctor, patient)
    note_last("care plan")
    await referrals.approve(world, doctor, patient)
    note_last("approval confirmed")
    places["approval"] = places["approval confirmed"] - 1
    counter = await pharmacy.supplied(world, doctor, place, patient)
    prescription = await counter.prescribed()
    note_last("prescription")
    held = await counter.reserved(prescription, counter.pharmacies[0])
    note_last("hold")
    note("erasure", await erase(world, await second_person(world), gone))
    places["erasure order"] = places["erasure"] - 1
    handed_out = counter.processing(held, prescription, counter.pharmacies[0], 20)
    note("dispense", await world.post(handed_out))
    unpaid = await world.referral(doctor, patient)
    await world.redemption(specialist, patient, unpaid)
    standing = {"contract": str(contract), "reason": "Перевірка"}
    await world.send("contract.suspend", world.payer, resource=standing)
    await world.encounter(specialist, patient, unpaid)
    door = world.running.reader.notifications
    (withheld,) = door.read(door.place_at(door.head().position - 1), 1)
    note("resumption", await world.send("contract.resume", world.payer, resource=standing))
    settled = {"charge": str(withheld.stream_id), "explanation": "Договір поновлено"}
    note("settlement", await world.send("charge.settle", world.payer, resource=settled))
    note("settled month", await _settled_month(world, contract))
    late = await world.referral(doctor, patient)
    note("late redemption", await world.redemption(specialist, patient, late))
    note("late visit", await world.encounter(specialist, patient, late))
    ward = await world.institution("20000010", "INPATIENT", "2000000010")
    surgeon = await world.employee(ward, "SPECIALIST", "2000000011")
    await world.contract(ward, packages=["surgery"])
    year = world.clock.now.year + 1  # no contract of its kind then
    next_year = {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
    await world.contract_request(ward, packages=["births"], **next_year)
    note_last("open request")
    stay = await world.episode(surgeon, patient, started_on=started_on)
    package = treated_case.discharge(world, surgeon, patient, stay)
    await treated_case.record(world, surgeon, package)
    (withheld,) = door.read(door.place_at(door.head().position - 1), 1)
    note("grouping", await treated_case.group(world))
    note("case mix", await treated_case.weigh(world))
    settled = {"charge": str(withheld.stream_id), "explanation": "Правила оприлюднено"}
    note("case settlement", await world.send("charge.settle", world.payer, resource=settled))
    for name, diagnosis in (("case", "K35.8"), ("ungrouped case", "J18.9")):
        package = treated_case.discharge(world, surgeon, patient, stay, diagnosis=diagnosis)
        note(name, await treated_case.record(world, surgeon, package))
    note("last", await world.encounter(specialist, patient))
    note_last("signed")
    sign(world)
    for _ in range(3):
        await world.referral(doctor, patient)
    note_last("cosigned")
    cosign(world, sign(world))
    places["tile"] = TILE_WIDTH
    for _ in range(places["cosigned"], max(places["cosigned"], TILE_WIDTH) + 2):
        await world.referral(doctor, patient)  # until the tree has a full tile
    note_last("end")
    sign(world)
    return patient, gone, places


async def _settled_month(world: World, contract: UUID) -> Any:
    """Release a global rate of January, which was reckoned without one, and settle it."""
    year = world.clock.now.year
    released = {
        "id": str(uuid4()),
        "package": PACKAGE,
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-01-31",
        "order": "№ 2",
        "trust": "invented",
        "terms": {"kind": "global", "rate": 1_000_000},
    }
    await world.send("tariff.release", world.payer, resource=released)
    asked = {"contract": str(contract), "period": f"{year}-01", "explanation": "Тариф оприлюднено"}
    return await world.send("month.settle", world.payer, resource=asked)


WITNESS: Final = SigningKey(bytes(31) + b"w")
WITNESS_KEY: Final = VerifierKey("witness.example/w1", COSIGNATURE, WITNESS.public)


def sign(world: World) -> Note:
    """Sign a checkpoint of the log as it stands."""
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        note = bootstrap.signer(world.settings, world.author.ledger).sign(connection)
        assert note is not None
        bootstrap.super_signer(world.settings, world.author.ledger).sign_over(connection, [note])
    assert note is not None
    return note


def cosign(world: World, note: Note) -> None:
    """Let a witness see a checkpoint."""
    line = cosignature.cosign(note.text, WITNESS_KEY, WITNESS.sign, time_s=1_800_000_000)
    size = Checkpoint.parse(note.text).size
    with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
        keep_cosignatures(connection, "records", size, [line])


@pytest.fixture(scope="module")
def original(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """Build the ledger once; nobody alters this one."""
    urls = Databases.on(server, f"audit_{secrets.token_hex(4)}")
    for url in urls:
        ensure_database(server, name_of(url))
    folder: Path = tmp_path_factory.mktemp("audit")
    with founded(folder, urls) as world:
        with serving(world):
            patient, gone, places = asyncio.run(history(world))
        yield Audited(
            urls,
            read_secret(world.settings.master_key_file),
            SigningKey(read_secret(world.settings.signing_key_file)),
            world.author.ledger,
            patient,
            gone,
            (
                bootstrap.signer(world.settings, world.author.ledger).key,
                WITNESS_KEY,
                bootstrap.super_signer(world.settings, world.author.ledger).key,
            ),
            places,
            SigningKey(read_secret(world.settings.checkpoint_key_file)),
        )
    for url in urls:
        drop_database(server, name_of(url))


Copies = Callable[[], Audited]


@pytest.fixture
def audited(server: str, original: Audited) -> Iterator[Audited]:
    """Give a copy of the ledger and its vault that a test may alter."""
    copies = Databases.on(server, f"altered_{secrets.token_hex(4)}")
    with psycopg.connect(server, autocommit=True) as connection:
        for url, template in list(zip(copies, original.urls, strict=True))[:2]:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(
                copy.format(sql.Identifier(name_of(url)), sql.Identifier(name_of(template)))
            )
    yield Audited(
        copies,
        original.master_key,
        original.signing_key,
        original.ledger,
        original.patient,
        original.gone,
        original.keys,
        original.places,
        original.checkpoint_key,
    )
    for url in copies[:2]:
        drop_database(server, name_of(url))
