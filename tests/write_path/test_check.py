"""Ask beforehand: everything that would be refused, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.intake.check import Checked
from ehealth_ledger.values.json import Json, canonical
from tests.world import CLINIC_EDRPOU, World

NOBODY = "00000000-0000-4000-8000-00000000000a"


def checked(world: World, content: bytes) -> Checked:
    return world.running.checker.check(content)


def found(world: World, content: bytes) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in checked(world, content).violations]


async def begun(world: World) -> tuple[Actor, UUID, UUID]:
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    patient = await world.patient(doctor)
    return doctor, patient, await world.referral(doctor, patient)


def recall(world: World, doctor: Actor, patient: UUID, referral: UUID, **head: Any) -> bytes:
    resource = {"referral": str(referral), "patient": str(patient), "reason": "помилка"}
    content: Json = json.loads(world.author.content("referral.recall", doctor, resource=resource))
    return canonical({**content, **head})


def contents_of(world: World) -> list[tuple[Any, ...]]:
    """Count the rows of every table of ledger and vault."""
    counted: list[tuple[Any, ...]] = []
    for url, schema in ((world.urls.ledger, "ledger"), (world.urls.vault, "vault")):
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = %s "
                "ORDER BY 1",
                (schema,),
            ).fetchall()
            for (table,) in tables:
                row = connection.execute(f"SELECT count(*) FROM {schema}.{table}".encode())
                counted.append((table, row.fetchone()))
    return counted


def test_what_would_be_recorded_is_accepted_and_leaves_no_trace(world: World) -> None:
    """No row anywhere changes, the id stays free, and the signed command passes afterwards."""
    doctor, patient, referral = asyncio.run(begun(world))
    head = world.running.reader.notifications.head()
    before = contents_of(world)
    content = recall(world, doctor, patient, referral)
    answer = checked(world, content)
    assert (answer.accepted, answer.violations) == (True, ())
    assert (answer.head.position, answer.head.chain_value) == (head.position, head.chain_value)
    assert contents_of(world) == before
    container = sign_cades(content, doctor.credential)
    accepted = asyncio.run(
        world.running.intake.accept(container, "application/pkcs7-mime", client="test")
    )
    assert accepted.receipt.placement.first_position == head.position + 1


def test_faults_of_form_beyond_those_listed_are_counted(world: World) -> None:
    """Who sends very wrong content learns how much of it is wrong, listed or not."""
    doctor, patient, referral = asyncio.run(begun(world))
    extra = {f"field_{number}": number for number in range(150)}
    answer = checked(world, recall(world, doctor, patient, referral, **extra))
    assert (len(answer.violations), answer.left_off) == (101, 49)
    assert {each.code for each in answer.violations} == {"content.field_unknown"}
    few = checked(world, recall(world, doctor, patient, referral, field_1=1))
    assert (len(few.violations), few.left_off) == (1, 0)


def test_a_person_nobody_has_met_leaves_no_trace(world: World) -> None:
    """Checking a registration makes neither the person's key nor an entry of the index."""

    async def institution() -> Actor:
        return await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")

    head = asyncio.run(institution())
    before = contents_of(world)
    party = {"tax_id": "2000000009", "family": "Лікар", "given": "Новий"}
    resource = {"id": str(uuid4()), "party": party, "type": "HR"}
    content = world.author.content("employee.register", head, resource=resource)
    checked(world, content)
    assert contents_of(world) == before


Change = Callable[[Json], object]
# What is wrong with the content | every violation of it
MALFORMED: list[tuple[str, Change, list[tuple[str, str]]]] = [
    (
        "three fields at once",
        lambda c: (
            c.__setitem__("extra", 1),
            c["resource"].pop("reason"),
            c["resource"].__setitem__("patient", "x"),
        ),
        [
            ("content.field_missing", "$.resource.reason"),
            ("content.field_unknown", "$.extra"),
            ("content.field_invalid", "$.resource.patient"),
        ],
    ),
    (
        "an unknown command",
        lambda c: c.__setitem__("command", "referral.frame"),
        [("content.command_unknown", "$.command")],
    ),
    (
        "another version",
        lambda c: c.__setitem__("version", 2),
        [("content.version_unknown", "$.version")],
    ),
]
LAWLESS: list[tuple[str, Change, list[tuple[str, str]]]] = [
    (
        "another patient",
        lambda c: c["resource"].__setitem__("patient", NOBODY),
        [("referral.of_other_patient", "$.resource.patient")],
    ),
    (
        "no such referral",
        lambda c: c["resource"].__setitem__("referral", NOBODY),
        [("referral.unknown", "$.resource.referral")],
    ),
    ("nobody", lambda c: c.__setitem__("employee", NOBODY), [("actor.unknown", "$.employee")]),
    (
        "for another ledger, issued ahead, by nobody",
        lambda c: (
            c.__setitem__("ledger", NOBODY),
            c.__setitem__("issued_at", "2099-01-01T00:00:00+00:00"),
            c.__setitem__("employee", NOBODY),
        ),
        [
            ("content.other_ledger", "$.ledger"),
            ("content.issued_in_future", "$.issued_at"),
            ("actor.unknown", "$.employee"),
        ],
    ),
]


@pytest.mark.parametrize(
    "change",
    [each[1] for each in (*MALFORMED, *LAWLESS)],
    ids=[each[0] for each in (*MALFORMED, *LAWLESS)],
)
def test_every_violation_is_listed(world: World, change: Change) -> None:
    """All that is wrong comes at once, each with its place."""
    doctor, patient, referral = asyncio.run(begun(world))
    content: Json = json.loads(recall(world, doctor, patient, referral))
    change(content)
    expected = next(each[2] for each in (*MALFORMED, *LAWLESS) if each[1] is change)
    assert sorted(found(world, canonical(content))) == sorted(expected)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "content.not_json"),
        (b"[]", "content.not_json"),
        (b"\xff", "content.not_utf8"),
        (b'{"a":1,"a":2}', "content.duplicate_key"),
    ],
)
def test_bytes_that_are_no_content(world: World, content: bytes, code: str) -> None:
    """What is no JSON object is answered as everything else: by its code, at a position."""
    answer = checked(world, content)
    assert [each.code for each in answer.violations] == [code]
    assert answer.head.position > 0


def test_several_broken_rules_of_a_law_are_listed(world: World) -> None:
    """A law goes on after a broken rule: what is wrong in two ways says both."""
    doctor, patient, _ = asyncio.run(begun(world))
    resource = write.service_request(
        uuid4(), patient, doctor, authored_on=world.clock.now + timedelta(days=2), days=-400
    )
    resource["id"] = str(patient)  # an id that is taken
    content = world.author.content("referral.issue", doctor, resource=resource)
    codes = {code for code, _ in found(world, content)}
    assert len(codes) >= 2, codes


def test_a_taken_command_id_is_named__command__conflict(world: World) -> None:
    """The same content would get its receipt; other content under the id is a conflict."""

    async def recorded() -> tuple[bytes, Actor, UUID, UUID]:
        doctor, patient, referral = await begun(world)
        resource = {"referral": str(referral), "patient": str(patient), "reason": "помилка"}
        signed = world.author.sign("referral.recall", doctor, resource=resource)
        await world.post(signed)
        return world.verify(signed).signed_bytes, doctor, patient, referral

    content, doctor, patient, referral = asyncio.run(recorded())
    assert checked(world, content).accepted
    command_id = json.loads(content)["command_id"]
    other = recall(world, doctor, patient, referral, command_id=command_id)
    assert found(world, other) == [("command.conflict", "$.command_id")]


def test_a_command_of_the_system_is_nobodys_to_ask_for(world: World) -> None:
    """Whoever asks for what the system does by itself is told who does it."""
    asyncio.run(begun(world))
    content = canonical(
        {
            "command": "referral.expire",
            "version": 1,
            "command_id": str(uuid4()),
            "ledger": str(world.author.ledger),
            "issued_at": "2026-01-01T00:00:00+00:00",
            "reason": {"position": 1, "rule": "referral.expiry"},
            "resource": {"referral": NOBODY, "patient": NOBODY},
        }
    )
    assert found(world, content) == [("system.signed_by_staff", "$.command")]


def test_a_later_check_sees_what_was_recorded_meanwhile(world: World) -> None:
    """Each answer is true of the position it names, also with streams remembered from before."""
    doctor, patient, referral = asyncio.run(begun(world))
    content = recall(world, doctor, patient, referral)
    assert checked(world, content).accepted
    resource = {"referral": str(referral), "patient": str(patient), "reason": "інше"}

    async def meanwhile() -> None:
        await world.send("referral.recall", doctor, resource=resource)

    asyncio.run(meanwhile())
    answer = checked(world, content)
    assert [each.code for each in answer.violations] == ["referral.not_active"]
    assert answer.head.position == world.running.reader.notifications.head().position
