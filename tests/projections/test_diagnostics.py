"""Reports, procedures, specimens and conclusions from the signature to the query API."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources import diagnostics as write
from ehealth_ledger.store.notifications import Notifications
from ehealth_ledger.values.json import Json
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from tests.projections.live import findings
from tests.projections.log import silent
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World

CANCELLATION = {"reason": "typo", "explanation": "Помилка у значенні"}


@dataclass
class Ward:
    """Hold who is where, and what was recorded about the patient."""

    world: World
    doctor: Actor
    specialist: Actor
    patient: UUID
    paper: Json
    ids: dict[str, UUID] = field(default_factory=dict)

    def new(self, name: str) -> UUID:
        self.ids[name] = uuid4()
        return self.ids[name]

    async def send(self, command: str, **body: Any) -> None:
        await self.world.send(command, self.specialist, **body)


async def _settled(world: World) -> Ward:
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    specialist = await world.employee(hospital, "SPECIALIST", "2000000004")
    patient = await world.patient(doctor)
    paper = write.paper_referral("30000009", "Лікар Паперовий", "2026-01-15")
    return Ward(world, doctor, specialist, patient, paper)


async def _lived(world: World) -> Ward:
    """Take a specimen, examine it, err once, do a procedure."""
    ward = await _settled(world)
    now = world.clock.now
    blood = write.specimen(
        ward.new("blood"), ward.patient, ward.specialist, at=now - timedelta(hours=3)
    )
    await ward.send("specimen.register", resource=blood)
    received = {
        "specimen": str(ward.ids["blood"]),
        "patient": str(ward.patient),
        "received_at": (now - timedelta(hours=2)).isoformat(),
    }
    await ward.send("specimen.process", resource=received)
    for name in ("right", "wrong"):
        resources = write.laboratory_report(
            ward.new(name),
            ward.new(f"{name} value"),
            ward.patient,
            ward.specialist,
            at=now,
            specimen_id=ward.ids["blood"],
            paper=ward.paper,
            haemoglobin="128.50",
        )
        await ward.send("diagnostic_report.record", resources=resources)
    for each in resources:
        each["status"] = "entered-in-error"
    await ward.send("diagnostic_report.cancel", cancellation=CANCELLATION, resources=resources)
    verdict = {
        "specimen": str(ward.ids["blood"]),
        "patient": str(ward.patient),
        "reason": "used_up",
    }
    await ward.send("specimen.invalidate", resource=verdict)
    done = write.procedure(
        ward.new("procedure"), ward.patient, ward.specialist, at=now, paper=ward.paper
    )
    await ward.send("procedure.record", resource=done)
    return ward


@pytest.fixture
def ward(world: World) -> Ward:
    """Live through the acts and let the read side follow."""
    ward = asyncio.run(_lived(world))
    door = world.running.reader.notifications
    assert Follower(door, world.urls.read, MODELS).catch_up() == door.head().position
    return ward


@pytest.fixture
def log(ward: Ward) -> Notifications:
    """Read the ward's log."""
    return ward.world.running.reader.notifications


def test_what_was_signed_is_read_back(ward: Ward, client: TestClient) -> None:
    """A report comes as it was signed, decimals included, with every step that led there."""
    answer = client.get(f"/diagnostics/{ward.ids['right']}")
    assert answer.status_code == 200, answer.text
    report = answer.json()["resource"]
    assert (report["kind"], report["status"]) == ("diagnostic_report", "final")
    assert report["signed"]["id"] == str(ward.ids["right"])
    assert b'"value":128.50' in answer.content
    assert report["specimens"] == [str(ward.ids["blood"])]

    wrong = client.get(f"/diagnostics/{ward.ids['wrong']}").json()["resource"]
    assert wrong["status"] == "entered_in_error"
    assert [each["status"] for each in wrong["observations"]] == ["entered_in_error"]
    assert [step["step"] for step in wrong["steps"]] == ["recorded", "cancelled"]
    assert wrong["steps"][1]["explanation"] == CANCELLATION["explanation"]

    blood = client.get(f"/diagnostics/{ward.ids['blood']}").json()["resource"]
    assert (blood["status"], blood["received_by"]) == (
        "unavailable",
        str(ward.specialist.legal_entity),
    )
    assert [step["step"] for step in blood["steps"]] == ["recorded", "received", "invalidated"]


def test_pages_follow_the_log_and_stay_under_writes(ward: Ward, client: TestClient) -> None:
    """What is recorded meanwhile comes on later pages; no row is skipped or shown twice."""
    path = f"/patients/{ward.patient}/diagnostics"
    first = client.get(path, params={"limit": "2"}).json()
    later = write.procedure(
        ward.new("later"),
        ward.patient,
        ward.specialist,
        at=ward.world.clock.now,
        paper=ward.paper,
    )
    asyncio.run(ward.send("procedure.record", resource=later))
    door = ward.world.running.reader.notifications
    Follower(door, ward.world.urls.read, MODELS).catch_up()
    listed = [each["resource"] for each in first["diagnostics"]]
    after = first["next"]
    while after is not None:
        page = client.get(path, params={"limit": "2", "after": str(after)}).json()
        listed += [each["resource"] for each in page["diagnostics"]]
        after = page["next"]
    names = ("blood", "right", "wrong", "procedure", "later")
    assert listed == [str(ward.ids[name]) for name in names]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"kind": "procedure"}, ["procedure"]),
        ({"kind": "diagnostic_report"}, ["right", "wrong"]),
        ({"status": "entered_in_error"}, ["wrong"]),
        ({"referral": str(uuid4())}, []),
    ],
)
def test_filters(ward: Ward, client: TestClient, filters: dict[str, str], names: list[str]) -> None:
    """A filter leaves out what it says, and nothing else."""
    listed = client.get(f"/patients/{ward.patient}/diagnostics", params=filters).json()
    assert [each["resource"] for each in listed["diagnostics"]] == [
        str(ward.ids[name]) for name in names
    ]


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/patients/{patient}/diagnostics", {"colour": "red"}, 400, "request.unknown_parameter"),
        ("/patients/{patient}/diagnostics", {"kind": "poem"}, 400, "request.invalid_parameter"),
        ("/diagnostics/{patient}", {}, 404, "read_model.not_found"),
        ("/diagnostics/x", {}, 400, "request.invalid_parameter"),
        ("/compositions/AAAA", {}, 400, "request.invalid_parameter"),
        ("/compositions/0000-0000-0000-0000", {}, 404, "read_model.not_found"),
    ],
)
def test_what_is_not_answered(
    ward: Ward, client: TestClient, path: str, params: dict[str, str], status: int, code: str
) -> None:
    """An unknown parameter, kind, id or number is a refusal, never an empty answer."""
    answer = client.get(path.format(patient=ward.patient), params=params)
    assert (answer.status_code, answer.text.split()[0]) == (status, code)


def test_rebuilt_equals_live_and_the_ledger_verifies(ward: Ward) -> None:
    """The rows are what the log says, and the log is what was signed."""
    world = ward.world
    door, read_url = world.running.reader.notifications, world.urls.read
    assert findings(door, read_url, "diagnostics") == []
    assert rebuild(door, read_url, "diagnostics", silent).equal
    master_key = bootstrap.Keys.read(world.settings).master
    assert not verify_ledger(world.urls, master_key, progress=lambda *_: None).findings
