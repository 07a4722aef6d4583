"""Follow prescriptions from the doctor to the counter, and read them and their program back."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from ehealth_ledger.entrypoints.cli.app import app
from ehealth_ledger.entrypoints.demo.resources import medication
from ehealth_ledger.settings import Databases
from ehealth_ledger.values.identifiers import PrescriptionId
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from tests.countries.pharmacy import MULTI, Country, settle
from tests.projections.live import findings, rows
from tests.projections.log import silent
from tests.world import World


def _follow(world: World) -> int:
    return Follower(world.running.reader.notifications, world.urls.read, MODELS).catch_up()


def _get(client: TestClient, address: str, **parameters: Any) -> Any:
    answer = client.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _journey(world: World) -> tuple[Country, dict[str, UUID]]:
    """Lead four prescriptions to four ends, and leave a fifth half dispensed and blocked."""
    country = await settle(world, MULTI)
    first, second = country.pharmacies
    done = await country.prescribed()
    await country.dispensed(done, first, 20)
    let_go = await country.reserved(done, second, 40)
    await world.post(country.rejecting(let_go, done, second))
    await country.dispensed(done, second, 40)
    rejected = await country.prescribed(program=None)
    await country.about(
        "prescription.reject", country.doctor, rejected, explanation="Інший препарат"
    )
    lifted = await country.prescribed(program=None)
    await country.about("prescription.block", country.doctor, lifted)
    await country.about("prescription.unblock", country.doctor, lifted)
    half = await country.prescribed(program=None, intent="plan")
    await country.about(
        "prescription.block",
        country.doctor,
        half,
        until=(world.clock.now + timedelta(days=1)).isoformat(),
    )
    return country, {"done": done, "rejected": rejected, "lifted": lifted, "half": half}


def test_a_prescription_is_followed_to_its_end(world: World, client: TestClient) -> None:
    """Every step, every dispense with its price and grant, and what is left, are read back."""
    country, ids = asyncio.run(_journey(world))
    position = _follow(world)
    answer = _get(client, f"/prescriptions/{ids['done']}")
    assert answer["position"] == position
    seen = answer["prescription"]
    assert (seen["status"], seen["quantity"], seen["handed_out"]) == ("completed", 60, 60)
    assert (seen["held"], seen["remaining"], seen["block"]) == (0, 0, None)
    assert [step["step"] for step in seen["steps"]] == [
        "issued",
        "dispense_reserved",
        "dispense_processed",
        "dispense_reserved",
        "dispense_rejected",
        "dispense_reserved",
        "dispense_processed",
        "completed",
    ]
    statuses = [(each["status"], each["quantity"]) for each in seen["dispenses"]]
    assert statuses == [("processed", 20), ("rejected", 40), ("processed", 40)]
    sold = seen["dispenses"][0]
    assert sold["prices"]["payment_amount"] == 2_000
    assert sold["grant"] == {
        "program": str(country.program),
        "funding_source": "NHS",
        "reimbursement": {"type": "FIXED", "amount": 6_000},
        "package_quantity": 30,
        "amount": 4_000,
    }
    assert seen["resource"]["dosageInstruction"][0]["sequence"] == 1
    blocked = _get(client, f"/prescriptions/{ids['half']}")["prescription"]
    assert blocked["block"]["by"] == "provider"
    assert blocked["block"]["until"].endswith("Z")


def test_prescriptions_are_found_and_paged(world: World, client: TestClient) -> None:
    """Filters narrow, pages follow the order of issue and stay stable under writes."""
    country, ids = asyncio.run(_journey(world))
    _follow(world)
    number = _get(client, f"/prescriptions/{ids['done']}")["prescription"]["number"]
    (found,) = _get(client, "/prescriptions", number=number)["prescriptions"]
    assert found["prescription"] == str(ids["done"])
    for parameters, wanted in (
        ({"patient": str(country.patient)}, set(ids)),
        ({"legal_entity": str(country.doctor.legal_entity)}, set(ids)),
        ({"legal_entity": str(uuid4())}, set()),
        ({"status": "completed"}, {"done"}),
        ({"status": "rejected"}, {"rejected"}),
        ({"status": "active", "patient": str(country.patient)}, {"lifted", "half"}),
    ):
        listed = _get(client, "/prescriptions", **parameters)["prescriptions"]
        assert {each["prescription"] for each in listed} == {str(ids[name]) for name in wanted}
    first = _get(client, "/prescriptions", limit=2)
    asyncio.run(country.prescribed(program=None))
    _follow(world)
    rest = _get(client, "/prescriptions", after=first["next"], limit=10)
    order = [each["prescription"] for each in first["prescriptions"] + rest["prescriptions"]]
    assert order[:4] == [str(ids[name]) for name in ("done", "rejected", "lifted", "half")]
    assert len(order) == 5


def test_a_program_is_read_with_its_participants(world: World, client: TestClient) -> None:
    """Who takes part and who provides is told with the days; an ended program says so."""

    async def story() -> tuple[Country, UUID]:
        country = await settle(world)
        services = uuid4()
        await world.send(
            "medical_program.publish",
            world.payer,
            resource=medication.program(services, kind="SERVICE"),
        )
        added = medication.program_services(services, ("eHealth/services", "A67"))
        await world.send("program_service.add", world.payer, resource=added)
        ending = {"program": str(services), "order": "наказ 2"}
        await world.send(
            "program_service.end",
            world.payer,
            resource={
                **ending,
                "service": {"system": "eHealth/services", "code": "A67"},
                "last_day": "2098-01-01",
            },
        )
        await world.send(
            "program_medication.end",
            world.payer,
            resource={
                **ending,
                "program": str(country.program),
                "medication": str(country.product),
                "last_day": "2097-01-01",
            },
        )
        drugstore = country.pharmacies[0].drugstore
        await world.send(
            "program_provision.close",
            world.payer,
            resource={
                "program": str(country.program),
                "division": str(drugstore),
                "from_day": "2096-01-01",
            },
        )
        await world.send("medical_program.deactivate", world.payer, resource=ending)
        return country, services

    country, services = asyncio.run(story())
    _follow(world)
    program = _get(client, f"/programs/{country.program}")["program"]
    (part,) = program["participants"]
    assert (part["medication"], part["last_day"]) == (str(country.product), "2097-01-01")
    assert part["reimbursement"] == {"type": "FIXED", "amount": 6_000}
    ended = _get(client, f"/programs/{services}")["program"]
    assert (ended["status"], ended["participants"][0]["last_day"]) == ("inactive", "2098-01-01")
    provisions = _get(client, f"/programs/{country.program}/provisions")["provisions"]
    assert [each["division"] for each in provisions] == [
        str(each.drugstore) for each in country.pharmacies
    ]
    assert [step["provides"] for step in provisions[0]["history"]] == [True, False]
    listed = _get(client, "/programs", kind="MEDICATION", status="active")["programs"]
    assert [each["program"] for each in listed] == [str(country.program)]


def test_rebuilt_equals_live(world: World, database: Databases) -> None:
    """After the journey both models equal what the log says, row for row."""
    asyncio.run(_journey(world))
    _follow(world)
    door = world.running.reader.notifications
    for model in ("medical_program", "prescription_status"):
        assert findings(door, database.read, model) == []
        before = rows(database.read, model)
        rebuild(door, database.read, model, silent)
        assert rows(database.read, model) == before
        assert all(before.values())


def test_whoever_delivers_the_code_asks_for_it(world: World) -> None:
    """The command prints what the law compares, with the number the patient reads out."""
    _, ids = asyncio.run(_journey(world))
    environment = {
        "EHEALTH_DATA_DIR": str(world.folder),
        "EHEALTH_LEDGER_URL": world.urls.ledger,
        "EHEALTH_VAULT_URL": world.urls.vault,
        "EHEALTH_READ_URL": world.urls.read,
    }
    asked = ("dispense-code", str(ids["done"]), "--json")
    told = CliRunner().invoke(app, asked, env=environment)
    assert told.exit_code == 0, told.output
    code = world.running.reader.vault.dispense_code(PrescriptionId(ids["done"]))
    assert json.loads(told.stdout)["code"] == code
    assert json.loads(told.stdout)["number"].startswith("0000-")
    assert len(code) == 4
    assert code.isdecimal()


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("/prescriptions?person=1", "request.unknown_parameter $"),
        ("/prescriptions?patient=1", "request.invalid_parameter $.patient"),
        ("/prescriptions?status=open", "request.invalid_parameter $.status"),
        ("/prescriptions?limit=0", "request.invalid_parameter $.limit"),
        ("/prescriptions/89d61e71-68b7-4421-a682-70ed2c375b7a?x=1", "request.unknown_parameter $"),
        ("/programs?name=x", "request.unknown_parameter $"),
        ("/programs?kind=DEVICE", "request.invalid_parameter $.kind"),
    ],
)
def test_what_is_not_known_is_refused(
    world: World, client: TestClient, address: str, refused: str
) -> None:
    """A misspelt filter never reads as no filter."""
    _follow(world)
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (400, refused)


@pytest.mark.parametrize("noun", ["prescriptions", "programs"])
def test_what_is_not_there_is_not_found(world: World, client: TestClient, noun: str) -> None:
    """An unknown id is answered as such, with the position that was read."""
    _follow(world)
    assert client.get(f"/{noun}/{uuid4()}").status_code == 404
