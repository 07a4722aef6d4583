"""Treat inpatients on a real ledger: grouped, priced, withheld with why, withdrawn, stated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources import treated_case as write
from ehealth_ledger.errors import Refused
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import ReferralCompleted
from ehealth_ledger.events.statement import StatementFormed
from ehealth_ledger.store.lookups.originals import Originals
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.time import kyiv_day, month_of
from tests.countries import encounters
from tests.countries import treated_case as cases
from tests.world import World
from tests.write_path.country import (
    SOON,
    Country,
    codes,
    commit,
    opened,
    settle,
    superuser,
)
from tests.write_path.test_corrections import sound
from tests.write_path.test_money import facts_of, refused

WORTH = 1_620_000  # an appendectomy: 1.20 of the base


@dataclass
class Ward:
    """Hold an inpatient hospital, its surgeon, and a patient's episode there."""

    country: Country
    head: Actor
    surgeon: Actor
    episode: UUID

    @property
    def world(self) -> World:
        return self.country.world

    def package(self, **options: Any) -> list[Json]:
        return cases.discharge(
            self.world, self.surgeon, self.country.patient, self.episode, **options
        )

    def signed(self, **options: Any) -> Signed:
        return self.country.sign(
            "encounter.record", self.surgeon, resources=self.package(**options)
        )

    async def charge(self, **options: Any) -> Fact:
        """Discharge a patient and return the last fact: the charge."""
        accepted = await cases.record(self.world, self.surgeon, self.package(**options))
        return facts_of(self.world, accepted)[-1]


async def ward_of(world: World) -> Ward:
    """Open an inpatient hospital that nobody has bought anything from yet."""
    country = await settle(world)
    head = await world.institution("20000010", "INPATIENT", "2000000010")
    surgeon = await world.employee(head, "SPECIALIST", "2000000011")
    episode = await opened(world, surgeon, country.patient)
    return Ward(country, head, surgeon, episode)


def row(world: World, statement: str) -> tuple[Any, ...] | None:
    with superuser(world) as connection:
        return connection.execute(statement.encode()).fetchone()


def test_what_is_missing_is_named_until_nothing_is(world: World) -> None:
    """Rules, tariff, contract: each arrives, and the next missing thing is named; then it pays."""

    async def story() -> None:
        ward = await ward_of(world)

        async def reason() -> tuple[str, str | None]:
            charge = await ward.charge()
            assert isinstance(charge, ChargeWithheld)
            return charge.reason, charge.package

        assert await reason() == ("no_release", None)
        await cases.group(world)
        assert await reason() == ("no_tariff", "surgery")
        await cases.weigh(world)
        assert await reason() == ("no_contract", "surgery")
        contract = await world.contract(ward.head, packages=["surgery"])
        charge = await ward.charge()
        assert isinstance(charge, ChargeAccrued)
        assert (charge.kind, charge.contract, charge.amount) == ("case", contract, WORTH)
        heavier = await ward.charge(beside=(write.DIABETES,))
        assert isinstance(heavier, ChargeAccrued)
        assert heavier.service.endswith("|appendectomy-complicated")
        unknown = await ward.charge(diagnosis=write.PNEUMONIA)
        assert isinstance(unknown, ChargeWithheld)
        assert unknown.reason == "no_group"
        untold = await ward.charge(diagnosis="O80", done=())
        assert isinstance(untold, ChargeWithheld)
        assert (untold.reason, untold.package) == ("no_tariff", "birth")
        rows = row(world, "SELECT count(*), sum(amount) FROM charges WHERE kind = 'case'")
        assert rows == (2, WORTH + heavier.amount)
        sound(world)  # each withheld case is judged by what had been said before it

    asyncio.run(story())


def test_a_suspended_contract_buys_no_case(world: World) -> None:
    """The act stands; nothing is owed for it while the contract rests."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        await cases.weigh(world)
        contract = await world.contract(ward.head, packages=["surgery"])
        resource = {"contract": str(contract), "reason": "Перевірка"}
        await world.send("contract.suspend", world.payer, resource=resource)
        withheld = [await ward.charge()]
        ending = {**resource, "last_day": str(kyiv_day(world.clock.now) + timedelta(days=1))}
        await world.send("contract.terminate", world.payer, resource=ending)
        withheld.append(await ward.charge())  # another last day leaves it suspended
        for charge in withheld:
            assert isinstance(charge, ChargeWithheld)
            assert charge.reason == "no_contract"
        await world.send("contract.resume", world.payer, resource=resource)
        assert isinstance(await ward.charge(), ChargeAccrued)
        sound(world)

    asyncio.run(story())


def test_a_case_is_settled_by_how_its_contract_stood_on_its_last_day(world: World) -> None:
    """Discharged before the suspension it is paid, though settled during it; verify agrees."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        contract = await world.contract(ward.head, packages=["surgery"])
        before = await ward.charge()
        resource = {"contract": str(contract), "reason": "Перевірка"}
        world.clock.ahead += timedelta(days=2)
        await world.send("contract.suspend", world.payer, resource=resource)
        during = await ward.charge()
        world.clock.ahead += timedelta(days=2)
        await cases.weigh(world)
        assert isinstance(before, ChargeWithheld)
        assert isinstance(during, ChargeWithheld)
        asked = {"charge": str(before.charge), "explanation": "Тариф опубліковано"}
        paid = facts_of(world, await world.send("charge.settle", world.payer, resource=asked))[1]
        assert isinstance(paid, ChargeAccrued)
        assert (paid.contract, paid.amount) == (contract, WORTH)
        await world.send("contract.resume", world.payer, resource=resource)
        refusal = await refused(
            world, "charge.settle", world.payer, **asked | {"charge": str(during.charge)}
        )
        assert refusal == ("charge.still_no_contract", "$.resource.charge")
        sound(world)

    asyncio.run(story())


def test_a_case_is_multiplied_by_what_its_contract_names(world: World) -> None:
    """A correction of the tariff that both sides signed outlives a suspension; verify agrees."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        terms = write.case_mix(2026)["terms"]
        corrections = [{"code": "icu", "value": "1.102"}, {"code": "rural", "value": "1.1"}]
        await cases.weigh(world, terms={**terms, "corrections": corrections})
        named = [{"package": "surgery", "code": "icu"}]
        contract = await world.contract(ward.head, corrections=named, packages=["surgery"])
        for step in ("contract.suspend", "contract.resume"):
            resource = {"contract": str(contract), "reason": "Перевірка"}
            await world.send(step, world.payer, resource=resource)
        charge = await ward.charge()
        assert isinstance(charge, ChargeAccrued)
        assert [(each.code, each.value, each.tariff) for each in charge.coefficients] == [
            ("appendectomy", "1.20", charge.tariff),
            ("icu", "1.102", charge.tariff),
        ]
        assert charge.amount == 1_785_240
        bought = row(world, "SELECT corrections FROM contracts WHERE package = 'surgery'")
        assert bought == ("icu",)
        sound(world)

    asyncio.run(story())


def test_one_batch_may_hold_the_rules_the_price_and_the_case(world: World) -> None:
    """A case sees what the commands before it in its own batch put in force."""

    async def prepared() -> Ward:
        ward = await ward_of(world)
        await world.contract(ward.head, packages=["surgery"])
        return ward

    ward = asyncio.run(prepared())
    year = kyiv_day(world.clock.now - timedelta(minutes=5)).year
    signed = [
        ward.signed(),
        ward.country.sign("grouping.release", world.payer, resource=write.rules(year)),
        ward.country.sign("tariff.release", world.payer, resource=write.case_mix(year)),
        ward.signed(),
    ]
    assert codes(commit(world, signed)) == ["accepted"] * 4
    assert row(world, "SELECT count(*), sum(amount) FROM charges") == (1, WORTH)
    sound(world)


def test_a_referred_case_closes_its_referral_and_is_paid_as_a_case(world: World) -> None:
    """One act, one charge: the tariff of the service that was referred for is not asked."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        await cases.weigh(world)
        await world.contract(ward.head, packages=["surgery"])
        patient = ward.country.patient
        referral = await world.referral(ward.country.doctor, patient)
        await world.redemption(ward.surgeon, patient, referral)
        package = ward.package(referral=referral)
        package[0]["serviceType"]["coding"][0]["code"] = "A67003"
        del package[0]["serviceType"]["coding"][0]["display"]
        facts = facts_of(world, await cases.record(world, ward.surgeon, package))
        assert isinstance(facts[2], ReferralCompleted)
        assert isinstance(facts[3], ChargeAccrued)
        assert facts[3].kind == "case"
        assert len(facts) == 4

    asyncio.run(story())


def test_a_case_entered_in_error_is_taken_back_and_the_rest_is_stated(world: World) -> None:
    """The charge leaves its month; the statement adds up what is left, at its weight."""

    async def story() -> None:
        ward = await ward_of(world)
        await cases.group(world)
        await cases.weigh(world)
        contract = await world.contract(ward.head, packages=["surgery"])
        wrong = ward.package()
        await cases.record(world, ward.surgeon, wrong)
        await ward.charge()
        cancelled = await encounters.cancel(world, ward.surgeon, ward.country.patient, wrong)
        withdrawn = facts_of(world, cancelled)[-1]
        assert isinstance(withdrawn, ChargeWithdrawn)
        assert withdrawn.package == "surgery"
        period = month_of(kyiv_day(world.clock.now - timedelta(minutes=5)))
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead = SOON * 2
        resource = {
            "id": str(uuid4()),
            "contract": str(contract),
            "package": "surgery",
            "period": period,
        }
        accepted = await world.send("statement.form", world.payer, resource=resource)
        (formed,) = facts_of(world, accepted)
        assert isinstance(formed, StatementFormed)
        assert (formed.count, formed.total) == (1, WORTH)
        sound(world)

    asyncio.run(story())


def test_the_package_of_a_withheld_case_is_opened_by_its_position(world: World) -> None:
    """What its settlement is grouped from is what was signed, digit by digit; nothing else is."""

    async def story() -> tuple[list[Json], int]:
        ward = await ward_of(world)
        package = ward.package()
        accepted = await cases.record(world, ward.surgeon, package)
        return package, accepted.receipt.placement.first_position

    package, position = asyncio.run(story())
    vault = world.running.reader.vault
    mapper = FactMapper(vault, LedgerId(world.author.ledger), "records")
    with superuser(world) as connection, connection.cursor() as cursor:
        originals = Originals(cursor, set(), {position, position + 1}, mapper, vault)
    opened = originals.of_act(position)
    assert opened is not None
    assert canonical(opened) == canonical(package)
    assert originals.of_act(position + 1) is None
    with pytest.raises(KeyError):
        originals.of_act(position + 2)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({}, "grouping.version_taken"),
        ({"version": "another"}, "grouping.overlaps"),
    ],
)
def test_a_second_release_is_refused(world: World, other: dict[str, str], code: str) -> None:
    """One release a day, one a version, whatever was committed long before."""

    async def story() -> None:
        await cases.group(world)
        with pytest.raises(Refused) as refusal:
            await cases.group(world, **other)
        assert refusal.value.code == code

    asyncio.run(story())


def test_what_comes_later_settles_a_withheld_case(world: World) -> None:
    """Each thing that is missing is named to the payer; once all is there, the case is charged."""

    async def story() -> None:
        ward = await ward_of(world)
        withheld = await ward.charge()
        assert isinstance(withheld, ChargeWithheld)
        asked = {"charge": str(withheld.charge), "explanation": "Правила групування оприлюднено"}

        async def refusal() -> tuple[str, str]:
            return await refused(world, "charge.settle", world.payer, **asked)

        at = "$.resource.charge"
        assert await refusal() == ("charge.still_no_release", at)
        await cases.group(world)
        assert await refusal() == ("charge.still_no_tariff", at)
        await cases.weigh(world)
        assert await refusal() == ("charge.still_no_contract", at)
        contract = await world.contract(ward.head, packages=["surgery"])
        settled, charge, *_ = facts_of(
            world, await world.send("charge.settle", world.payer, resource=asked)
        )
        assert isinstance(settled, ChargeSettled)
        assert isinstance(charge, ChargeAccrued)
        assert (charge.kind, charge.contract, charge.amount) == ("case", contract, WORTH)
        assert (settled.successor, charge.act_position) == (charge.charge, withheld.act_position)
        assert await refusal() == ("charge.already_settled", at)
        sound(world)

    asyncio.run(story())
