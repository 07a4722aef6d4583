"""Read the registries over HTTP as their commands wrote them."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints.demo.resources import registry as write
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from tests.countries import registry
from tests.projections.live import findings
from tests.projections.log import silent
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World


def _follow(world: World) -> int:
    return Follower(world.running.reader.notifications, world.urls.read, MODELS).catch_up()


def _get(client: TestClient, address: str, **parameters: Any) -> Any:
    answer = client.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _registered(world: World) -> dict[str, UUID]:
    """Lead a clinic through its registries, a hospital into its end."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    ids = await registry.everything(world, clinic, doctor)
    await world.send(
        "legal_entity.update",
        clinic,
        resource={"name": "Амбулаторія № 2", "address": write.address()},
    )
    await world.send(
        "employee.update",
        clinic,
        resource={
            "employee": str(doctor.employee),
            "specialities": write.specialities("THERAPIST", "FAMILY_DOCTOR"),
            "division": str(ids["division"]),
        },
    )
    renewed = write.licence(ids["licence"], last_day=date(2030, 1, 1))
    renewed["licence"] = renewed.pop("id")
    del renewed["type"]
    await world.send("licence.update", clinic, resource=renewed)
    moved = write.division(ids["division"], name="Філія", mountain=False)
    moved["division"] = moved.pop("id")
    del moved["type"]
    await world.send("division.update", clinic, resource=moved)
    for command, thing in (
        ("employee_role.deactivate", "employee_role"),
        ("healthcare_service.deactivate", "healthcare_service"),
        ("division.deactivate", "division"),
        ("division.activate", "division"),
        ("healthcare_service.activate", "healthcare_service"),
        ("employee_role.activate", "employee_role"),
    ):
        await world.send(command, clinic, resource={thing: str(ids[thing])})
    await registry.verdict(world, doctor, "NOT_VERIFIED")
    await registry.verdict(world, doctor, "VERIFIED", "DMS_PASSPORT")
    await registry.decide(world, "legal_entity.suspend", hospital.legal_entity)
    await registry.decide(world, "legal_entity.resume", hospital.legal_entity)
    await registry.decide(
        world,
        "legal_entity.reorganise",
        hospital.legal_entity,
        successor=str(clinic.legal_entity),
    )
    return {
        **ids,
        "clinic": clinic.legal_entity,
        "hospital": hospital.legal_entity,
        "head": clinic.employee,
        "doctor": doctor.employee,
    }


def test_the_registries_are_read_back(world: World, client: TestClient) -> None:
    """An institution is answered with its places, papers and services, an employee with roles."""
    ids = asyncio.run(_registered(world))
    head = _follow(world)
    seen = _get(client, f"/legal-entities/{ids['clinic']}")
    assert seen["position"] == head
    clinic = seen["legal_entity"]
    assert (clinic["status"], clinic["verdict"], clinic["kind"], clinic["name"]) == (
        *("active", "VERIFIED", "PRIMARY_CARE"),
        "Амбулаторія № 2",
    )
    assert clinic["head"] == str(ids["head"])
    assert clinic["address"]["settlement_code"].startswith("UA")
    (place,), (paper,), (care,) = (
        clinic[name] for name in ("divisions", "licences", "healthcare_services")
    )
    assert (place["division"], place["name"], place["mountain_group"], place["status"]) == (
        *(str(ids["division"]), "Філія"),
        *(False, "active"),
    )
    assert (paper["licence"], paper["last_day"]) == (str(ids["licence"]), "2030-01-01")
    assert (care["licence"], care["status"]) == (str(ids["licence"]), "active")
    answered = _get(client, f"/divisions/{ids['division']}")["division"]
    assert answered == {**place, "healthcare_services": [care]}

    doctor = _get(client, f"/employees/{ids['doctor']}")["employee"]
    assert (doctor["family"], doctor["given"], doctor["type"]) == ("Лікар", "Тест", "DOCTOR")
    assert doctor["specialities"] == ["THERAPIST", "FAMILY_DOCTOR"]
    assert (doctor["division"], doctor["status"]) == (str(ids["division"]), "approved")
    assert [each["status"] for each in doctor["employee_roles"]] == ["active"]
    said = doctor["identification"]
    assert said["verdicts"] == {"DRFO": "NOT_VERIFIED", "DMS_PASSPORT": "VERIFIED"}
    assert said["barred_from"] > seen["recorded_at"]
    assert "2000000003" not in json.dumps(doctor), "no tax id is read anywhere"

    hospital = _get(client, f"/legal-entities/{ids['hospital']}")["legal_entity"]
    assert (hospital["status"], hospital["successor"]) == ("reorganised", str(ids["clinic"]))

    door, read_url = world.running.reader.notifications, world.urls.read
    assert findings(door, read_url, "registry") == []
    assert rebuild(door, read_url, "registry", silent).equal
    assert findings(door, read_url, "registry") == []


def test_filters_narrow_and_pages_stay_stable(world: World, client: TestClient) -> None:
    """Filters name columns of the document, and a row written between two pages comes last."""
    clinic = asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
    doctor = asyncio.run(world.employee(clinic, "DOCTOR", "2000000003"))
    asyncio.run(registry.everything(world, clinic, doctor))
    asyncio.run(world.employee(clinic, "RECEPTIONIST", "2000000004"))
    _follow(world)
    for address, name, parameters, count in (
        ("/legal-entities", "legal_entities", {}, 2),
        ("/legal-entities", "legal_entities", {"kind": "PAYER"}, 1),
        ("/legal-entities", "legal_entities", {"edrpou": CLINIC_EDRPOU, "status": "active"}, 1),
        ("/legal-entities", "legal_entities", {"verdict": "NOT_VERIFIED"}, 0),
        ("/divisions", "divisions", {"legal_entity": str(clinic.legal_entity)}, 1),
        ("/divisions", "divisions", {"type": "FAP"}, 0),
        ("/healthcare-services", "healthcare_services", {"speciality": "FAMILY_DOCTOR"}, 1),
        ("/healthcare-services", "healthcare_services", {"division": str(uuid4())}, 0),
        ("/employees", "employees", {"legal_entity": str(clinic.legal_entity)}, 3),
        ("/employees", "employees", {"type": "DOCTOR", "speciality": "FAMILY_DOCTOR"}, 1),
        ("/employees", "employees", {"status": "dismissed"}, 0),
    ):
        assert len(_get(client, address, **parameters)[name]) == count, (address, parameters)

    first = _get(client, "/employees", limit=2)
    asyncio.run(registry.dismiss(world, clinic, doctor))
    asyncio.run(world.employee(clinic, "RECEPTIONIST", "2000000005"))
    _follow(world)
    second = _get(client, "/employees", after=first["next"], limit=100)
    listed = [each["employee"] for each in (*first["employees"], *second["employees"])]
    assert len(set(listed)) == len(listed) == 5
    assert second["next"] is None
    assert [each["employee"] for each in _get(client, "/employees")["employees"]] == listed


@pytest.mark.parametrize(
    "address",
    ["/legal-entities", "/divisions", "/healthcare-services", "/employees"],
)
def test_request__unknown_parameter_of_the_registries(
    world: World, client: TestClient, address: str
) -> None:
    """A misspelt filter is refused, on a list and on one thing, and so is a wrong value."""
    _follow(world)
    assert client.get(f"{address}?colour=red").text == "request.unknown_parameter $"
    assert client.get(f"{address}?status=sleeping").text == "request.invalid_parameter $.status"
    if address != "/healthcare-services":
        one = client.get(f"{address}/{uuid4()}")
        assert (one.status_code, one.text) == (404, "read_model.not_found $.id")
        assert client.get(f"{address}/{uuid4()}?a=b").text == "request.unknown_parameter $"


def test_the_dead_and_the_living(world: World, client: TestClient) -> None:
    """A death is told with its day until it is taken back."""
    clinic = asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
    doctor = asyncio.run(world.employee(clinic, "DOCTOR", "2000000003"))
    died_on = world.clock.now.date() - timedelta(days=3)
    asyncio.run(registry.deceased(world, doctor, died_on))
    _follow(world)
    address = f"/employees/{doctor.employee}"
    assert _get(client, address)["employee"]["identification"]["died_on"] == died_on.isoformat()
    resource = {"employee": str(doctor.employee), "reason": "Помилка ДРАЦС"}
    asyncio.run(world.send("party.mark_alive", world.payer, resource=resource))
    _follow(world)
    assert _get(client, address)["employee"]["identification"]["died_on"] is None
