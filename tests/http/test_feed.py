"""Two institutions, one referral: each hears over HTTP what the other did, and misses nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.entrypoints.http.app import create_app
from ehealth_ledger.entrypoints.http.following import following
from ehealth_ledger.settings import Databases
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import kyiv_day
from projections.read_models.schema import prepare
from tests.http.conftest import BODY_BYTES_MAX, WAITING_MAX
from tests.http.test_commands import CMS
from tests.world import CLINIC_EDRPOU, HOSPITAL_EDRPOU, World, founded, serving

WAIT_S_MAX = 60.0


@dataclass
class Country:
    """Hold a clinic and a hospital that talk to the ledger over HTTP alone."""

    world: World
    http: TestClient
    doctor: Actor
    specialist: Actor

    def post(self, signed: Signed) -> int:
        """Hand a command in; return where it stands."""
        answer = self.http.post("/commands", content=signed.container, headers=CMS)
        assert answer.status_code == 201, answer.text
        last: int = answer.json()["last_position"]
        return last

    def send(self, command: str, actor: Actor, **body: Any) -> int:
        return self.post(self.world.author.sign(command, actor, **body))

    def feed(self, actor: Actor, after: int = 0, limit: int = 100) -> Json:
        """Read one page of the feed of an employee's institution."""
        asked = {"legal_entity": str(actor.legal_entity), "after": after, "limit": limit}
        answer = self.http.get("/feed", params=asked)
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        return page

    def caught_up(self, position: int) -> None:
        """Wait until the feed reflects a position; before its first batch it is not ready."""
        until = time.monotonic() + WAIT_S_MAX
        asked = {"legal_entity": str(self.doctor.legal_entity)}
        while self.http.get("/feed", params=asked).json().get("position", 0) < position:
            assert time.monotonic() < until, "the feed does not follow"
            time.sleep(0.05)

    def read(self, actor: Actor, after: int, limit: int) -> tuple[list[Json], int]:
        """Read on page by page; return the entries and where to go on the next time."""
        found: list[Json] = []
        while True:
            page = self.feed(actor, after, limit)
            found += page["entries"]
            after = page["next"]
            if not page["more"]:
                return found, after


@pytest.fixture
def country(tmp_path: Path, database: Databases) -> Iterator[Country]:
    """Found a ledger and serve it with its read side, as `serve` does."""
    prepare(database.read)
    faults: list[BaseException] = []
    with ExitStack() as open_things:
        world = open_things.enter_context(founded(tmp_path, database))
        open_things.enter_context(serving(world))

        async def staff() -> tuple[Actor, Actor]:
            clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
            hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
            return (
                await world.employee(clinic, "DOCTOR", "2000000003"),
                await world.employee(hospital, "SPECIALIST", "2000000004"),
            )

        doctor, specialist = asyncio.run(staff())
        door = world.running.reader.notifications
        reading = open_things.enter_context(following(door, world.urls, faults.append, on=True))
        app = create_app(
            world.running,
            reading.router,
            urls=world.urls,
            on_fatal=faults.append,
            body_bytes_max=BODY_BYTES_MAX,
            waiting_max=WAITING_MAX,
        )
        http = open_things.enter_context(TestClient(app))
        yield Country(world, http, doctor, specialist)
    assert faults == []


def told(entries: list[Json], about: UUID) -> list[tuple[str, str]]:
    return [
        (each["topic"], each["because"]) for each in entries if each["about"]["id"] == str(about)
    ]


def test_a_clinic_hears_what_became_of_its_referral(country: Country) -> None:
    """Issued here, redeemed and completed there: both feeds say so, each from its own side.

    Pages are as they were when they are read again after later writes, and whoever goes on from
    where he stopped gets the rest and nothing twice.
    """
    world, doctor, specialist = country.world, country.doctor, country.specialist
    patient = asyncio.run(world.patient(doctor))
    referral = asyncio.run(world.referral(doctor, patient))
    named = {"referral": str(referral), "patient": str(patient)}
    redeemed = country.send(
        "referral.redeem", specialist, resource={**named, "performer": str(specialist.employee)}
    )
    country.caught_up(redeemed)
    first, resume = country.read(doctor, 0, 3)
    assert told(first, referral) == [
        ("referral.issued.v1", "ordered"),
        ("referral.redeemed.v1", "followed"),
    ]
    early = country.feed(doctor, 0, 3)

    at = world.clock.now
    started_on = kyiv_day(at - timedelta(days=1))
    episode = UUID("7b1d9f4e-2c3a-4d5b-8e6f-0a1b2c3d4e5f")
    country.send(
        "episode.open",
        specialist,
        resource=episode_of_care(episode, patient, specialist, started_on=started_on),
    )
    package = write.encounter_package(
        patient, specialist, at=at, episode=episode, referral=referral
    )
    last = country.send("encounter.record", specialist, resources=package)
    country.caught_up(last)

    rest, end = country.read(doctor, resume, 1)
    assert told(rest, referral) == [("referral.completed.v1", "followed")]
    assert end == last
    whole, _ = country.read(doctor, 0, 100)
    assert whole == first + rest
    assert country.feed(doctor, 0, 3)["entries"] == early["entries"]
    assert country.read(doctor, end, 100) == ([], last)
    theirs, _ = country.read(specialist, 0, 100)
    assert told(theirs, referral) == [
        ("referral.redeemed.v1", "ordered"),
        ("referral.completed.v1", "ordered"),
    ]
    completed = next(each for each in rest if each["topic"] == "referral.completed.v1")
    asked = country.http.get(f"/commands/{completed['command_id']}").json()
    assert asked["first_position"] <= completed["position"] <= asked["last_position"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?legal_entity={id}&since=1", "request.unknown_parameter"),
        ("?after=0", "request.invalid_parameter"),
        ("?legal_entity={id}&after=x", "request.invalid_parameter"),
    ],
    ids=["unknown", "absent", "ill-typed"],
)
def test_a_malformed_question_is_a_problem(country: Country, query: str, code: str) -> None:
    """A parameter that nobody reads is refused, not passed over."""
    answer = country.http.get("/feed" + query.format(id=country.doctor.legal_entity))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_feed_is_described_with_an_example(country: Country) -> None:
    """OpenAPI lists the route, its parameters, and an answer."""
    operation = country.http.get("/openapi.json").json()["paths"]["/feed"]["get"]
    assert {each["name"] for each in operation["parameters"]} == {
        *("legal_entity", "after", "limit", "wait", "at_position", "at_time")
    }
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    country.caught_up(1)
    answered = country.feed(country.doctor)
    assert example.keys() == answered.keys()
    assert example["entries"][0].keys() == answered["entries"][0].keys()
