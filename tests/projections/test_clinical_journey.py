"""Follow a patient through packages, some of them mistakes, to every clinical route."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.values.json import Json
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.projectors.rebuild import rebuild
from projections.query_api.clinical import HISTORIES
from projections.query_api.routes import router
from tests.countries import encounters
from tests.projections.live import findings
from tests.projections.log import HandMadeLog, silent
from tests.world import HOSPITAL_EDRPOU, World


async def _live(world: World) -> tuple[UUID, UUID, list[list[Json]]]:
    """Record three packages in one episode; take part of the first and all of the last back."""
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor: Actor = await world.employee(hospital, "SPECIALIST", "2000000004")
    patient = await world.patient(doctor)
    episode = await world.episode(doctor, patient)
    packages = [encounters.package(world, doctor, patient, episode) for _ in range(3)]
    for each in packages:
        await encounters.record(world, doctor, each)
    await encounters.cancel(world, doctor, patient, packages[0], 2)
    await encounters.cancel(world, doctor, patient, packages[2])
    return patient, episode, packages


def _ids(answer: Any, name: str) -> list[str]:
    return [each["resource"]["id"] for each in answer.json()[name]]


def test_mistakes_are_gone_from_what_doctors_read(world: World) -> None:
    """Summary, histories and episode hold what still counts; rebuilt they are the same."""
    patient, episode, packages = asyncio.run(_live(world))
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    app, routes = FastAPI(), router(read_url, FoldedPast(HandMadeLog()))
    app.include_router(routes)
    with TestClient(app) as client:
        summary = client.get(f"/patients/{patient}/summary").json()["patient"]
        histories = {name: client.get(f"/patients/{patient}/{name}") for name in HISTORIES}
        shown = client.get(f"/episodes/{episode}").json()["episode"]
        pages = client.get(f"/patients/{patient}/conditions", params={"limit": 1})
        others = client.get(
            f"/patients/{patient}/conditions", params={"after": pages.json()["next"]}
        )
    routes.close()

    first, second, _ = packages
    for name, kind in HISTORIES.items():
        kept = [each for each in (*first, *second) if each["resourceType"] == kind]
        wanted = [each["id"] for each in kept if each["id"] != first[2]["id"]]
        assert _ids(histories[name], name.replace("-", "_")) == wanted, name
    assert _ids(pages, "conditions") + _ids(others, "conditions") == [
        first[1]["id"],
        second[1]["id"],
    ]
    for part in ("problems", "allergies", "medications", "immunizations", "encounters"):
        assert len(summary[part]) == 2, part
    (current,) = shown["current_diagnoses"]
    assert (current["condition"], current["role"]) == (second[1]["id"], "primary")
    assert [each["standing"] for each in shown["diagnoses_history"]] == [
        "live",
        "live",
        "withdrawn",
    ]

    for model in ("patient_summary", "episodes"):
        assert findings(door, read_url, model) == []
        assert rebuild(door, read_url, model, silent).equal
        assert findings(door, read_url, model) == []
