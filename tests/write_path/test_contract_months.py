"""A month that is paid as such, on a real ledger: due once, as it stood when the month began."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest

from ehealth_ledger.aggregates import capitation, contract_month
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.errors import Refusal, RuleBroken
from ehealth_ledger.events.capitation import CapitationSettled
from ehealth_ledger.events.charge import ChargeAccrued, ChargeFlagged
from ehealth_ledger.events.global_rate import GlobalRateReckoned
from ehealth_ledger.intake.answers import Answer
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.intake.tick import Done
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.deadlines import BEGINNING, Due, read_due
from ehealth_ledger.store.lookups import billing
from ehealth_ledger.values.time import day_begins, from_microseconds
from tests.countries.capitation import Practice, living_on, reach, release, settled
from tests.countries.erasure import erase, second_person
from tests.world import HOSPITAL_EDRPOU, StatedAs, World
from tests.write_path.country import codes, commit, superuser
from tests.write_path.test_tick import findings

PAGE = Path(__file__).parents[2] / "docs" / "CAPITATION-2018.md"
SEPTEMBER, OCTOBER, NOVEMBER = (date(2018, month, 1) for month in (9, 10, 11))


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger in September 2018."""
    with living_on(tmp_path, database, date(2018, 9, 10)) as founding:
        yield founding


async def practising(world: World, *born: date) -> tuple[Practice, list[tuple[Any, int]]]:
    """Conclude a contract from October on, and declare patients in September."""
    practice = await settled(world)
    await release(world)
    await practice.concluded(OCTOBER, date(2018, 12, 31))
    held = []
    for each in born:
        patient = await practice.patient(each)
        held.append((patient, await practice.declared(patient)))
    return practice, held


def test_the_page_recomputed_by_hand_comes_out_of_a_real_statement(world: World) -> None:
    """Ten declarations signed in September 2018; the statement says the page's figures exactly."""
    page = PAGE.read_text(encoding="utf-8")
    people = re.findall(r"\| \d+ \| (\d{4}-\d\d-\d\d) \| (yes|no) \| \d+ \| \S+ \|", page)
    rows = re.findall(r"\| (\S+) \| (yes|no) \| (\d+) \| .+ \| .+ \| (\d+) \|", page)

    async def september() -> Practice:
        practice, _ = await practising(world)
        for born, mountain in people:
            patient = await practice.patient(date.fromisoformat(born))
            await practice.declared(patient, mountain=mountain == "yes")
        return practice

    practice = asyncio.run(september())
    reach(world.clock, date(2018, 10, 17), 9)  # the run is late: no input of the count
    assert world.tick().recorded == 1
    charges = practice.charges("2018-10")
    assert {(each.band, each.mountain): (each.quantity, each.amount) for each in charges} == {
        (band, mountain == "yes"): (int(count), int(line)) for band, mountain, count, line in rows
    }

    statement = asyncio.run(_stated(practice)).fact
    assert statement.count == len(rows)
    assert f"Total: {statement.total} kopiykas" in page
    assert findings(world) == []


async def _stated(practice: Practice) -> StatedAs:
    """Close October and form its statement."""
    world = practice.world
    await world.cut_off("2018-10", world.clock.now + timedelta(hours=1))
    world.clock.ahead += timedelta(hours=2)
    return await world.statement(practice.contract, "2018-10", package="1")


def test_a_line_of_capitation_is_denied_claimed_again_and_corrected_like_any_other(
    world: World,
) -> None:
    """A declaration found wrong later is people's matter; the closed month stands."""
    practice, _ = asyncio.run(practising(world, date(1990, 1, 5), date(1950, 1, 5)))
    reach(world.clock, OCTOBER, 3)
    world.tick()
    young, old = practice.charges("2018-10")

    async def reviewed() -> None:
        stated = await _stated(practice)
        await world.countersign(practice.head, stated)
        denial = {"charge": str(young.charge), "reason": "duplicate_service", "explanation": "?"}
        review = {"statement": str(stated.fact.statement), "digest": stated.fact.digest}
        await world.send("statement.review", world.payer, resource={**review, "denied": [denial]})
        again = {"charge": str(young.charge), "explanation": "Декларація чинна"}
        await world.send("charge.resubmit", practice.head, resource=again)
        corrected = {
            "id": str(uuid4()),
            "charge": str(old.charge),
            "amount": -100,
            "reason": "price_corrected",
            "explanation": "Декларація виявилась помилковою",
        }
        await world.send("charge.adjust", world.payer, resource=corrected)

    asyncio.run(reviewed())
    *_, claimed = practice.charges("2018-10")
    assert (claimed.attempt, claimed.acts, claimed.amount) == (2, young.acts, young.amount)
    assert claimed.period == "2018-11"
    assert findings(world) == []


def test_a_month_is_counted_as_it_stood_when_it_began(world: World) -> None:
    """What came later is of the next month: who came, who left, a birth date, a mountain flag."""
    born = date(1990, 1, 5)

    async def story() -> tuple[Practice, int, int, int]:
        practice, [(stays, first), (leaves, second)] = await practising(world, born, born)
        reach(world.clock, date(2018, 9, 30), 23)
        eve = await practice.declared(await practice.patient(born))
        reach(world.clock, OCTOBER, 8)
        await practice.declared(await practice.patient(born))
        await practice.left(second, leaves)
        await practice.flagged(practice.valley, mountain=True)
        younger = write.patient(
            stays, family="Пацієнт", given="Тест", birth_date=date(2001, 1, 5), gender="female"
        )
        resource = {key: value for key, value in younger.items() if key != "id"}
        await world.send("patient.update", practice.doctor, resource={**resource, "id": str(stays)})
        return practice, first, second, eve

    practice, first, second, eve = asyncio.run(story())
    reach(world.clock, date(2018, 11, 20), 9)
    assert world.tick().recorded == 2  # October and November, both late
    october, november = practice.counts()
    (line,) = practice.charges("2018-10")
    assert (line.acts, line.band, line.mountain) == ((first, second, eve), "18-39", False)
    assert (october.declared, november.declared) == (3, 3)
    lines = {each.band: each for each in practice.charges("2018-11")}
    assert lines["6-17"].acts == (first,)
    assert (lines["18-39"].quantity, lines["18-39"].mountain) == (2, True)
    assert second not in lines["18-39"].acts
    assert findings(world) == []


def test_a_declaration_that_waits_counts_from_when_it_holds(world: World) -> None:
    """Pending is not in force; the payer's word makes it so."""

    async def story() -> tuple[Practice, int]:
        practice, _ = await practising(world)
        patient = uuid4()
        resource = write.patient(
            patient,
            family="Паперовий",
            given="Тест",
            birth_date=date(1990, 1, 5),
            gender="male",
            no_tax_id="REFUSED",
        )
        await world.send("patient.register", practice.doctor, resource=resource)
        position = await practice.declared(patient)
        reach(world.clock, date(2018, 10, 5), 9)
        named = {"declaration": str(practice.signed[position]), "patient": str(patient)}
        await world.send("declaration.approve", world.payer, resource=named)
        return practice, position

    practice, position = asyncio.run(story())
    reach(world.clock, NOVEMBER, 1)
    world.tick()
    assert practice.charges("2018-10") == []
    (line,) = practice.charges("2018-11")
    assert line.acts == (position,)
    assert findings(world) == []


def test_a_suspended_month_is_withheld_and_an_ended_one_not_due(world: World) -> None:
    """Every month that was due has a record: October is paid, November says why it is not."""

    async def story() -> Practice:
        practice, _ = await practising(world, date(1990, 1, 5))
        reach(world.clock, date(2018, 10, 20), 9)
        named = {"contract": str(practice.contract), "reason": "Перевірка"}
        await world.send("contract.suspend", world.payer, resource=named)
        reach(world.clock, date(2018, 11, 5), 9)
        await world.send("contract.resume", world.payer, resource=named)
        ending = {**named, "last_day": "2018-11-30"}
        await world.send("contract.terminate", world.payer, resource=ending)
        return practice

    practice = asyncio.run(story())
    reach(world.clock, date(2018, 12, 20), 9)
    assert world.tick().recorded == 2
    assert [(each.period, each.packages[0].withheld) for each in practice.counts()] == [
        ("2018-10", None),
        ("2018-11", "contract_suspended"),
    ]
    assert world.tick() == Done()
    assert findings(world) == []


def test_a_contract_concluded_late_is_counted_by_its_conclusion(world: World) -> None:
    """Its first month began before it was signed; the declarations stood in the log already."""

    async def story() -> Practice:
        practice = await settled(world)
        await release(world)
        await practice.declared(await practice.patient(date(1990, 1, 5)))
        reach(world.clock, date(2018, 10, 9), 9)
        await practice.concluded(OCTOBER, date(2018, 12, 31))
        return practice

    practice = asyncio.run(story())
    assert world.tick().recorded == 1
    assert [each.quantity for each in practice.charges("2018-10")] == [1]
    assert findings(world) == []


def test_a_doctor_added_by_an_amendment_counts_from_the_next_month(world: World) -> None:
    """A late run sees the contract as it stood; its limit is of then."""

    async def story() -> Practice:
        practice, _ = await practising(world, date(1990, 1, 5), date(1991, 1, 5))
        reach(world.clock, date(2018, 10, 3), 9)
        first = practice.contract
        places = [str(practice.valley), str(practice.mountains)]
        await _amended(practice, first, places)
        return practice

    async def _amended(practice: Practice, contract: Any, places: list[str]) -> None:
        wish = {
            "kind": "CAPITATION",
            "packages": ["1"],
            "contract": str(contract),
            "contract_number": "T-1",
            "divisions": places,
            "employees": [practice.post(practice.valley, limit=1)],
            "first_day": None,
            "last_day": None,
        }
        await world.contract(practice.head, **wish)

    practice = asyncio.run(story())
    reach(world.clock, date(2018, 11, 9), 9)
    assert world.tick().recorded == 2
    october, november = practice.counts()
    assert (october.packages[0].counted, october.packages[0].beyond) == (2, ())
    assert november.packages[0].counted == 1
    assert len(november.packages[0].beyond) == 1
    assert findings(world) == []


def test_an_erased_patient_is_named_and_not_counted(world: World) -> None:
    """The key is gone when the month is counted; and when it goes later, the audit still agrees."""
    practice, [(first, one), (second, other)] = asyncio.run(
        practising(world, date(1990, 1, 5), date(1950, 1, 5))
    )
    reach(world.clock, OCTOBER, 2)
    asyncio.run(_erase(practice, first, one))
    reach(world.clock, OCTOBER, 5)
    world.tick()
    (counted,) = practice.counts()
    assert [(each.reason, each.acts) for each in counted.uncounted] == [("erased", (one,))]
    assert [each.acts for each in practice.charges("2018-10")] == [(other,)]
    assert findings(world) == []
    asyncio.run(_erase(practice, second, other))
    assert findings(world) == []


async def _erase(practice: Practice, patient: UUID, declared: int) -> None:
    """Terminate the patient's declaration and let two people of the payer erase the patient."""
    world = practice.world
    await practice.left(declared, patient)
    await erase(world, await second_person(world), patient)


def test_two_ticks_at_once_count_a_month_once(world: World) -> None:
    """Both find October due; one records it, the other gets the receipt that stands."""
    practice, _ = asyncio.run(practising(world, date(1990, 1, 5)))
    reach(world.clock, OCTOBER, 3)
    barrier, done = Barrier(2), list[Done]()

    def tick() -> None:
        with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
            barrier.wait()
            done.append(scheduler.run(scheduler.now()))

    threads = [Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.recorded for each in done) == 1
    assert all(not each.refused and not each.undecided for each in done)
    assert len(practice.counts()) == 1
    assert len(practice.charges("2018-10")) == 1
    assert findings(world) == []


def test_a_contract_s_roll_is_called_before_the_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of declarations are read while others commit; under the lock nobody reads them."""
    practice, _ = asyncio.run(practising(world, date(1990, 1, 5)))
    reach(world.clock, OCTOBER, 3)
    with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
        commit = scheduler._commit

        def under_the_lock(submissions: Sequence[Submission]) -> list[Answer]:
            monkeypatch.setattr(billing, "_DECLARED", "SELECT 'nobody may ask now'")
            return commit(submissions)

        scheduler._commit = under_the_lock
        assert scheduler.run(scheduler.now()).recorded == 1
    monkeypatch.undo()
    assert [each.quantity for each in practice.charges("2018-10")] == [1]
    assert findings(world) == []


def _due(world: World) -> Due:
    with superuser(world) as connection, connection.cursor() as cursor:
        mapper = world.running.reader.mapper
        (due,) = read_due(cursor, mapper, until=world.clock(), after=BEGINNING, limit=9)
    return due


def test_a_month_cannot_be_reckoned_twice__contract_month__already_reckoned(world: World) -> None:
    """Another command for the same month, as if its deadline had been set anew, is refused."""
    practice, _ = asyncio.run(practising(world, date(1990, 1, 5)))
    reach(world.clock, OCTOBER, 3)
    due = _due(world)
    assert from_microseconds(due.due_at) == from_microseconds(day_begins(OCTOBER))
    assert world.tick().recorded == 1
    with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
        again = scheduler._submissions(due._replace(position=due.position - 1))
        (answer,) = scheduler._commit(again)
    assert isinstance(answer, Refusal)
    assert (answer.code, dict(answer.evidence)["expected"]) == (
        "contract_month.already_reckoned",
        "a month that is not reckoned yet",
    )
    assert len(practice.counts()) == 1


def test_the_database_holds_no_birth_date(world: World) -> None:
    """What a count needs is the month from which an age counts; the table takes nothing else."""
    asyncio.run(practising(world, date(1990, 1, 5)))
    with superuser(world) as connection:
        rows = connection.execute("SELECT ages_from FROM patient_ages").fetchall()
        assert rows == [(date(1990, 2, 1),)]
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(
                "INSERT INTO patient_ages VALUES (gen_random_uuid(), 1, '1990-01-05')"
            )


def test_guard_contract_months_once_refuses_contract_month__already_reckoned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A law that looked for the month under another name would find nothing; the table does."""
    practice, _ = asyncio.run(practising(world, date(1990, 1, 5)))
    reach(world.clock, OCTOBER, 3)
    due = _due(world)
    assert world.tick().recorded == 1

    def otherwise(contract: UUID, period: str) -> UUID:
        return uuid5(contract, period)

    for layer in ("aggregates", "events"):
        name = f"ehealth_ledger.{layer}.contract_month.contract_month_stream"
        monkeypatch.setattr(name, otherwise)
    with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
        again = scheduler._submissions(due._replace(position=due.position - 1))
        (answer,) = scheduler._commit(again)
    assert isinstance(answer, Refusal)
    assert answer.code == "contract_month.already_reckoned"
    assert answer.evidence["guard"] == "contract_months_once"
    assert len(practice.charges("2018-10")) == 1


def test_a_global_rate_is_charged_for_each_month_that_begins(world: World) -> None:
    """A hospital's readiness is paid by the month, with the correction that its contract names."""

    async def story() -> Any:
        hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
        icu = {"code": "icu", "value": "1.102"}
        terms = {"kind": "global", "rate": 15_000_000, "corrections": [icu]}
        released = {
            "id": str(uuid4()),
            "package": write.PACKAGE,
            "first_day": "2018-01-01",
            "last_day": "2018-12-31",
            "order": "№ 1",
            "trust": "invented",
            "terms": terms,
        }
        await world.send("tariff.release", world.payer, resource=released)
        named = [{"package": write.PACKAGE, "code": "icu"}]
        return await world.contract(
            hospital, corrections=named, first_day="2018-10-01", last_day="2018-12-31"
        )

    contract = asyncio.run(story())
    reach(world.clock, date(2018, 11, 2), 9)
    assert world.tick().recorded == 2
    door = world.running.reader.notifications
    facts = [each.fact for each in door.read(door.beginning(), 10_000)]
    months = [each for each in facts if isinstance(each, GlobalRateReckoned)]
    charges = [each for each in facts if isinstance(each, ChargeAccrued)]
    assert [each.period for each in months] == ["2018-10", "2018-11"]
    assert [(each.contract, each.kind, each.amount, each.day) for each in charges] == [
        (contract, "global", 16_530_000, OCTOBER),
        (contract, "global", 16_530_000, NOVEMBER),
    ]
    tariff = charges[0].tariff
    assert [(each.code, each.value, each.tariff) for each in charges[0].coefficients] == [
        ("icu", "1.102", tariff)
    ]
    assert findings(world) == []


def _settling(practice: Practice, period: str = "2018-10") -> dict[str, Any]:
    return {
        "contract": str(practice.contract),
        "period": period,
        "explanation": "Тариф опубліковано заднім числом",
    }


async def _withheld(world: World) -> Practice:
    """Count October, of which no tariff was known."""
    practice = await settled(world)
    await practice.concluded(OCTOBER, date(2018, 12, 31))
    for born in (date(1990, 1, 5), date(1950, 1, 5)):
        await practice.declared(await practice.patient(born))
    reach(world.clock, OCTOBER, 3)
    assert world.tick().recorded == 1
    return practice


def test_a_month_that_waited_for_its_tariff_is_settled_once(world: World) -> None:
    """As of the same record as the count, whoever came or changed since; paid in the open month."""

    async def story() -> Practice:
        practice = await _withheld(world)
        with pytest.raises(RuleBroken) as refusal:
            await world.send("month.settle", world.payer, resource=_settling(practice))
        assert refusal.value.code == "contract_month.still_no_tariff"
        await practice.declared(await practice.patient(date(2016, 1, 5)))
        await practice.flagged(practice.valley, mountain=True)
        await world.cut_off("2018-10", world.clock.now + timedelta(hours=1))
        world.clock.ahead += timedelta(hours=2)
        await release(world)
        await world.send("month.settle", world.payer, resource=_settling(practice))
        for asked, code in (
            (_settling(practice), "contract_month.already_settled"),
            (_settling(practice, "2018-11"), "contract_month.not_reckoned"),
        ):
            with pytest.raises(RuleBroken) as refusal:
                await world.send("month.settle", world.payer, resource=asked)
            assert refusal.value.code == code
        return practice

    practice = asyncio.run(story())
    (withheld,) = practice.counts()
    (found,) = [each for _, each in practice.facts() if isinstance(each, CapitationSettled)]
    charges = practice.charges("2018-10")
    assert (found.as_of, found.declared) == (withheld.as_of, 2)
    assert [(each.package, each.counted) for each in found.packages] == [("1", 2)]
    assert {each.period for each in charges} == {"2018-11"}
    assert [each.mountain for each in charges] == [False, False]
    assert sum(each.amount for each in charges) == found.packages[0].amount > 0
    assert findings(world) == []


def _over(practice: Practice) -> list[tuple[str, dict[str, str]]]:
    """Read which charges of the log are flagged, by band, and what was found."""
    bands = {
        fact.charge: str(fact.band)
        for _, fact in practice.facts()
        if isinstance(fact, ChargeAccrued)
    }
    return [
        (bands[fact.charge], {each.name: each.value for each in fact.evidence})
        for _, fact in practice.facts()
        if isinstance(fact, ChargeFlagged)
    ]


def test_a_month_beyond_its_plan_is_flagged_when_counted_and_when_settled(world: World) -> None:
    """The lines of one month add up; the auditor counts the month, and its flags, again."""

    async def story() -> Practice:
        practice = await settled(world)
        plan = [
            {"package": "1", "period": "2018-10", "amount": 5_000},
            {"package": "1", "period": "2018-11", "amount": 100_000},
        ]
        await practice.concluded(OCTOBER, date(2018, 12, 31), plan=plan)
        for born in (date(1990, 1, 5), date(1950, 1, 5)):
            await practice.declared(await practice.patient(born))
        reach(world.clock, OCTOBER, 3)
        assert world.tick().recorded == 1
        await release(world)
        await world.send("month.settle", world.payer, resource=_settling(practice))
        reach(world.clock, NOVEMBER, 3)
        assert world.tick().recorded == 1
        return practice

    practice = asyncio.run(story())
    (young, old), november = practice.charges("2018-10"), practice.charges("2018-11")
    total = young.amount + old.amount
    assert young.amount < 5_000 < total
    assert sum(each.amount for each in november) == total
    assert _over(practice) == [(str(old.band), {"planned": "5000", "total": str(total)})]
    assert findings(world) == []


def test_a_month_that_is_counted_without_its_flag_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who spares a month its flag is contradicted by plan and charges."""

    async def september() -> None:
        practice = await settled(world)
        await release(world)
        plan = [{"package": "1", "period": "2018-10", "amount": 1}]
        await practice.concluded(OCTOBER, date(2018, 12, 31), plan=plan)
        await practice.declared(await practice.patient(date(1990, 1, 5)))

    asyncio.run(september())
    reach(world.clock, OCTOBER, 3)
    with monkeypatch.context() as patch:
        patch.setattr(capitation, "watched", lambda _, facts, __: facts)
        assert world.tick().recorded == 1
    (found,) = findings(world)
    assert found.startswith("due.invalid at records/")
    assert found.endswith("its law yields other facts")


def test_a_settled_month_that_the_law_would_not_give_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who settles for one patient less is contradicted by the log."""
    practice = asyncio.run(_withheld(world))
    asyncio.run(release(world))
    declared = billing.Billing.declared
    with monkeypatch.context() as patch:
        patch.setattr(billing.Billing, "declared", lambda *asked: declared(*asked)[1:])
        asyncio.run(world.send("month.settle", world.payer, resource=_settling(practice)))
    (found,) = findings(world)
    assert found.startswith("charge.altered at records/")
    assert found.endswith("its law yields other facts")


def test_a_month_is_settled_though_a_patient_was_erased(world: World) -> None:
    """Whose age nobody knows is named; an erasure afterwards leaves the settlement provable."""
    practice = asyncio.run(_withheld(world))
    first, last = practice.signed
    second = asyncio.run(second_person(world))

    async def gone(position: int) -> None:
        patient = _declarer(world, position)
        await practice.left(position, patient)
        await erase(world, second, patient)

    asyncio.run(gone(first))
    asyncio.run(release(world))
    asyncio.run(world.send("month.settle", world.payer, resource=_settling(practice)))
    (found,) = [each for _, each in practice.facts() if isinstance(each, CapitationSettled)]
    assert [(each.reason, each.acts) for each in found.uncounted] == [("erased", (first,))]
    assert [each.acts for each in practice.charges("2018-10")] == [(last,)]
    assert findings(world) == []
    asyncio.run(gone(last))
    assert findings(world) == []


def _declarer(world: World, position: int) -> Any:
    statement = "SELECT patient FROM declarations WHERE position = %s"
    with superuser(world) as connection:
        row = connection.execute(statement, (position,)).fetchone()
    assert row is not None
    return row[0]


def test_guard_settled_months_once_refuses_contract_month__already_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database pays a package of a month once, even if the law forgot that it was settled."""
    practice = asyncio.run(_withheld(world))
    asyncio.run(release(world))
    monkeypatch.setattr(contract_month, "replace", lambda state, **_: state)
    monkeypatch.setattr(contract_month, "charge_id", lambda *_: uuid4())
    asyncio.run(world.send("month.settle", world.payer, resource=_settling(practice)))
    with pytest.raises(RuleBroken) as refusal:
        asyncio.run(world.send("month.settle", world.payer, resource=_settling(practice)))
    assert refusal.value.code == "contract_month.already_settled"
    assert refusal.value.evidence["guard"] == "settled_months_once"


def _terms(base: int) -> dict[str, Any]:
    ages = {"code": "all", "age_from": 0, "age_to": None, "coefficient": "1"}
    return {"kind": "capitation", "base": base, "bands": [ages], "mountain": "1"}


def _released(terms: dict[str, Any], first_day: str, **other: Any) -> dict[str, Any]:
    """State terms up to the end of the year."""
    return {
        "id": str(uuid4()),
        "package": "1",
        "first_day": first_day,
        "last_day": "2018-12-31",
        "order": "№ 1",
        "trust": "invented",
        "terms": terms,
        **other,
    }


async def _replaced(world: World, elder: dict[str, Any], base: int, first_day: str) -> None:
    resource = _released(_terms(base), first_day, replaces=elder["id"])
    await world.send("tariff.release", world.payer, version=2, resource=resource)


def test_a_month_is_settled_by_what_replaced_a_tariff_that_began_too_late(world: World) -> None:
    """From the month of the act on the earlier one is priced; what was counted by the old stays.

    The auditor reckons each month by what held when it was counted or settled.
    """

    async def october() -> tuple[Practice, dict[str, Any]]:
        practice = await settled(world)
        await practice.concluded(OCTOBER, date(2018, 12, 31))
        await practice.declared(await practice.patient(date(1990, 1, 5)))
        elder = _released(_terms(12_000), "2018-11-01")
        await world.send("tariff.release", world.payer, resource=elder)
        return practice, elder

    practice, elder = asyncio.run(october())
    reach(world.clock, NOVEMBER, 3)
    assert world.tick().recorded == 2
    assert [each.packages[0].withheld for each in practice.counts()] == ["no_tariff", None]
    asyncio.run(_replaced(world, elder, 24_000, "2018-10-01"))
    asyncio.run(world.send("month.settle", world.payer, resource=_settling(practice)))
    reach(world.clock, date(2018, 12, 1), 3)
    assert world.tick().recorded == 1
    amounts = [each.amount for month in range(10, 13) for each in practice.charges(f"2018-{month}")]
    assert amounts == [2_000, 1_000, 2_000]
    assert findings(world) == []


def test_a_month_settled_by_what_was_replaced_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who settles by the elder terms, though others hold by now, is contradicted."""
    practice = asyncio.run(_withheld(world))
    elder = _released(_terms(12_000), "2018-10-01")
    asyncio.run(world.send("tariff.release", world.payer, resource=elder))
    asyncio.run(_replaced(world, elder, 24_000, "2018-10-01"))
    held = billing.Billing._held

    def only_elder(*asked: Any) -> Any:
        return (each for each in held(*asked) if str(each.tariff) == elder["id"])

    with monkeypatch.context() as patch:
        patch.setattr(billing.Billing, "_held", only_elder)
        patch.setattr(billing, "TariffEnded", ())  # as if nothing had ended
        asyncio.run(world.send("month.settle", world.payer, resource=_settling(practice)))
    found = findings(world)
    assert any(each.endswith("its law yields other facts") for each in found)
    assert any(each.endswith("its tariff does not hold on the day") for each in found)


def test_a_batch_that_replaces_a_tariff_settles_by_the_new_one(world: World) -> None:
    """The look-up reads the log up to the batch; what the batch itself ended is ended."""
    practice = asyncio.run(_withheld(world))
    elder = _released(_terms(12_000), "2018-10-01")
    asyncio.run(world.send("tariff.release", world.payer, resource=elder))
    resource = _released(_terms(24_000), "2018-10-01", replaces=elder["id"])
    payer, sign = world.payer, world.author.sign
    batch = [
        sign("tariff.release", payer, version=2, resource=resource),
        sign("month.settle", payer, resource=_settling(practice)),
    ]
    assert codes(commit(world, batch)) == ["accepted", "accepted"]
    assert [each.amount for each in practice.charges("2018-10")] == [4_000]
    assert findings(world) == []
