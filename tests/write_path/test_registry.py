"""The registries on a real server: what one command changes, the next one finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources import registry as write
from ehealth_ledger.errors import Refusal
from ehealth_ledger.store.streams import StreamCache
from ehealth_ledger.values.parameters.registry import PARTY_UNVERIFIED_DAYS_MAX
from ehealth_ledger.values.time import kyiv_day
from tests.countries import registry
from tests.world import World
from tests.write_path.country import Country, codes, commit, settle, superuser


@pytest.fixture
def country(world: World) -> Country:
    """Settle the small country."""
    return asyncio.run(settle(world))


def _refused(country: Country, signed: Signed) -> str:
    with pytest.raises(Refusal) as refusal:
        asyncio.run(country.world.post(signed))
    return refusal.value.code


def _dismissal(country: Country, employee: Actor) -> Signed:
    resource = {"employee": str(employee.employee), "reason": "За згодою сторін"}
    return country.sign("employee.dismiss", country.clinic, resource=resource)


async def _grace(world: World, days: int) -> None:
    """Set the days of grace, from today on."""
    setting = {
        "name": PARTY_UNVERIFIED_DAYS_MAX,
        "value": days,
        "first_day": kyiv_day(world.clock.now).isoformat(),
        "source": "a test",
    }
    await world.send("parameter.set", world.payer, resource={"settings": [setting]})


def _rows(world: World, statement: str) -> list[tuple[object, ...]]:
    with superuser(world) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_rule_2_a_dismissed_employee_acts_no_more(country: Country) -> None:
    """Dismissed within a batch, refused in the same batch and ever after."""
    before, after = country.patient_registration(), country.patient_registration()
    answers = commit(country.world, [before, _dismissal(country, country.doctor), after])
    assert codes(answers) == ["accepted", "accepted", "actor.dismissed"]
    assert _refused(country, country.patient_registration()) == "actor.dismissed"


def test_a_dismissal_ends_declarations_in_its_own_commit(country: Country) -> None:
    """The declarations of the employee's patients end at once, and they may choose anew."""
    world = country.world
    patients = [country.patient, asyncio.run(world.patient(country.doctor))]
    for each in patients:
        asyncio.run(world.declaration(country.doctor, each))
    held = "SELECT patient FROM live_declarations"
    assert {patient for (patient,) in _rows(world, held)} == set(patients)
    dismissed = asyncio.run(registry.dismiss(world, country.clinic, country.doctor))
    placed = dismissed.receipt.placement
    assert placed.last_position - placed.first_position == len(patients)
    assert _rows(world, held) == []
    successor = asyncio.run(world.employee(country.clinic, "DOCTOR", "2000000007"))
    asyncio.run(world.declaration(successor, country.patient))


def test_a_dismissal_reads_what_it_ends_by_one_query(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many declarations end, their streams come together and not one by one."""
    world = country.world
    patients = [asyncio.run(world.patient(country.doctor)) for _ in range(5)]
    for each in patients:
        asyncio.run(world.declaration(country.doctor, each))
    read: list[int] = []
    load = StreamCache.load

    def counting(cache: StreamCache, cursor: object, wanted: Collection[UUID]) -> object:
        read.append(len(wanted))
        return load(cache, cursor, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(StreamCache, "load", counting)
    asyncio.run(registry.dismiss(world, country.clinic, country.doctor))
    assert len(read) <= 3, read
    assert len(patients) in read


def test_a_declaration_of_the_same_batch_ends_too(country: Country) -> None:
    """A declaration signed a moment before the dismissal, in one batch, does not survive it."""
    answers = commit(
        country.world,
        [country.declaration(country.doctor), _dismissal(country, country.doctor)],
    )
    assert codes(answers) == ["accepted", "accepted"]
    assert _rows(country.world, "SELECT patient FROM live_declarations") == []


def test_rule_5_the_dead_sign_nothing(country: Country) -> None:
    """A death noted on one employment bars every employment of the person, in the same batch."""
    world = country.world
    second = asyncio.run(world.employee(country.hospital, "SPECIALIST", "2000000003"))
    resource = {
        "employee": str(country.doctor.employee),
        "died_on": kyiv_day(world.clock.now).isoformat(),
        "reason": "ДРАЦС",
    }
    death = country.sign("party.mark_deceased", world.payer, resource=resource)
    elsewhere = country.sign(
        "patient.register",
        second,
        resource=_patient_of(country),
    )
    answers = commit(world, [death, country.patient_registration(), elsewhere])
    assert codes(answers) == ["accepted", "actor.deceased", "actor.deceased"]


def _patient_of(country: Country) -> object:
    """Describe a new patient."""
    return json.loads(country.patient_registration().content)["resource"]


def test_rule_5_an_unverified_person_writes_until_grace_is_over(country: Country) -> None:
    """The stored moment is what counts: before it an act passes, from it on none does."""
    world = country.world
    asyncio.run(_grace(world, 1))
    asyncio.run(registry.verdict(world, country.doctor, "NOT_VERIFIED"))
    asyncio.run(world.post(country.patient_registration()))
    world.clock.ahead += timedelta(days=1)
    assert _refused(country, country.patient_registration()) == "actor.not_verified"
    asyncio.run(registry.verdict(world, country.doctor, "VERIFIED"))
    asyncio.run(world.post(country.patient_registration()))


def test_rule_5_holds_for_somebody_employed_in_the_same_batch(country: Country) -> None:
    """A denied person who is employed anew is found by the batch that employs him."""
    world = country.world
    asyncio.run(_grace(world, 0))
    asyncio.run(registry.verdict(world, country.doctor, "NOT_VERIFIED"))
    again = Actor(uuid4(), country.hospital.legal_entity, country.doctor.credential)
    person = write.party("2000000003", "Лікар", "Тест")
    employed = country.sign(
        "employee.register",
        country.hospital,
        resource=write.employment(again.employee, person, "SPECIALIST"),
    )
    act = country.sign("patient.register", again, resource=_patient_of(country))
    assert codes(commit(world, [employed, act])) == ["accepted", "actor.not_verified"]


def test_a_suspended_institution_waits_and_a_closed_one_ends(country: Country) -> None:
    """Suspended, it may act again once resumed; closed, its employees are due to be dismissed."""
    world, clinic = country.world, country.clinic.legal_entity
    asyncio.run(registry.decide(world, "legal_entity.suspend", clinic))
    assert _refused(country, country.patient_registration()) == "actor.legal_entity_not_active"
    asyncio.run(registry.decide(world, "legal_entity.resume", clinic))
    asyncio.run(world.post(country.patient_registration()))
    asyncio.run(registry.decide(world, "legal_entity.close", clinic))
    assert _refused(country, country.patient_registration()) == "actor.legal_entity_not_active"
    due = _rows(world, "SELECT id FROM deadlines WHERE kind = 'employee.dismiss_by_closing'")
    staff = {country.clinic.employee, country.doctor.employee}
    assert {employee for (employee,) in due} == staff


def test_rule_17_no_contract_with_whom_the_payer_has_not_verified(country: Country) -> None:
    """Taking the verdict back stops contracts, not care."""
    world, hospital = country.world, country.hospital.legal_entity
    resource = write.verdict(hospital, "NOT_VERIFIED")
    asyncio.run(world.send("legal_entity.verify", world.payer, resource=resource))
    with pytest.raises(Refusal) as refusal:
        asyncio.run(world.contract(country.hospital))
    assert refusal.value.code == "legal_entity.not_verified"
    asyncio.run(country.treated())


def test_a_new_head_acts_and_the_former_does_not(country: Country) -> None:
    """The payer puts another head in place; from then on the institution's own acts are his."""
    world = country.world
    credential = world.credential("Новий Керівник", "2000000008")
    new = Actor(uuid4(), country.clinic.legal_entity, credential)
    head = {"id": str(new.employee), "party": write.party("2000000008", "Новий", "Керівник")}
    asyncio.run(
        registry.decide(
            world,
            "legal_entity.change_head",
            country.clinic.legal_entity,
            former=str(country.clinic.employee),
            head=head,
        )
    )
    particulars = {"name": "Нова назва"}
    former = country.sign("legal_entity.update", country.clinic, resource=particulars)
    assert _refused(country, former) == "actor.dismissed"
    asyncio.run(world.send("legal_entity.update", new, resource=particulars))


def test_services_and_roles_are_registered_once(country: Country) -> None:
    """Within a batch and across batches the same service or tie is found."""
    world, clinic = country.world, country.clinic
    place = asyncio.run(registry.division(world, clinic))
    paper = asyncio.run(registry.licence(world, clinic, first_day=date(2020, 1, 1)))
    services = [
        country.sign(
            "healthcare_service.register",
            clinic,
            resource=write.healthcare_service(uuid4(), place, paper),
        )
        for _ in range(3)
    ]
    once = ["accepted", "healthcare_service.already_registered"]
    assert codes(commit(world, services[:2])) == once
    assert _refused(country, services[2]) == once[1]
    ((care,),) = _rows(world, "SELECT healthcare_service FROM healthcare_services")
    ties = [
        country.sign(
            "employee_role.register",
            clinic,
            resource=write.role(uuid4(), country.doctor.employee, care),  # type: ignore[arg-type]
        )
        for _ in range(3)
    ]
    assert codes(commit(world, ties[:2])) == ["accepted", "employee_role.already_registered"]
    assert _refused(country, ties[2]) == "employee_role.already_registered"
