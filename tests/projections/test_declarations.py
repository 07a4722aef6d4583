"""Read declarations through the real door, and ask for them by doctor, institution and status."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.store.notifications import Notifications
from ehealth_ledger.values.time import kyiv_day
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from tests.countries import patient as people
from tests.projections.live import findings
from tests.projections.log import silent
from tests.world import CLINIC_EDRPOU, World

MINE = ("declarations", "patient_summary")


@pytest.fixture
def log(world: World) -> Notifications:
    """Read the world's log."""
    return world.running.reader.notifications


def _followed(world: World) -> None:
    door = world.running.reader.notifications
    Follower(door, world.urls.read, MINE).catch_up()


async def _lived(world: World) -> tuple[Actor, Actor, dict[str, UUID]]:
    """Lead declarations to every end that staff can bring about."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    second = await world.employee(clinic, "DOCTOR", "2000000005")
    known: dict[str, UUID] = {}
    for name in ("moved", "ended", "approved", "rejected", "waiting", "died", "child"):
        described: dict[str, Any] = (
            {"authentication": "OFFLINE"}
            if name in ("approved", "rejected")
            else {"no_tax_id": "REFUSED", "family": "Віряни"}
            if name == "waiting"
            else {}
        )
        if name == "child":
            parent = await people.person(world, doctor)
            known[name], _ = await people.child(world, doctor, parent)
        else:
            known[name] = await people.person(world, doctor, **described)
        known[f"declaration of {name}"] = await world.declaration(doctor, known[name])
    known["new declaration of moved"] = await world.declaration(second, known["moved"])

    async def decide(what: str, actor: Actor, name: str) -> None:
        await people.decided(world, actor, what, known[f"declaration of {name}"], known[name])

    await decide("terminate", doctor, "ended")
    await decide("approve", world.payer, "approved")
    await decide("reject", world.payer, "rejected")
    await people.died(world, doctor, known["died"])
    stranger = await people.unidentified(world, doctor)
    await people.merged(world, doctor, known["moved"], stranger)
    known["stranger"] = stranger
    return doctor, second, known


def test_declarations_are_read_back(world: World, client: TestClient) -> None:
    """Where each stands, how it came there, how many a doctor holds; rebuilt equals live."""
    doctor, second, known = asyncio.run(_lived(world))
    _followed(world)
    expected = {
        "declaration of moved": "terminated",
        "new declaration of moved": "active",
        "declaration of ended": "terminated",
        "declaration of approved": "active",
        "declaration of rejected": "rejected",
        "declaration of waiting": "pending_verification",
        "declaration of died": "terminated",
        "declaration of child": "active",
    }
    for name, status in expected.items():
        read = client.get(f"/declarations/{known[name]}").json()["declaration"]
        assert read["status"] == status, name
    steps = client.get(f"/declarations/{known['declaration of moved']}").json()["declaration"]
    assert [each["step"] for each in steps["steps"]] == ["signed", "terminated"]
    assert steps["steps"][1]["successor"] == str(known["new declaration of moved"])
    waiting = client.get(f"/declarations/{known['declaration of waiting']}").json()["declaration"]
    assert (waiting["pending_reason"], waiting["activates_at"]) == ("no_tax_id", None)

    counted = client.get(f"/doctors/{doctor.employee}/declarations/count").json()["counts"]
    assert counted["declarations"] == {
        "active": 2,
        "pending_verification": 1,
        "rejected": 1,
        "terminated": 3,
    }
    assert counted["all_jobs"] == {"live": 3, "limit": 1800}
    nobody = client.get(f"/doctors/{uuid4()}/declarations/count").json()["counts"]
    assert (nobody["declarations"], nobody["all_jobs"]) == ({}, {"live": 0, "limit": None})

    of_second = client.get("/declarations", params={"doctor": str(second.employee)}).json()
    assert [each["declaration"] for each in of_second["declarations"]] == [
        str(known["new declaration of moved"])
    ]
    entity = {"legal_entity": str(doctor.legal_entity), "status": "terminated"}
    assert len(client.get("/declarations", params=entity).json()["declarations"]) == 3

    master = client.get(f"/patients/{known['moved']}/summary").json()["patient"]
    merged = client.get(f"/patients/{known['stranger']}/summary").json()["patient"]
    dead = client.get(f"/patients/{known['died']}/summary").json()["patient"]
    assert master["absorbed"] == [str(known["stranger"])]
    assert (merged["standing"], merged["master"]) == ("merged", str(known["moved"]))
    assert (dead["standing"], dead["declaration"]) == ("deceased", None)

    door = world.running.reader.notifications
    head = {"at_position": str(door.head().position)}
    for name in ("moved", "stranger", "died", "child", "ended"):
        path = f"/patients/{known[name]}/summary"
        assert client.get(path, params=head).content == client.get(path).content, name
    for model in MINE:
        assert findings(door, world.urls.read, model) == []
        assert rebuild(door, world.urls.read, model, silent).equal
        assert findings(door, world.urls.read, model) == []


def test_pages_stay_stable_while_declarations_are_signed(world: World, client: TestClient) -> None:
    """Whoever turns the pages sees each declaration once, whatever happens meanwhile."""

    async def begun() -> tuple[Actor, list[UUID]]:
        clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
        doctor = await world.employee(clinic, "DOCTOR", "2000000003")
        patients = [await people.person(world, doctor) for _ in range(5)]
        for each in patients:
            await world.declaration(doctor, each)
        return doctor, patients

    doctor, patients = asyncio.run(begun())
    _followed(world)
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = client.get("/declarations", params={"after": str(after), "limit": "2"}).json()
        seen += [each["declaration"] for each in page["declarations"]]
        after = page["next"]
        if len(seen) == 2:  # the first patient changes the declaration while pages are turned
            asyncio.run(world.declaration(doctor, patients[0]))
            _followed(world)
    assert len(seen) == len(set(seen)) == 6


def test_a_day_is_asked_about_as_it_was_known(world: World, client: TestClient) -> None:
    """Today both held for a patient who moved; before the move was known, the first one alone."""
    _, __, known = asyncio.run(_lived(world))
    _followed(world)
    today = kyiv_day(world.clock.now)

    def in_force(day: date, **more: str) -> list[str]:
        asked = {"patient": str(known["moved"]), "in_force_on": day.isoformat(), **more}
        found = client.get("/declarations", params=asked).json()["declarations"]
        return [each["declaration"] for each in found]

    first = str(known["declaration of moved"])
    second = str(known["new declaration of moved"])
    assert in_force(today) == [first, second]
    assert in_force(today + timedelta(days=1)) == [second]
    assert in_force(today - timedelta(days=1)) == []
    door = world.running.reader.notifications
    moved = next(
        each.position
        for each in door.read(door.beginning(), 10_000)
        if str(each.stream_id) == second
    )
    before = {"at_position": str(moved - 2)}
    assert in_force(today + timedelta(days=1), **before) == [first]
    refused = client.get("/declarations", params={"status": "rejected", "in_force_on": str(today)})
    assert refused.json()["declarations"] == []


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("in_force_on=2026-02-30", "request.invalid_parameter $.in_force_on"),
        ("in_force_on=20260203", "request.invalid_parameter $.in_force_on"),
        ("docter=1", "request.unknown_parameter $"),
        ("doctor=1", "request.invalid_parameter $.doctor"),
        ("legal_entity=x", "request.invalid_parameter $.legal_entity"),
        ("patient=x", "request.invalid_parameter $.patient"),
        ("status=alive", "request.invalid_parameter $.status"),
        ("limit=0", "request.invalid_parameter $.limit"),
        ("after=-1", "request.invalid_parameter $.after"),
    ],
)
def test_a_wrong_parameter_is_refused(client: TestClient, query: str, answer: str) -> None:
    """A misspelt filter must not read as no filter."""
    found = client.get(f"/declarations?{query}")
    assert (found.status_code, found.text) == (400, answer)


def test_what_is_not_there_is_not_found(world: World, client: TestClient) -> None:
    """An unknown declaration is a refusal of its own, and the other routes take no parameter."""
    _followed(world)
    assert client.get(f"/declarations/{uuid4()}").text.startswith("read_model.not_found")
    for path in (f"/declarations/{uuid4()}", f"/doctors/{uuid4()}/declarations/count"):
        assert client.get(f"{path}?x=1").text.startswith("request.unknown_parameter")
