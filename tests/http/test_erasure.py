"""Erase a patient as the payer's system does, and read the answers to the letter."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import httpx

from ehealth_ledger.entrypoints.demo.acts import countersign_erasure, order_erasure
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.mis import checked
from tests.countries.erasure import second_person
from tests.http.conftest import Served

CMS = {"content-type": "application/pkcs7-mime"}


def test_an_erasure_from_the_order_to_the_last_answer(country: Served, http: httpx.Client) -> None:
    """Two receipts, then 410 for whatever is about the patient, and old receipts marked erased."""
    world = country.world
    second = asyncio.run(second_person(world))
    registration = country.patient()
    patient = UUID(json.loads(registration.content)["resource"]["id"])
    first = _posted(http, registration, 201)

    order = order_erasure(world.author, world.payer, patient)
    placed = checked(_posted(http, order, 201), first["signing_key"]).placement

    by_the_same = countersign_erasure(world.author, world.payer, patient, order, placed)
    assert _posted(http, by_the_same, 403)["code"] == "patient.erasure_by_one_person"
    elsewhere = placed._replace(chain_value=bytes(32))
    mismatched = countersign_erasure(world.author, second, patient, order, elsewhere)
    assert _posted(http, mismatched, 409)["code"] == "patient.erasure_reference_mismatch"

    countersigned = countersign_erasure(world.author, second, patient, order, placed)
    receipt = _posted(http, countersigned, 201)
    assert not receipt["erased"]
    assert _posted(http, countersigned, 200)["erased"] is False  # its own content stays

    problem = _posted(http, order_erasure(world.author, world.payer, patient), 410)
    assert problem["code"] == "patient.erased"
    assert problem["errors"] == [{"path": "$.resource.patient", "rule": "patient.erased"}]
    assert problem["type"] == "/problems/patient.erased"

    again = _posted(http, registration, 200)
    assert (again["erased"], again["repeated"]) == (True, True)
    assert {**again, "erased": False, "repeated": False} == first
    checked(again, first["signing_key"])  # the receipt of what is gone still verifies
    asked = http.get(f"/commands/{registration.command_id}").json()
    assert asked["erased"] is True

    wish = json.loads(order.content)
    wish["command_id"] = "0b7b8f0e-6a0f-4a37-9f43-2f1d0a7d9a99"
    beforehand = http.post("/commands/check", json=wish).json()
    assert [each["code"] for each in beforehand["violations"]] == ["patient.erased"]


def _posted(http: httpx.Client, signed: Signed, status: int) -> dict[str, object]:
    answer = http.post("/commands", content=signed.container, headers=CMS)
    assert answer.status_code == status, answer.text
    return dict(answer.json())
