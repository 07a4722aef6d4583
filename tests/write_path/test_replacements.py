"""Replace tariffs and rules on a real ledger, also backwards: what was priced stays, the rest is
priced by what holds now for the day of its act.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ehealth_ledger.bundle.finding import Finding
from ehealth_ledger.bundle.layout import Everything
from ehealth_ledger.bundle.verify import verify
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.bootstrap import Keys
from ehealth_ledger.entrypoints.bundling import export_bundle
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.resources import treated_case
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.grouping import GroupingEnded
from ehealth_ledger.events.statement import StatementFormed
from ehealth_ledger.events.tariff import TariffEnded, TariffReleased
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.store.lookups.days import InForce
from ehealth_ledger.values.time import kyiv_day
from projections.projectors.replay import replay_statements
from tests.audit.conftest import sign
from tests.countries import treated_case as cases
from tests.world import World
from tests.write_path.country import (
    SOON,
    Country,
    codes,
    commit,
    committer_of,
    settle,
    submission,
    superuser,
)
from tests.write_path.test_corrections import charges, sound
from tests.write_path.test_money import charge_of, facts_of, opened, refused
from tests.write_path.test_settlement import settling, withheld_visit
from tests.write_path.test_treated_cases import WORTH, Ward, ward_of

CHARGE = "$.resource.charge"


def _findings(world: World) -> set[tuple[str, int, str]]:
    master = Keys.read(world.settings).master
    report = verify_ledger(world.urls, master, progress=lambda *_: None)
    return {(str(each.kind), each.position, each.detail) for each in report.findings}


def _rows(world: World, table: str) -> list[tuple[Any, ...]]:
    with superuser(world) as connection:
        statement = f"SELECT first_day, last_day FROM {table} ORDER BY last_day NULLS FIRST"
        return connection.execute(statement.encode()).fetchall()


def _replacement(country: Country, elder: UUID, price: int, **other: Any) -> Signed:
    """Sign a tariff of the consultation in the place of another one."""
    year = country.world.clock.now.year
    resource = {
        "id": str(uuid4()),
        "replaces": str(elder),
        "package": write.PACKAGE,
        "service": {"system": write.SERVICE_SYSTEM, "code": write.CONSULTATION},
        "first_day": f"{year}-01-01",
        "last_day": f"{year + 1}-12-31",
        "unit_price": price,
        "order": "test order 2",
        **other,
    }
    return country.sign("tariff.publish", country.world.payer, version=2, resource=resource)


async def _unruled(ward: Ward) -> str:
    """Release rules that know nobody whose appendix was taken out; return the release's id."""
    release = treated_case.rules(2026)
    rules = [each for each in release["rules"] if not each["group"].startswith("appendectomy")]
    await cases.group(ward.world, id=release["id"], version="first", rules=rules)
    return str(release["id"])


async def _settled(world: World, charge: ChargeWithheld) -> ChargeAccrued:
    accepted = await world.send("charge.settle", world.payer, resource=settling(charge.charge))
    return next(each for each in facts_of(world, accepted) if isinstance(each, ChargeAccrued))


def test_a_case_without_a_group_is_settled_by_later_rules_of_the_same_days(world: World) -> None:
    """The table of the year had no rule for it; the table in its place has, and pays it."""

    async def story() -> None:
        ward = await ward_of(world)
        elder = await _unruled(ward)
        await cases.weigh(world)
        await world.contract(ward.head, packages=["surgery"])
        withheld = await ward.charge()
        assert isinstance(withheld, ChargeWithheld)
        assert withheld.reason == "no_group"
        refusal = await refused(world, "charge.settle", world.payer, **settling(withheld.charge))
        assert refusal == ("charge.still_no_group", CHARGE)
        accepted = await cases.group(world, replaces=elder)
        (ended, _) = facts_of(world, accepted)
        assert isinstance(ended, GroupingEnded)
        assert ended.last_day is None
        charge = await _settled(world, withheld)
        assert (charge.act_position, charge.amount) == (withheld.act_position, WORTH)
        assert isinstance(await ward.charge(), ChargeAccrued)
        year = world.clock.now.year
        assert _rows(world, "groupings") == [
            (date(year, 1, 1), None),
            (date(year, 1, 1), date(year, 12, 31)),
        ]
        refusal = await refused(
            *(world, "grouping.release", world.payer),
            **{**treated_case.rules(year + 1), "version": "first"},
        )
        assert refusal == ("grouping.version_taken", "$.resource.version")
        sound(world)

    asyncio.run(story())


def test_a_case_without_a_price_is_settled_by_later_weights_of_the_same_days(
    world: World,
) -> None:
    """The case mix did not weigh its group; the one in its place does. So with a rate a case."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        elder = str(uuid4())
        terms = treated_case.case_mix(2026)["terms"]
        weights = [each for each in terms["weights"] if each["code"] != "appendectomy"]
        await cases.weigh(world, id=elder, terms={**terms, "weights": weights})
        await world.contract(ward.head, packages=["surgery"])
        withheld = await ward.charge()
        assert isinstance(withheld, ChargeWithheld)
        assert withheld.reason == "no_price"
        heavier = await ward.charge(beside=(treated_case.DIABETES,))
        assert isinstance(heavier, ChargeAccrued)
        await cases.weigh(world, replaces=elder)
        assert (await _settled(world, withheld)).amount == WORTH
        again = await ward.charge(beside=(treated_case.DIABETES,))
        assert isinstance(again, ChargeAccrued)
        assert again.amount == heavier.amount
        assert again.tariff != heavier.tariff
        sound(world)  # the heavier one by what held when it was recorded

    asyncio.run(story())


def test_a_tariff_replaced_backwards_prices_what_is_recorded_from_then_on(world: World) -> None:
    """The old charge stays and is corrected by its difference; a new act of an old day is new."""

    async def story() -> None:
        country = await settle(world)
        elder = await world.tariff(15_000, first_day=f"{world.clock.now.year - 1}-01-01")
        contract = await world.contract(country.hospital)
        before = charge_of(world, await country.treated())
        yesterday = kyiv_day(world.clock.now) - timedelta(days=1)
        accepted = await world.post(
            _replacement(country, elder, 18_000, first_day=yesterday.isoformat())
        )
        (ended, _) = facts_of(world, accepted)
        assert isinstance(ended, TariffEnded)
        assert ended.last_day == yesterday - timedelta(days=1)
        after = charge_of(world, await country.treated())
        assert (before.amount, after.amount) == (15_000, 18_000)
        assert before.tariff == elder != after.tariff
        assert before.day >= yesterday
        sound(world)
        await world.cut_off(before.period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        forming = country.forming(contract, before.period)
        (formed,) = facts_of(world, await world.post(forming))
        assert isinstance(formed, StatementFormed)
        assert formed.total == 33_000
        sound(world)

    asyncio.run(story())


def test_a_statement_of_before_is_folded_to_the_same_bytes(world: World) -> None:
    """Replayed as of any moment since, it is what was signed: no stated line is priced anew."""

    async def story() -> None:
        books = await opened(world)
        (elder,) = {each.tariff for each in charges(world, books)}
        await world.post(_replacement(books.country, elder, 99_000))
        assert charge_of(world, await books.country.treated()).amount == 99_000
        door = world.running.reader.notifications
        replayed = replay_statements(door, door.head().position, lambda *_: None)
        ((_, stated), (_, later)) = sorted(replayed.items(), key=lambda each: each[0].period)
        assert (stated.digest(), stated.total) == (books.formed.digest, 30_000)
        assert later.total == 99_000
        sound(world)

    asyncio.run(story())


def test_what_waited_for_a_tariff_of_its_day_is_settled_by_one_that_begins_earlier(
    world: World,
) -> None:
    """The tariff began too late; the one in its place holds on the day of the act as well."""

    async def story() -> None:
        country = await settle(world)
        await world.contract(country.hospital)
        later = kyiv_day(world.clock.now) + timedelta(days=5)
        elder = await world.tariff(15_000, first_day=later.isoformat())
        _, _, charge = await withheld_visit(world, country)
        refusal = await refused(world, "charge.settle", world.payer, **settling(charge))
        assert refusal == ("charge.still_no_tariff", CHARGE)
        await world.post(_replacement(country, elder, 16_000))
        settled = await world.send("charge.settle", world.payer, resource=settling(charge))
        priced = facts_of(world, settled)[1]
        assert isinstance(priced, ChargeAccrued)
        assert priced.amount == 16_000
        year = world.clock.now.year
        assert _rows(world, "tariffs") == [
            (later, None),
            (date(year, 1, 1), date(year + 1, 12, 31)),
        ]
        sound(world)

    asyncio.run(story())


def test_one_batch_may_hold_an_act_the_replacement_and_the_same_act_again(world: World) -> None:
    """Each is priced by what the commands before it in its own batch have put in force."""

    async def prepared() -> tuple[Country, UUID, list[Signed]]:
        country = await settle(world)
        elder = await world.tariff(15_000)
        await world.contract(country.hospital)
        visits = []
        for _ in range(3):
            referral = await world.referral(country.doctor, country.patient)
            await world.redemption(country.specialist, country.patient, referral)
            visits.append(country.encounter(country.specialist, referral))
        return country, elder, visits

    country, elder, visits = asyncio.run(prepared())
    first = _replacement(country, elder, 16_000)
    second = _replacement(country, UUID(json.loads(first.content)["resource"]["id"]), 17_000)
    over = _replacement(country, elder, 18_000)
    batch = [visits[0], first, visits[1], second, over, visits[2]]
    answers = commit(world, batch)
    assert codes(answers) == [
        *("accepted", "accepted", "accepted", "accepted", "tariff.already_over", "accepted"),
    ]
    assert [
        charge_of(world, each).amount
        for each in (answers[0], answers[2], answers[5])
        if isinstance(each, Accepted)
    ] == [15_000, 16_000, 17_000]
    sound(world)


def test_one_batch_may_replace_the_rules_and_the_price_of_a_case(world: World) -> None:
    """A case, and a settlement, see what was replaced before them in their own batch."""

    async def prepared() -> tuple[Ward, str, str, ChargeWithheld]:
        ward = await ward_of(world)
        rules, elder = await _unruled(ward), str(uuid4())
        await cases.weigh(world, id=elder)
        await world.contract(ward.head, packages=["surgery"])
        withheld = await ward.charge()
        assert isinstance(withheld, ChargeWithheld)
        return ward, rules, elder, withheld

    ward, rules, elder, withheld = asyncio.run(prepared())
    sign, payer = ward.country.sign, world.payer
    year = world.clock.now.year
    mix = treated_case.case_mix(year)
    heavier = [{"code": "appendectomy", "value": "2"}]
    batch = [
        ward.signed(),
        sign(
            *("grouping.release", payer),
            version=2,
            resource={**treated_case.rules(year), "replaces": rules},
        ),
        ward.signed(),
        sign(
            *("tariff.release", payer),
            version=2,
            resource={**mix, "replaces": elder, "terms": {**mix["terms"], "weights": heavier}},
        ),
        ward.signed(),
        sign("charge.settle", payer, resource=settling(withheld.charge)),
    ]
    answers = commit(world, batch)
    assert codes(answers) == ["accepted"] * 6
    found = [
        each
        for answer in answers
        if isinstance(answer, Accepted)
        for each in facts_of(world, answer)
        if isinstance(each, ChargeAccrued | ChargeWithheld)
    ]
    twice = 2 * treated_case.BASE
    assert [each.amount if isinstance(each, ChargeAccrued) else each.reason for each in found] == [
        *("no_group", WORTH, twice, twice),
    ]
    sound(world)


def test_a_correction_is_that_of_the_tariff_in_force(world: World) -> None:
    """Which corrections a case has, is read from the facts of what holds on its day now."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        terms, elder = treated_case.case_mix(2026)["terms"], str(uuid4())
        icu = {"code": "icu", "value": "1.102"}
        await cases.weigh(world, id=elder, terms={**terms, "corrections": [icu]})
        named = [{"package": "surgery", "code": "icu"}]
        await world.contract(ward.head, corrections=named, packages=["surgery"])
        before = await ward.charge()
        corrections = [{**icu, "value": "1.2"}]
        accepted = await cases.weigh(
            world, replaces=elder, terms={**terms, "corrections": corrections}
        )
        (_, released) = facts_of(world, accepted)
        assert isinstance(released, TariffReleased)
        after = await ward.charge()
        assert isinstance(before, ChargeAccrued)
        assert isinstance(after, ChargeAccrued)
        assert [(each.value, each.tariff) for each in after.coefficients[1:]] == [
            ("1.2", released.tariff)
        ]
        assert (before.amount, after.amount) == (1_785_240, 1_944_000)
        sound(world)

    asyncio.run(story())


def test_of_two_committers_one_replaces(world: World) -> None:
    """Whoever comes second finds nothing left, even with the elder tariff in memory."""
    country = asyncio.run(settle(world))
    elder = asyncio.run(world.tariff(15_000))
    rivals = [submission(world, _replacement(country, elder, price)) for price in (1, 2)]
    touch = submission(world, _replacement(country, elder, 3, last_day="2026-12-30"))
    with committer_of(world) as one, committer_of(world) as two:
        for committer in (one, two):
            assert codes(committer.commit([touch])) == ["tariff.leaves_gap"]
        answers = [*one.commit([rivals[0]]), *two.commit([rivals[1]])]
    assert codes(answers) == ["accepted", "tariff.already_over"]
    assert _findings(world) == set()


def test_what_is_replaced_again_has_the_days_it_has_left(world: World) -> None:
    """Half a year goes to one tariff, a quarter to another; none is without a price."""

    async def story() -> None:
        country = await settle(world)
        year = world.clock.now.year
        elder = await world.tariff(1)
        await world.post(_replacement(country, elder, 2, first_day=f"{year}-07-01"))
        quarter = {"first_day": f"{year}-04-01", "last_day": f"{year}-06-30"}
        await world.post(_replacement(country, elder, 3, **quarter))
        assert _rows(world, "tariffs") == [
            (date(year, 1, 1), date(year, 3, 31)),
            (date(year, 4, 1), date(year, 6, 30)),
            (date(year, 7, 1), date(year + 1, 12, 31)),
        ]
        with pytest.raises(Exception, match="already_over"):
            await world.post(_replacement(country, elder, 4, first_day=f"{year}-04-01"))
        assert _findings(world) == set()

    asyncio.run(story())


@pytest.mark.parametrize(
    "name",
    ["tariffs_no_overlap", "groupings_no_overlap"],
)
def test_the_database_lets_no_replacement_overlap(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A law that forgot the third one is stopped by the table, which says the law's code."""

    async def story() -> Signed:
        country = await settle(world)
        year = world.clock.now.year
        if name == "tariffs_no_overlap":
            elder = await world.tariff(1, last_day=f"{year}-12-31")
            await world.tariff(2, first_day=f"{year + 1}-01-01")
            return _replacement(country, elder, 3)
        rules = treated_case.rules(year)
        await cases.group(world, id=rules["id"])
        await world.send(
            *("grouping.release", world.payer),
            resource={**treated_case.rules(year + 1), "version": "next"},
        )
        resource = {
            **treated_case.rules(year),
            "version": "over-both",
            "replaces": rules["id"],
            "last_day": f"{year + 1}-12-31",
        }
        return country.sign("grouping.release", world.payer, version=2, resource=resource)

    signed = asyncio.run(story())
    monkeypatch.setattr(InForce, "overlap", lambda *_, **__: False)
    (answer,) = commit(world, [signed])
    assert codes([answer]) == [name.replace("s_no_overlap", ".overlaps")]
    monkeypatch.undo()
    assert _findings(world) == set()


@pytest.mark.parametrize(
    "change",
    [
        "last_day = last_day + 1",
        "last_day = NULL, unit_price = unit_price + 1",
        "first_day = first_day + 1",
        "package = 'other'",
    ],
)
def test_a_tariffs_row_only_ends_earlier(world: World, change: str) -> None:
    """Whoever may write there may end a tariff and nothing else; no row goes."""
    asyncio.run(world.tariff())
    with superuser(world) as connection:
        for mode in ("origin", "replica"):
            connection.execute(f"SET session_replication_role = {mode}".encode())
            for statement in (f"UPDATE tariffs SET {change}", "DELETE FROM tariffs"):
                with pytest.raises(psycopg.errors.IntegrityError, match="only"):
                    connection.execute(statement.encode())
        connection.execute("UPDATE tariffs SET last_day = NULL")
        with pytest.raises(psycopg.errors.IntegrityError, match="only ends earlier"):
            connection.execute("UPDATE tariffs SET last_day = '2030-01-01'")


def test_a_charge_priced_by_what_was_replaced_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who goes on to pay the old price, the record of its end before his eyes, is named.

    So he is by an auditor who has a bundle alone.
    """

    async def story() -> tuple[Country, UUID]:
        country = await settle(world)
        elder = await world.tariff(15_000)
        await world.contract(country.hospital)
        await country.treated()
        await world.post(_replacement(country, elder, 18_000))
        return country, elder

    country, elder = asyncio.run(story())
    put = InForce.put

    def only_elder(held: Any, key: Any, value: Any, first: date, last: date | None) -> None:
        if getattr(value, "unit_price", None) == 15_000:
            put(held, key, value, first, last or date(2099, 1, 1))

    with monkeypatch.context() as patch:
        patch.setattr(InForce, "put", only_elder)
        charge = charge_of(world, asyncio.run(country.treated()))
    assert (charge.tariff, charge.amount) == (elder, 15_000)
    position = world.running.reader.notifications.head().position
    assert _findings(world) == {("charge.altered", position, "its tariff does not hold on the day")}
    found = _audited(world, tmp_path / "bundle")
    assert [(str(each.kind), each.position) for each in found] == [("charge.altered", position)]


def _audited(world: World, folder: Path) -> list[Finding]:
    """Hand everything to an auditor and return what he finds."""
    sign(world)
    key = bootstrap.signer(world.settings, world.author.ledger).key
    text = f"log {key}\nquorum none\n"
    export_bundle(
        *(world.urls, Keys.read(world.settings).master, Everything(), folder),
        policy=None,
        policy_text=text,
        progress=lambda *_: None,
    )
    report = verify(folder, Policy.parse(text), progress=lambda *_: None, processes=1)
    return report.in_order()


def test_a_case_grouped_by_what_was_replaced_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The auditor groups it by the rules in force when it was recorded, and by no others."""

    async def story() -> tuple[Ward, UUID]:
        ward = await ward_of(world)
        elder = treated_case.rules(world.clock.now.year)
        await cases.group(world, id=elder["id"])
        await cases.weigh(world)
        await world.contract(ward.head, packages=["surgery"])
        await ward.charge()
        rules = [each for each in elder["rules"] if not each["group"].startswith("append")]
        await cases.group(world, replaces=elder["id"], version="second", rules=rules)
        withheld = await ward.charge()
        assert isinstance(withheld, ChargeWithheld)
        return ward, UUID(elder["id"])

    ward, elder = asyncio.run(story())
    sound(world)
    in_force: Callable[..., Any] = lambda *_: elder  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr("ehealth_ledger.store.lookups.groupings.Groupings.in_force", in_force)
        charge = asyncio.run(ward.charge())
    assert isinstance(charge, ChargeAccrued)
    ((kind, position, detail),) = _findings(world)
    assert (kind, position) == (
        "charge.altered",
        world.running.reader.notifications.head().position,
    )
    assert detail == "the package and what was in force give charge.withheld.v2"


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("tariffs", "last_day = NULL WHERE last_day IS NOT NULL"),
        ("tariffs", "last_day = '2026-12-31' WHERE last_day IS NULL"),
        ("groupings", "last_day = NULL WHERE last_day IS NOT NULL"),
        ("groupings", "last_day = first_day WHERE last_day IS NULL"),
    ],
)
def test_an_altered_end_is_found(world: World, table: str, change: str) -> None:
    """The rows follow from the facts: neither may a tariff come back, nor end too early."""

    async def story() -> None:
        country = await settle(world)
        elder = await world.tariff(15_000)
        await world.post(_replacement(country, elder, 18_000))
        rules = treated_case.rules(world.clock.now.year)
        await cases.group(world, id=rules["id"])
        await cases.group(world, replaces=rules["id"], version="second")

    asyncio.run(story())
    assert _findings(world) == set()
    with superuser(world) as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_no_overlap".encode())
        connection.execute(f"UPDATE {table} SET {change}".encode())
    ((kind, position, detail),) = _findings(world)
    assert kind == "index.altered"
    assert position > 0
    assert detail.startswith(table)
    assert detail.endswith("altered")
