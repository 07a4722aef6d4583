"""Follow one act from the doctor's signature to the query API, through the real door."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from uuid import UUID

from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints.demo.resources.care_plan import based_on
from ehealth_ledger.store.notifications import Listener
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.projectors.rebuild import rebuild
from projections.projectors.replay import replay_statements
from projections.query_api.routes import router
from tests.countries import referral as referrals
from tests.projections.live import findings
from tests.projections.log import HandMadeLog, silent
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, StatedAs, World

# What this story says nothing of has journeys of its own: test_diagnostics, test_prescriptions.
UNTOLD = {"diagnostics", "medical_program", "prescription_status"}


async def _live(world: World) -> tuple[UUID, UUID, StatedAs]:
    """Refer, redeem, treat, close the month, state, sign, accept and pay."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
    await world.tariff()
    contract = await world.contract(hospital)
    patient = await world.patient(doctor)
    await world.declaration(doctor, patient)
    await referrals.approve(world, doctor, patient)
    care_plan = await referrals.plan(world, doctor, patient)
    activity = await referrals.schedule(world, doctor, patient, care_plan)
    referral = await referrals.issue(
        world, doctor, patient, days=60, basedOn=[based_on(care_plan, activity)]
    )
    await world.redemption(specialist, patient, referral)
    await world.encounter(specialist, patient, referral)
    stated = await world.paid_month(contract, hospital)
    return patient, referral, stated


def test_a_signed_act_is_read_back_as_it_was_signed(world: World) -> None:
    """Summary, referral, statement and replay agree with the log and with what was signed."""
    patient, referral, stated = asyncio.run(_live(world))
    door, read_url = world.running.reader.notifications, world.urls.read
    head = door.head().position
    assert Follower(door, read_url, MODELS).catch_up() == head

    app, routes = FastAPI(), router(read_url, FoldedPast(HandMadeLog()))
    app.include_router(routes)
    with TestClient(app) as client:
        summary = client.get(f"/patients/{patient}/summary")
        followed = client.get(f"/referrals/{referral}").json()["referral"]
        plans = client.get(f"/care-plans?patient={patient}").json()
        answered = client.get(f"/statements/{stated.fact.statement}").json()
        body = client.get(f"/statements/{stated.fact.statement}/bytes").content
    routes.close()

    seen = summary.json()["patient"]
    assert seen["registered"]["resource"]["id"] == str(patient)
    assert len(seen["problems"]) == len(seen["encounters"]) == 1
    signed = next(
        each.said("/resources") for each in door.read(door.beginning(), head) if _is_act(each.topic)
    )
    observed = [each for each in signed if each["resourceType"] == "Observation"]
    assert observed
    for each in observed:
        assert f'"value":{each["valueQuantity"]["value"]}'.encode() in summary.content
    assert [step["step"] for step in followed["steps"]] == ["issued", "redeemed", "completed"]
    (planned,) = plans["care_plans"]
    assert (planned["status"], planned["activities"][0]["remaining"]) == ("active", 2)
    assert planned["activities"][0]["uses"] == [{"request": str(referral), "quantity": 1}]

    statement = answered["statement"]
    assert (answered["position"], statement["status"]) == (head, "paid")
    assert statement["first"]["position"] == stated.position
    assert statement["first"]["chain_value"] == stated.chain_value.hex()
    assert statement["first"]["content_digest"] == stated.fact.content_digest
    assert sha256(body).hexdigest() == stated.fact.digest
    (replayed,) = replay_statements(door, head, silent).values()
    assert replayed.to_bytes() == body
    assert json.loads(body)["total"] == statement["total"] == statement["paid"]

    for model in MODELS:
        told = [f"read_model is empty: {model}"] if model in UNTOLD else []
        assert findings(door, read_url, model) == told
        assert rebuild(door, read_url, model, silent).equal
        assert findings(door, read_url, model) == told


def test_an_announced_commit_wakes_the_listener(world: World) -> None:
    """The door announces each commit, so that a follower need not wait for its next look."""
    listener = Listener(world.urls.ledger)
    try:
        asyncio.run(world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001"))
        assert listener.wait(5.0)
    finally:
        listener.close()


def _is_act(topic: str) -> bool:
    return topic == "encounter.recorded.v1"
