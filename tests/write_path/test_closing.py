"""An institution closes: its people are dismissed by the system, their declarations end, and all of
it proves.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ehealth_ledger.aggregates.legal_entity import registration, standing
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.demo import acts
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources import registry as write
from ehealth_ledger.entrypoints.demo.resources.registry import decision
from ehealth_ledger.errors import Refused
from ehealth_ledger.store.secrets import read_secret
from ehealth_ledger.values.time import Month, day_begins, kyiv_day
from tests.countries import registry
from tests.world import World
from tests.write_path.country import codes, commit, settle, superuser
from tests.write_path.test_money import facts_of, refused
from tests.write_path.test_tick import findings


def _rows(world: World, statement: str, *asked: object) -> list[tuple[Any, ...]]:
    with superuser(world) as connection:
        return connection.execute(statement.encode(), asked).fetchall()


def test_a_closed_institution_ends_its_employments_and_their_declarations(world: World) -> None:
    """Closing makes the dismissals due; the tick does them, once; each ends its declarations."""
    country = asyncio.run(settle(world))
    clinic, doctor = country.clinic, country.doctor
    patients = [asyncio.run(world.patient(doctor)) for _ in range(3)]
    declared = {asyncio.run(world.declaration(doctor, each)) for each in patients}
    live = "SELECT declaration FROM live_declarations"
    assert {row[0] for row in _rows(world, live)} == declared
    asyncio.run(registry.decide(world, "legal_entity.close", clinic.legal_entity))
    # Until the system acts the declarations stand, but nobody of the institution orders anything.
    assert {row[0] for row in _rows(world, live)} == declared
    assert codes(commit(world, [country.patient_registration()])) == [
        "actor.legal_entity_not_active"
    ]

    done = world.tick()
    assert done.recorded == 2, done  # the head and the doctor
    assert _rows(world, live) == []
    ended = _rows(world, "SELECT stream_id FROM records WHERE topic = 'declaration.terminated.v1'")
    assert {row[0] for row in ended} == declared
    dismissed = _rows(world, "SELECT stream_id FROM records WHERE topic = 'employee.dismissed.v1'")
    assert {row[0] for row in dismissed} == {clinic.employee, doctor.employee}
    # A declaration ends in the commit of its doctor's dismissal.
    together = _rows(
        world,
        "SELECT count(DISTINCT command_id) FROM records WHERE topic = 'declaration.terminated.v1' "
        "AND command_id IN (SELECT command_id FROM records WHERE stream_id = %s)",
        doctor.employee,
    )
    assert together == [(1,)]
    assert _rows(world, "SELECT FROM deadlines WHERE kind = 'employee.dismiss_by_closing'") == []
    employed = _rows(world, "SELECT FROM employments WHERE legal_entity = %s", clinic.legal_entity)
    assert employed == []
    assert world.tick().recorded == 0

    master_key = read_secret(world.settings.master_key_file)
    assert not verify_ledger(world.urls, master_key, progress=lambda *_: None).findings
    # The patients are free to choose again.
    other = asyncio.run(world.institution("30000009", "PRIMARY_CARE", "2000000031"))
    successor = asyncio.run(world.employee(other, "DOCTOR", "2000000032"))
    again = asyncio.run(world.declaration(successor, patients[0]))
    assert {row[0] for row in _rows(world, live)} == {again}


def test_an_institution_that_closes_ends_its_contracts_in_the_same_commit(world: World) -> None:
    """What it earned before stands; the months to come are let go, and later acts earn nothing."""
    country = asyncio.run(settle(world))
    contract = asyncio.run(world.contract(country.hospital))
    hospital = country.hospital.legal_entity
    due = "SELECT due_at FROM deadlines WHERE kind = 'global_rate.run' ORDER BY due_at"
    earlier = _rows(world, due)
    accepted = asyncio.run(registry.decide(world, "legal_entity.close", hospital))
    placement = accepted.receipt.placement
    topics = [
        topic
        for (topic,) in _rows(
            world,
            "SELECT topic FROM records WHERE position BETWEEN %s AND %s ORDER BY position",
            placement.first_position,
            placement.last_position,
        )
    ]
    assert topics == ["legal_entity.closed.v1", "contract.terminated.v1"]
    today = kyiv_day(world.clock.now)
    bought = _rows(world, "SELECT contract, last_day FROM contracts")
    assert bought == [(contract, today)]
    later = _rows(world, due)
    assert later == [each for each in earlier if each[0] < day_begins(today + timedelta(days=1))]
    assert len(earlier) - len(later) == 12 - today.month
    assert findings(world) == []


def test_a_request_of_the_batch_in_which_its_institution_ends_is_declined(world: World) -> None:
    """The institution's open requests were looked up before this one was made."""
    country = asyncio.run(settle(world))
    hospital = country.hospital.legal_entity
    asyncio.run(world.division(country.hospital))
    request, month = uuid4(), Month(country.month)
    asked = acts.request_contract(world.author, world.heads[hospital], request, uuid4(), month)
    closing = country.sign("legal_entity.close", world.payer, resource=decision(hospital))
    assert codes(commit(world, [asked, closing])) == ["accepted", "accepted"]
    told = "SELECT topic FROM records WHERE stream_id = %s ORDER BY stream_version"
    assert _rows(world, told, request) == [("contract.requested.v1",), ("contract.declined.v1",)]
    assert _rows(world, "SELECT FROM open_contract_requests") == []
    assert findings(world) == []


def test_a_suspended_institution_s_contract_rests_until_it_is_resumed(world: World) -> None:
    """The payer's own suspension of another contract is not lifted by resuming the institution."""
    country = asyncio.run(settle(world))
    hospital = country.hospital.legal_entity
    asyncio.run(world.contract(country.hospital))
    year = world.clock.now.year + 1
    days = {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
    other = asyncio.run(world.contract(country.hospital, **days))
    alone = {"contract": str(other), "reason": "Перевірка"}
    asyncio.run(world.send("contract.suspend", world.payer, resource=alone))
    rests = (
        "SELECT DISTINCT ON (c.first_day) s.suspended FROM contracts c "
        "JOIN contract_suspensions s USING (contract) ORDER BY c.first_day, s.position DESC"
    )
    asyncio.run(registry.decide(world, "legal_entity.suspend", hospital))
    assert _rows(world, rests) == [(True,), (True,)]
    asyncio.run(registry.decide(world, "legal_entity.resume", hospital))
    assert _rows(world, rests) == [(False,), (True,)]
    assert findings(world) == []


def test_a_contract_waits_until_the_new_head_has_signed_it_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts of the days between earn nothing; an amendment under the same number ends the wait."""
    country = asyncio.run(settle(world))
    hospital = country.hospital.legal_entity
    asyncio.run(world.tariff())
    contract = asyncio.run(world.contract(country.hospital))

    def earned() -> str:
        accepted = asyncio.run(country.treated())
        (told,) = (
            each.TOPIC for each in facts_of(world, accepted) if each.TOPIC.startswith("charge.")
        )
        return told

    def led_by(tax_id: str) -> None:
        new = Actor(uuid4(), hospital, world.credential("Новий Керівник", tax_id))
        head = {"id": str(new.employee), "party": write.party(tax_id, "Новий", "Керівник")}
        former = str(world.heads[hospital].employee)
        change = registry.decide(
            world, "legal_entity.change_head", hospital, former=former, head=head
        )
        asyncio.run(change)
        world.heads[hospital] = new

    amendment = {"contract": str(contract), "contract_number": "T-1"}
    led_by("2000000091")
    assert earned() == "charge.withheld.v2"
    resumed = {"contract": str(contract), "reason": "Просять"}
    refusal = asyncio.run(refused(world, "contract.resume", world.payer, **resumed))
    assert refusal == ("contract.head_changed", "$.resource.contract")
    asyncio.run(world.contract(country.hospital, **amendment))
    assert earned() == "charge.accrued.v2"
    told = "SELECT topic FROM records WHERE stream_id = %s ORDER BY stream_version"
    assert [topic for (topic,) in _rows(world, told, contract)] == [
        *("contract.concluded.v1", "contract.suspended.v1", "contract.amended.v1"),
        "contract.resumed.v1",
    ]
    assert findings(world) == []
    # An operator who lets a contract go on under another head, unsigned, is found.
    monkeypatch.setattr(registration, "suspended_by_head", lambda *_: [])
    led_by("2000000092")
    assert earned() == "charge.accrued.v2"
    (found,) = findings(world)
    assert "its contracts do not end, rest or go on with the institution" in found


def test_a_contract_suspended_by_itself_too_outlasts_its_institution_s_suspension(
    world: World,
) -> None:
    """It is resumed by itself, and not while nothing is paid to the institution."""
    country = asyncio.run(settle(world))
    hospital = country.hospital.legal_entity
    contract = asyncio.run(world.contract(country.hospital))
    alone = {"contract": str(contract), "reason": "Перевірка"}
    rests = "SELECT suspended FROM contract_suspensions ORDER BY position DESC LIMIT 1"
    asyncio.run(registry.decide(world, "legal_entity.suspend", hospital))
    refusal = asyncio.run(refused(world, "contract.resume", world.payer, **alone))
    assert refusal == ("contract.legal_entity_suspended", "$.resource.contract")
    asyncio.run(world.send("contract.suspend", world.payer, resource=alone))
    asyncio.run(registry.decide(world, "legal_entity.resume", hospital))
    assert _rows(world, rests) == [(True,)]
    asyncio.run(world.send("contract.resume", world.payer, resource=alone))
    assert _rows(world, rests) == [(False,)]
    assert findings(world) == []


def test_what_a_closed_institution_had_asked_for_is_declined_with_it(world: World) -> None:
    """What was concluded or declined before stands."""
    country = asyncio.run(settle(world))
    hospital = country.hospital
    asyncio.run(world.contract(hospital))
    other = {"packages": ["surgery"], "kind": "MEDICAL_SERVICES"}
    year = world.clock.now.year + 1
    days = {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
    refused_before, _ = asyncio.run(world.contract_request(hospital, **other, **days))
    reason = {"request": str(refused_before), "reason": "Пакет закуплено"}
    asyncio.run(world.send("contract.decline", world.payer, resource=reason))
    waiting, _ = asyncio.run(world.contract_request(hospital, **other, **days))
    open_requests = "SELECT request FROM open_contract_requests"
    assert _rows(world, open_requests) == [(waiting,)]
    asyncio.run(registry.decide(world, "legal_entity.close", hospital.legal_entity))
    assert _rows(world, open_requests) == []
    declined = (
        "SELECT stream_id FROM records WHERE topic = 'contract.declined.v1' ORDER BY position"
    )
    assert _rows(world, declined) == [(refused_before,), (waiting,)]
    signing = {"request": str(waiting), "plan": [], "number": "T-9"}
    with pytest.raises(Refused) as refusal:
        asyncio.run(world.send("contract.sign", world.payer, version=2, resource=signing))
    assert (refusal.value.code, refusal.value.path) == (
        "contract.request_not_open",
        "$.resource.request",
    )
    assert findings(world) == []


def test_a_request_that_outlives_its_institution_is_found(world: World) -> None:
    """Nobody could ever sign it: the log contradicts itself."""
    country = asyncio.run(settle(world))
    asyncio.run(world.contract_request(country.hospital))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "declined_with", lambda *_: [])
        asyncio.run(registry.decide(world, "legal_entity.close", country.hospital.legal_entity))
    (found,) = findings(world)
    assert found.startswith("fact.contradicted at records/")
    assert found.endswith("its open requests do not end with the institution")


def test_a_contract_that_does_not_follow_its_institution_is_found(world: World) -> None:
    """An operator who lets a contract outlive its institution contradicts the log."""
    country = asyncio.run(settle(world))
    asyncio.run(world.contract(country.hospital))
    hospital = country.hospital.legal_entity
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "ended_with", lambda *_: [])
        asyncio.run(registry.decide(world, "legal_entity.close", hospital))
    (found,) = findings(world)
    assert found.startswith("fact.contradicted at records/")
    assert found.endswith("its contracts do not end, rest or go on with the institution")
