"""Amend contracts on a real ledger: each act is paid by the terms that count on its day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ehealth_ledger.aggregates.contract import signing
from ehealth_ledger.aggregates.contract.agreement import agreed
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.events.charge import ChargeAccrued, ChargeFlagged, ChargeWithheld
from ehealth_ledger.events.contract import ContractAmended
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.lookups import contracts as lookup
from ehealth_ledger.values.time import KYIV
from projections.projectors.compare import compare
from projections.projectors.follower import Follower
from projections.read_models.schema import prepare
from tests.countries import treated_case as cases
from tests.countries.capitation import living_on, reach
from tests.world import World
from tests.write_path.country import Country, codes, commit, settle, superuser
from tests.write_path.test_corrections import sound
from tests.write_path.test_money import facts_of, refused
from tests.write_path.test_settlement import settling
from tests.write_path.test_tick import findings
from tests.write_path.test_treated_cases import WORTH, ward_of

TODAY = date(2018, 10, 10)
YESTERDAY, TOMORROW = date(2018, 10, 9), date(2018, 10, 11)
LAST = date(2018, 12, 31)
PRICE = 15_000


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger in October 2018."""
    with living_on(tmp_path, database, TODAY) as founding:
        yield founding


async def bought(world: World, *packages: str, **other: Any) -> tuple[Country, UUID]:
    """Publish a price of package 9, and conclude a contract for these packages."""
    country = await settle(world)
    await world.tariff(PRICE)
    contract = await world.contract(country.hospital, packages=list(packages), **other)
    return country, contract


def amendment(contract: UUID, *packages: str, since: date | None = None) -> dict[str, Any]:
    """Write what a provider asks for; nobody says from which day, unless it is said here."""
    wish = {"contract": str(contract), "contract_number": "T-1", "packages": list(packages)}
    return wish if since is None else wish | {"counts_from": since.isoformat()}


async def amended(
    country: Country,
    contract: UUID,
    *packages: str,
    since: date | None = None,
    plan: Sequence[dict[str, Any]] = (),
) -> None:
    """Let both sides sign an amendment."""
    wish = amendment(contract, *packages, since=since)
    await country.world.contract(country.hospital, plan, **wish)


async def visit(country: Country, day: date | None = None) -> Signed:
    """Refer and redeem; sign a visit of today, or of an earlier day."""
    world = country.world
    referral = await world.referral(country.doctor, country.patient)
    await world.redemption(country.specialist, country.patient, referral)
    now = world.clock.now
    at = now if day is None else min(now, datetime.combine(day, time(12), KYIV))
    resources = write.encounter_package(
        country.patient, country.specialist, at=at, episode=country.episode, referral=referral
    )
    return country.sign("encounter.record", country.specialist, resources=resources)


async def earned(country: Country, day: date | None = None) -> int | str:
    """Treat; return what the visit earned, kopiykas, or why it earned nothing yet."""
    accepted = await country.world.post(await visit(country, day))
    (charge,) = [e for e in facts_of(country.world, accepted) if _is_charge(e)]
    return charge.amount if isinstance(charge, ChargeAccrued) else str(charge.reason)


def _is_charge(fact: Fact) -> bool:
    return isinstance(fact, ChargeAccrued | ChargeWithheld)


def rows(world: World) -> list[tuple[Any, ...]]:
    """Read on which days which package is bought."""
    with superuser(world) as connection:
        return connection.execute(
            "SELECT package, first_day, last_day FROM contracts ORDER BY first_day, package"
        ).fetchall()


def everything_agrees(world: World) -> None:
    """The auditor finds nothing, and the read model of contracts says what the log says."""
    sound(world)
    door = world.running.reader.notifications
    prepare(world.urls.read)
    for model in ("contracts", "capitation"):
        Follower(door, world.urls.read, [model]).catch_up()
        assert compare(door, world.urls.read, model, lambda *_: None).findings == []


def test_an_act_is_paid_by_the_terms_of_its_day_whenever_it_is_recorded(world: World) -> None:
    """Package 9 is bought up to today; what was done up to then is paid after that, too."""

    async def story() -> None:
        country, contract = await bought(world, "9")
        await amended(country, contract, "10", since=TOMORROW)
        assert await earned(country) == PRICE
        world.clock.ahead += timedelta(days=1)
        assert await earned(country) == "no_contract"
        assert await earned(country, TODAY) == PRICE
        assert rows(world) == [
            ("9", date(2018, 1, 1), TODAY),
            ("10", TOMORROW, LAST),
        ]

    asyncio.run(story())
    everything_agrees(world)


def test_a_package_that_is_added_backwards_lets_what_was_withheld_be_settled(
    world: World,
) -> None:
    """From the amendment's day on, and for no day before it."""

    async def story() -> None:
        country, contract = await bought(world, "10")
        charges = []
        for day in (YESTERDAY, TODAY):
            accepted = await world.post(await visit(country, day))
            (charge,) = [e for e in facts_of(world, accepted) if isinstance(e, ChargeWithheld)]
            charges.append(charge.charge)
        before, since = charges
        await amended(country, contract, "9", "10", since=TODAY)
        refusal = await refused(world, "charge.settle", world.payer, **settling(before))
        assert refusal == ("charge.still_no_contract", "$.resource.charge")
        accepted = await world.send("charge.settle", world.payer, resource=settling(since))
        (settled,) = [e for e in facts_of(world, accepted) if isinstance(e, ChargeAccrued)]
        assert (settled.day, settled.contract, settled.amount) == (TODAY, contract, PRICE)

    asyncio.run(story())
    everything_agrees(world)


def test_an_amendment_without_a_day_counts_from_its_countersignature(world: World) -> None:
    """A visit of yesterday that is recorded late is paid by the terms of yesterday."""

    async def story() -> None:
        country, contract = await bought(world, "9")
        await amended(country, contract, "10")
        assert await earned(country) == "no_contract"
        assert await earned(country, YESTERDAY) == PRICE
        assert rows(world) == [("9", date(2018, 1, 1), YESTERDAY), ("10", TODAY, LAST)]

    asyncio.run(story())
    everything_agrees(world)


def test_another_contract_takes_the_package_from_that_day_on(world: World) -> None:
    """The provider has one contract a package and day; the law says so, and the database."""
    other = {"kind": "CAPITATION", "packages": ["9"], "last_day": LAST.isoformat()}

    async def story() -> tuple[Country, UUID]:
        country, contract = await bought(world, "9")
        await amended(country, contract, "10", since=TOMORROW)
        place = str(await world.division(country.hospital))
        doctor = await world.employee(country.hospital, "DOCTOR", "2000000009")
        post = {"employee": str(doctor.employee), "division": place, "declaration_limit": 9}
        other.update({"divisions": [place], "employees": [post], "contract": str(uuid4())})
        asked = other | {"id": str(uuid4()), "first_day": TODAY.isoformat()}
        head = world.heads[country.hospital.legal_entity]
        refusal = await refused(world, "contract.request", head, **asked)
        assert refusal == ("contract.overlaps", "$.resource.packages[0]")
        second = await world.contract(
            country.hospital, **other | {"first_day": TOMORROW.isoformat()}
        )
        back = amendment(contract, "9", since=LAST) | {"id": str(uuid4()), "divisions": [place]}
        refusal = await refused(
            world, "contract.request", head, **back | {"kind": "MEDICAL_SERVICES"}
        )
        assert refusal == ("contract.overlaps", "$.resource.packages[0]")
        world.clock.ahead += timedelta(days=1)
        (charge,) = [
            each
            for each in facts_of(world, await world.post(await visit(country)))
            if isinstance(each, ChargeAccrued)
        ]
        assert charge.contract == second
        return country, second

    _, second = asyncio.run(story())
    everything_agrees(world)
    with superuser(world) as connection:
        for day in (TODAY, TOMORROW):
            put = (
                "INSERT INTO contracts SELECT gen_random_uuid(), payer, provider, package, "
                f"'{day}', '{day}', kind, corrections FROM contracts "
                f"WHERE contract = '{second}'"
            )
            with pytest.raises(psycopg.errors.ExclusionViolation):
                connection.execute(put.encode())


def test_guard_contracts_no_overlap_refuses_contract__overlaps_day_by_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A law that saw no other contract would amend into its days; the table does not let it."""
    country, contract = asyncio.run(bought(world, "9"))
    asyncio.run(amended(country, contract, "10", since=TOMORROW))

    async def other() -> None:
        place = str(await world.division(country.hospital))
        doctor = await world.employee(country.hospital, "DOCTOR", "2000000009")
        post = {"employee": str(doctor.employee), "division": place, "declaration_limit": 9}
        await world.contract(
            country.hospital,
            kind="CAPITATION",
            packages=["9"],
            divisions=[place],
            employees=[post],
            first_day=TOMORROW.isoformat(),
            last_day=LAST.isoformat(),
        )

    asyncio.run(other())
    monkeypatch.setattr(lookup.Contracts, "overlap", lambda *_, **__: False)
    request, _ = asyncio.run(
        world.contract_request(country.hospital, **amendment(contract, "9", since=LAST))
    )
    named = asyncio.run(world.contract_signature(request))
    head = world.heads[country.hospital.legal_entity]
    code, _ = asyncio.run(refused(world, "contract.countersign", head, **named))
    assert code == "contract.overlaps"
    assert findings(world) == []


def test_a_batch_prices_by_what_it_has_amended_itself(world: World) -> None:
    """The visit before the countersignature is paid, the one after it is not; all in one commit."""

    async def prepared() -> tuple[list[Signed], UUID]:
        country, contract = await bought(world, "9")
        visits = [await visit(country, day) for day in (None, None, YESTERDAY)]
        head = world.heads[country.hospital.legal_entity]
        signed = []
        for since in (None, TODAY + timedelta(days=9)):
            wish = amendment(contract, "10", since=since)
            request, _ = await world.contract_request(country.hospital, **wish)
            named = await world.contract_signature(request)
            signed.append(country.sign("contract.countersign", head, resource=named))
        return [visits[0], *signed, *visits[1:]], contract

    batch, contract = asyncio.run(prepared())
    answers = commit(world, batch)
    assert codes(answers) == ["accepted"] * 5
    taken = [each for each in answers if isinstance(each, Accepted)]
    assert {each.receipt.size for each in taken} == {5}  # no guard parted them
    told = [
        fact.reason if isinstance(fact, ChargeWithheld) else fact.amount
        for answer in taken
        for fact in facts_of(world, answer)
        if isinstance(fact, ChargeAccrued | ChargeWithheld)
    ]
    assert told == [PRICE, "no_contract", PRICE]
    assert rows(world) == [
        ("9", date(2018, 1, 1), YESTERDAY),
        ("10", TODAY, date(2018, 10, 18)),
        ("10", date(2018, 10, 19), LAST),
    ]
    ending = {"contract": str(contract), "last_day": "2018-10-18", "reason": "За згодою"}
    asyncio.run(world.send("contract.terminate", world.payer, resource=ending))
    assert rows(world)[1:] == [("10", TODAY, date(2018, 10, 18))]
    everything_agrees(world)


def test_the_amendment_recorded_later_counts_from_its_own_day_on(world: World) -> None:
    """What was agreed for the days after it is replaced; the days before it stay."""

    async def story() -> None:
        country, contract = await bought(world, "9")
        assert await earned(country) == PRICE
        await amended(country, contract, "10", since=date(2018, 12, 1))
        await amended(country, contract, "9", "11", since=date(2018, 11, 1))
        assert rows(world) == [
            ("9", date(2018, 1, 1), date(2018, 10, 31)),
            ("11", date(2018, 11, 1), LAST),
            ("9", date(2018, 11, 1), LAST),
        ]
        await amended(country, contract, "9", since=date(2018, 1, 1))
        assert rows(world) == [("9", date(2018, 1, 1), LAST)]
        removed = [fact.removed for fact in _amendments(world)]
        assert removed == [("9",), ("10",), ("11",)]

    asyncio.run(story())
    everything_agrees(world)


def _amendments(world: World) -> list[ContractAmended]:
    door = world.running.reader.notifications
    found = (each.fact for each in door.read(door.beginning(), 10_000))
    return [each for each in found if isinstance(each, ContractAmended)]


def test_a_ceiling_is_that_of_the_act_s_day(world: World) -> None:
    """The second visit goes beyond the plan of before, the third not beyond the new one."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff(PRICE)
        planned = {"package": "9", "period": "2018-10"}
        contract = await world.contract(country.hospital, [planned | {"amount": PRICE}])
        await amended(country, contract, "9", since=TODAY, plan=[planned | {"amount": 3 * PRICE}])
        for day in (YESTERDAY, YESTERDAY, TODAY, TODAY):
            assert await earned(country, day) == PRICE
        assert told(world) == [
            {"planned": str(PRICE), "total": str(2 * PRICE)},
            {"planned": str(3 * PRICE), "total": str(4 * PRICE)},
        ]

    asyncio.run(story())
    everything_agrees(world)


def told(world: World) -> list[dict[str, str]]:
    """Read what the flags of the log say, in order."""
    door = world.running.reader.notifications
    found = (each.fact for each in door.read(door.beginning(), 10_000))
    return [
        {one.name: one.value for one in each.evidence}
        for each in found
        if isinstance(each, ChargeFlagged)
    ]


def test_a_treated_case_is_corrected_by_the_terms_of_its_last_day(world: World) -> None:
    """A correction counts from its day; the auditor derives both cases again."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        corrections = [{"code": "icu", "value": "1.5"}]
        terms = cases.treated_case.case_mix(2018)["terms"] | {"corrections": corrections}
        await cases.weigh(world, terms=terms)
        contract = await world.contract(ward.head, packages=["surgery"])
        wish = amendment(contract, "surgery", since=TOMORROW)
        named = [{"package": "surgery", "code": "icu"}]
        await world.contract(ward.head, corrections=named, **wish)
        first = await ward.charge()
        world.clock.ahead += timedelta(days=1)
        second = await ward.charge()
        assert isinstance(first, ChargeAccrued)
        assert isinstance(second, ChargeAccrued)
        assert (first.amount, second.amount) == (WORTH, WORTH * 3 // 2)

    asyncio.run(story())
    everything_agrees(world)


def test_a_month_is_rated_by_what_counts_on_its_first_day_as_recorded_before(
    world: World,
) -> None:
    """An amendment from the middle of a month, and one that is backdated once a month has begun."""

    async def story() -> None:
        hospital = await world.institution("20000001", "OUTPATIENT", "2000000002")
        for package, rate in (("9", 1_000), ("10", 20_000), ("11", 300_000)):
            released = {
                "id": str(uuid4()),
                "package": package,
                "first_day": "2018-01-01",
                "last_day": "2018-12-31",
                "order": "№ 1",
                "trust": "invented",
                "terms": {"kind": "global", "rate": rate},
            }
            await world.send("tariff.release", world.payer, resource=released)
        contract = await world.contract(hospital, first_day="2018-11-01", last_day="2018-12-31")
        await world.contract(hospital, **amendment(contract, "10", since=date(2018, 11, 2)))
        reach(world.clock, date(2018, 11, 5), 9)
        await world.contract(hospital, **amendment(contract, "11", since=date(2018, 11, 1)))

    asyncio.run(story())
    reach(world.clock, date(2018, 12, 2), 9)
    assert world.tick().recorded == 2
    assert months(world) == [("2018-11", ("9",)), ("2018-12", ("11",))]
    everything_agrees(world)


def months(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """Read which packages each month was rated for."""
    door = world.running.reader.notifications
    found = (each.fact for each in door.read(door.beginning(), 10_000))
    return [
        (each.period, tuple(one.package for one in each.packages))
        for each in found
        if isinstance(each, GlobalRateReckoned)
    ]


def as_an_earlier_build(*asked: Any) -> Any:
    """Agree as it was agreed before amendments had a day."""
    wish, signed, before, _ = asked
    fact = agreed(wish, signed, before, date(2018, 1, 1))
    return fact.model_copy(update={"counts_from": None} if before is not None else {})


def test_an_amendment_of_an_earlier_build_keeps_its_meaning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts for all the contract's days; a later one that names its day leaves the others."""

    async def story() -> None:
        country, contract = await bought(world, "9")
        with monkeypatch.context() as patch:
            patch.setattr(signing, "agreed", as_an_earlier_build)
            await amended(country, contract, "10")
        assert rows(world) == [("10", date(2018, 1, 1), LAST)]
        assert await earned(country, YESTERDAY) == "no_contract"
        (old,) = _amendments(world)
        assert (old.counts_from, old.removed) == (None, ("9",))
        await amended(country, contract, "9")
        assert await earned(country) == PRICE
        assert await earned(country, YESTERDAY) == "no_contract"
        assert rows(world) == [("10", date(2018, 1, 1), YESTERDAY), ("9", TODAY, LAST)]

    asyncio.run(story())
    everything_agrees(world)


@pytest.mark.parametrize(
    "forged",
    [
        {"counts_from": date(2018, 11, 1)},
        {"counts_from": None},
        {"removed": ()},
        {"divisions": ()},
    ],
    ids=["another day", "no day", "nothing removed", "no divisions"],
)
def test_an_amendment_that_is_not_what_both_signed_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, forged: dict[str, Any]
) -> None:
    """An operator who lets it count from another day is contradicted by what people signed."""

    def otherwise(*asked: Any) -> Any:
        return agreed(*asked).model_copy(update=forged)

    country, contract = asyncio.run(bought(world, "9"))
    asyncio.run(amended(country, contract, "9", "11"))
    with monkeypatch.context() as patch:
        patch.setattr(signing, "agreed", otherwise)
        asyncio.run(amended(country, contract, "10"))
    (found,) = findings(world)
    assert found.startswith("fact.contradicted at records/")
    assert found.endswith("its contract is not what both sides signed")


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE contracts SET last_day = '2018-10-15' WHERE first_day = '2018-01-01'",
        "UPDATE contracts SET first_day = '2018-10-20' WHERE package = '10'",
        "DELETE FROM contracts WHERE first_day = '2018-01-01'",
    ],
    ids=["a longer span", "a later beginning", "a span gone"],
)
def test_a_span_of_days_that_was_altered_is_found(world: World, alteration: str) -> None:
    """What a contract bought before its amendment is derived from the log, day by day."""
    country, contract = asyncio.run(bought(world, "9"))
    asyncio.run(amended(country, contract, "10", since=TOMORROW))
    assert findings(world) == []
    with superuser(world) as connection:
        connection.execute(alteration.encode())
    found = findings(world)
    assert found
    assert all(each.startswith("index.altered") for each in found)
    assert str(contract) in found[0]
