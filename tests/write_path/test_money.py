"""Follow the money on a real ledger: priced, stated after the cut-off, signed, accepted, paid
once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.errors import Refused
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import StatementFormed
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.store.ledger import Ledger
from ehealth_ledger.values.time import Month, next_month
from tests.world import World
from tests.write_path.country import (
    SOON,
    Country,
    codes,
    commit,
    contents,
    head,
    settle,
    superuser,
)


def facts_of(world: World, accepted: Accepted) -> list[Fact]:
    """Read back the facts of one command."""
    placed = accepted.receipt.placement
    door = world.running.reader.notifications
    found = [
        each.fact
        for each in door.read(door.beginning(), 10_000)
        if placed.first_position <= each.position <= placed.last_position
    ]
    return [fact for fact in found if fact is not None]


def charge_of(world: World, accepted: Accepted) -> ChargeAccrued:
    """Read back what an act earned."""
    charge = facts_of(world, accepted)[-1]
    assert isinstance(charge, ChargeAccrued)
    return charge


async def refused(world: World, command: str, actor: Actor, **resource: Any) -> tuple[str, str]:
    """Post a command that is refused, and prove that nothing was written."""
    before = contents(world), head(world)
    with pytest.raises(Refused) as refusal:
        await world.send(command, actor, resource=resource)
    assert (contents(world), head(world)) == before
    return refusal.value.code, refusal.value.path


@dataclass
class Books:
    """Hold a country with prices and one formed statement of two acts."""

    country: Country
    contract: UUID
    period: Month
    statement: UUID
    formed: StatementFormed
    receipt: Accepted

    @property
    def countersignature(self) -> dict[str, Any]:
        placed = self.receipt.receipt.placement
        return {
            "statement": str(self.statement),
            "digest": self.formed.digest,
            "first": {
                "log": "records",
                "position": placed.last_position,
                "chain_value": placed.chain_value.hex(),
                "content_digest": self.formed.content_digest,
            },
        }

    def payment(self, amount: int, reference: str, **other: Any) -> dict[str, Any]:
        today = self.country.world.clock.now.date().isoformat()
        return {
            "id": str(uuid4()),
            "statement": str(self.statement),
            "amount": amount,
            "bank_reference": reference,
            "paid_on": today,
            **other,
        }


async def opened(world: World) -> Books:
    """Treat twice, pass the cut-off, form the statement."""
    country = await settle(world)
    await world.tariff(15_000)
    contract = await world.contract(country.hospital)
    await country.treated()
    await country.treated()
    period = Month(country.month)
    await world.cut_off(period, world.clock.now + SOON)
    world.clock.ahead += 2 * SOON
    signed = country.forming(contract, period)
    receipt = await world.post(signed)
    (formed,) = facts_of(world, receipt)
    assert isinstance(formed, StatementFormed)
    assert formed.content_digest == sha256(signed.content).hexdigest()
    return Books(country, contract, period, formed.statement, formed, receipt)


def test_refuses_statement__period_open_before_the_cut_off(world: World) -> None:
    """A statement waits for its cut-off: before it there is none to form, after it there is one."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff()
        contract = await world.contract(country.hospital)
        charge = charge_of(world, await country.treated())
        resource = {"contract": str(contract), "package": "9", "period": charge.period}
        open_period = ("statement.period_open", "$.resource.period")
        refusal = await refused(world, "statement.form", world.payer, id=str(uuid4()), **resource)
        assert refusal == open_period
        await world.cut_off(charge.period, world.clock.now + SOON)
        refusal = await refused(world, "statement.form", world.payer, id=str(uuid4()), **resource)
        assert refusal == open_period
        world.clock.ahead += 2 * SOON
        (formed,) = facts_of(world, await world.post(country.forming(contract, charge.period)))
        assert isinstance(formed, StatementFormed)
        assert (formed.count, formed.total) == (1, charge.amount)

    asyncio.run(story())


def test_a_statement_is_formed_once(world: World) -> None:
    """A second statement of the same set is refused; so is one of a month without charges."""

    async def story() -> None:
        books = await opened(world)
        again = {"contract": str(books.contract), "package": "9", "period": books.period}
        refusal = await refused(world, "statement.form", world.payer, id=str(uuid4()), **again)
        assert refusal == ("statement.already_formed", "$.resource")
        assert (books.formed.count, books.formed.total) == (2, 30_000)
        with superuser(world) as connection:
            row = connection.execute("SELECT sum(amount), count(*) FROM charges").fetchone()
        assert row == (30_000, 2)

    asyncio.run(story())


def test_refuses_statement__empty_where_nothing_was_charged(world: World) -> None:
    """A closed month without a charge has no statement."""

    async def story() -> None:
        country = await settle(world)
        contract = await world.contract(country.hospital)
        await world.cut_off(country.month, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        empty = {"contract": str(contract), "package": "9", "period": country.month}
        refusal = await refused(world, "statement.form", world.payer, id=str(uuid4()), **empty)
        assert refusal == ("statement.empty", "$.resource.period")

    asyncio.run(story())


def test_a_late_act_falls_into_the_next_open_month(world: World) -> None:
    """What is recorded after the cut-off never enters the closed month, and both add up for
    ever.
    """

    async def story() -> None:
        books = await opened(world)
        late = charge_of(world, await books.country.treated())
        assert late.period == next_month(books.period)
        with superuser(world) as connection:
            rows = connection.execute(
                "SELECT period, count(*) FROM charges GROUP BY period ORDER BY period"
            ).fetchall()
        assert rows == [(books.period, 2), (next_month(books.period), 1)]
        refusal = await refused(
            world,
            "cut_off.set",
            world.payer,
            id=str(uuid4()),
            period=books.period,
            at=(world.clock.now + timedelta(days=9)).isoformat(),
        )
        assert refusal == ("cut_off.already_passed", "$.resource.period")

    asyncio.run(story())


@pytest.mark.parametrize("missing", ["tariff", "contract"])
def test_an_act_without_a_price_is_withheld(world: World, missing: str) -> None:
    """Care is never refused for money: the act stands, and the reason waits for people."""

    async def story() -> None:
        country = await settle(world)
        if missing == "tariff":
            await world.contract(country.hospital)
        else:
            await world.tariff()
        charge = facts_of(world, await country.treated())[-1]
        assert isinstance(charge, ChargeWithheld)
        assert charge.reason == f"no_{missing}"
        assert contents(world)["charges"] == contents(world)["postings"] == 0

    asyncio.run(story())


def test_a_statement_is_signed_accepted_and_paid_in_parts(world: World) -> None:
    """Each step in its turn, each digest and reference exact, each hryvnia once; the books
    balance.
    """

    async def story() -> None:
        books = await opened(world)
        hospital, payer = books.country.hospital, world.payer
        agreed = {"statement": str(books.statement), "digest": books.formed.digest}
        other = "0" * 64

        # Nothing before its turn
        assert await refused(world, "statement.accept", payer, **agreed) == (
            "statement.not_countersigned",
            "$.resource.statement",
        )
        assert await refused(world, "payment.record", payer, **books.payment(1, "P-0")) == (
            "statement.not_accepted",
            "$.resource.statement",
        )

        # The provider signs this statement's bytes and record, and no others
        right = books.countersignature
        for change, code in (
            ({"digest": other}, "statement.digest_mismatch"),
            *(
                ({"first": {**right["first"], name: value}}, "statement.reference_mismatch")
                for name, value in (
                    ("position", right["first"]["position"] - 1),
                    ("chain_value", other),
                    ("content_digest", other),
                )
            ),
        ):
            found = await refused(world, "statement.countersign", hospital, **{**right, **change})
            assert found[0] == code
        clinic = await refused(world, "statement.countersign", books.country.clinic, **right)
        assert clinic == ("statement.not_yours", "$.legal_entity")
        await world.send("statement.countersign", hospital, resource=right)
        assert await refused(world, "statement.countersign", hospital, **right) == (
            "statement.already_countersigned",
            "$.resource.statement",
        )

        # The payer accepts what was signed, once
        wrong = {**agreed, "digest": other}
        assert await refused(world, "statement.accept", payer, **wrong) == (
            "statement.digest_mismatch",
            "$.resource.digest",
        )
        await world.send("statement.accept", payer, resource=agreed)
        assert await refused(world, "statement.accept", payer, **agreed) == (
            "statement.already_accepted",
            "$.resource.statement",
        )

        # Payments add up to the total and no further
        too_much = books.payment(30_001, "P-1")
        assert await refused(world, "payment.record", payer, **too_much) == (
            "payment.exceeds_statement",
            "$.resource.amount",
        )
        tomorrow = (world.clock.now + timedelta(days=2)).date().isoformat()
        assert await refused(
            world, "payment.record", payer, **books.payment(1, "P-1", paid_on=tomorrow)
        ) == ("payment.dated_in_future", "$.resource.paid_on")
        await world.send("payment.record", payer, resource=books.payment(10_000, "P-1"))
        assert await refused(world, "payment.record", payer, **books.payment(5_000, "P-1")) == (
            "payment.reference_repeated",
            "$.resource.bank_reference",
        )
        assert await refused(world, "payment.record", payer, **books.payment(20_001, "P-2")) == (
            "payment.exceeds_statement",
            "$.resource.amount",
        )
        await world.send("payment.record", payer, resource=books.payment(20_000, "P-2"))
        assert await refused(world, "payment.record", payer, **books.payment(1, "P-3")) == (
            "payment.exceeds_statement",
            "$.resource.amount",
        )
        _balanced(world)
        _same_after_a_restart(world, books.statement)

    asyncio.run(story())


def _balanced(world: World) -> None:
    """Debits equal credits in every record and over all; what was accrued is owed is paid."""
    with superuser(world) as connection:
        unbalanced = connection.execute(
            "SELECT position FROM postings GROUP BY position HAVING sum(amount) <> 0"
        ).fetchall()
        accounts = connection.execute(
            "SELECT account, sum(amount)::bigint FROM postings GROUP BY account ORDER BY account"
        ).fetchall()
    assert unbalanced == []
    assert accounts == [("accrued", 0), ("bank", -30_000), ("expense", 30_000), ("payable", 0)]


def _same_after_a_restart(world: World, statement: UUID) -> None:
    """The committer's cached state is what the records say."""
    ledger = Ledger(world.urls.ledger, world.running.reader.mapper)
    try:
        cached = world.running.committer._streams._streams[statement]
        assert ledger.state_of(statement) == cached.state
    finally:
        ledger.close()


def test_a_batch_counts_its_own_earlier_payments(world: World) -> None:
    """Two payments in one batch that together exceed the total: the second is refused."""

    async def story() -> Books:
        books = await opened(world)
        right = books.countersignature
        await world.send("statement.countersign", books.country.hospital, resource=right)
        agreed = {"statement": str(books.statement), "digest": books.formed.digest}
        await world.send("statement.accept", world.payer, resource=agreed)
        return books

    books = asyncio.run(story())
    signed = [
        world.author.sign("payment.record", world.payer, resource=books.payment(amount, reference))
        for amount, reference in ((20_000, "P-1"), (10_001, "P-2"), (5_000, "P-1"), (10_000, "P-3"))
    ]
    assert codes(commit(world, signed)) == [
        "accepted",
        "payment.exceeds_statement",
        "payment.reference_repeated",
        "accepted",
    ]


def test_a_statement_is_paid_in_the_batch_that_accepts_it(world: World) -> None:
    """The acceptance's debt is there when the database sums the payment: no guard parts them."""
    books = asyncio.run(opened(world))
    right = books.countersignature
    asyncio.run(world.send("statement.countersign", books.country.hospital, resource=right))
    agreed = {"statement": str(books.statement), "digest": books.formed.digest}
    signed = [
        world.author.sign("statement.accept", world.payer, resource=agreed),
        world.author.sign("payment.record", world.payer, resource=books.payment(30_000, "P-1")),
    ]
    answers = commit(world, signed)
    assert codes(answers) == ["accepted", "accepted"]
    first = answers[0]
    assert isinstance(first, Accepted)
    with superuser(world) as connection:
        transactions = connection.execute(
            "SELECT DISTINCT xmin::text FROM records WHERE position >= %s",
            (first.receipt.placement.first_position,),
        ).fetchall()
    assert len(transactions) == 1
    _balanced(world)
