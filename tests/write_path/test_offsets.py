"""Settle a month below zero on a real ledger: set off against another one, or repaid."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import verify_money
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.statement import Formed
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.values.time import next_month
from tests.audit.conftest import Audited
from tests.audit.test_forgeries import forging
from tests.cli.conftest import Deployment, environment_of
from tests.world import World
from tests.write_path.country import codes, commit
from tests.write_path.test_corrections import (
    adjustment,
    balances,
    closed,
    reviewed,
    signing,
    sound,
)
from tests.write_path.test_money import Books, refused

TAKEN_BACK = 2_000


async def owing_back(world: World) -> tuple[Books, ChargeAccrued, Formed]:
    """Accept a month of 150.00 hryvnias, and after it one of 20.00 below zero."""
    books, _, stands = await reviewed(world)
    await world.send("charge.adjust", world.payer, resource=adjustment(stands, -TAKEN_BACK))
    formed = await closed(world, books, next_month(books.period))
    signed = signing(world, formed)
    await world.send("statement.countersign", books.country.hospital, resource=signed)
    wanted = {"statement": str(formed.statement), "digest": formed.digest}
    await world.send("statement.accept", world.payer, resource=wanted)
    return books, stands, formed


def offset(books: Books, debt: Formed, amount: int) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "statement": str(books.statement),
        "against": str(debt.statement),
        "amount": amount,
    }


def refund(books: Books, debt: Formed, amount: int, reference: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "statement": str(debt.statement),
        "amount": amount,
        "bank_reference": reference,
        "received_on": books.payment(1, reference)["paid_on"],
    }


def test_a_month_below_zero_is_set_off_and_repaid(world: World) -> None:
    """Part is set off, part repaid, the rest of the first month paid; no account is left open."""

    async def story() -> tuple[Books, Formed]:
        books, stands, debt = await owing_back(world)
        payer = world.payer
        for amount, code in ((TAKEN_BACK + 1, "offset.exceeds_receivable"),):
            found = await refused(world, "statement.offset", payer, **offset(books, debt, amount))
            assert found == (code, "$.resource.amount")
        await world.send("statement.offset", payer, resource=offset(books, debt, 1_500))
        over = await refused(world, "refund.record", payer, **refund(books, debt, 501, "B-1"))
        assert over == ("refund.exceeds_receivable", "$.resource.amount")
        left = stands.amount - 1_500
        paying = await refused(world, "payment.record", payer, **books.payment(left + 1, "P-1"))
        assert paying == ("payment.exceeds_statement", "$.resource.amount")
        await world.send("payment.record", payer, resource=books.payment(left, "P-1"))
        same = await refused(world, "refund.record", payer, **refund(books, debt, 500, "P-1"))
        assert same == ("payment.reference_repeated", "$.resource.bank_reference")
        await world.send("refund.record", payer, resource=refund(books, debt, 500, "B-1"))
        net = stands.amount - TAKEN_BACK
        denied = books.formed.total - stands.amount
        assert balances(world) == {"expense": net + denied, "denied": -denied, "bank": -net}
        return books, debt

    books, debt = asyncio.run(story())
    sound(world)
    deployment = Deployment(world, environment_of(world.folder, world.urls))
    owed = deployment.json("statement", str(books.statement))
    back = deployment.json("statement", str(debt.statement))
    assert [each["status"] for each in (owed, back)] == ["paid", "paid"]
    assert [each["remaining"] for each in (owed, back)] == [0, 0]
    ((mine,), (other,)) = (owed["offsets"], back["offsets"])
    assert (mine["statement"], other["statement"]) == (str(debt.statement), str(books.statement))
    assert mine["amount"] == other["amount"] == 1_500
    assert [each["amount"] for each in back["refunds"]] == [500]
    printed = deployment.run("statement", str(debt.statement))
    assert printed.exit_code == 0, printed.output
    assert "set off 15.00 ₴, repaid 5.00 ₴, remaining 0.00 ₴" in printed.stdout


def test_two_offsets_in_one_batch_never_take_more_than_is_left(world: World) -> None:
    """The second of two offsets that were signed at once sees the first."""

    async def story() -> tuple[Books, Formed]:
        books, _, debt = await owing_back(world)
        return books, debt

    books, debt = asyncio.run(story())
    signed = [
        world.author.sign("statement.offset", world.payer, resource=offset(books, debt, 1_001))
        for _ in range(2)
    ]
    assert codes(commit(world, signed)) == ["accepted", "offset.exceeds_receivable"]
    assert balances(world)["receivable"] == TAKEN_BACK - 1_001
    sound(world)


async def settled(world: World) -> dict[str, int]:
    """Set ten hryvnias off, let five come back; return where that stands."""
    books, _, debt = await owing_back(world)
    wanted = offset(books, debt, 1_000)
    first = await world.send("statement.offset", world.payer, resource=wanted)
    second = await world.send("refund.record", world.payer, resource=refund(books, debt, 500, "B"))
    at = first.receipt.placement.first_position
    return {"offset": at, "recovery": at + 1, "refund": second.receipt.placement.first_position}


def _told(**fields: Any) -> Callable[[Any], Any]:
    return lambda fact: fact.model_copy(update=fields)


@pytest.mark.parametrize(
    ("place", "change", "kind", "in_books"),
    [
        ("offset", _told(amount=999), "fact.contradicted", True),
        ("offset", _told(amount=10**6), "statement.altered", True),
        ("offset", _told(against=uuid4()), "fact.contradicted", True),
        ("recovery", _told(amount=999), "fact.contradicted", True),
        ("recovery", _told(amount=10**6), "statement.altered", True),
        ("recovery", _told(by=uuid4()), "fact.contradicted", True),
        ("refund", _told(amount=499), "fact.contradicted", True),
        ("refund", _told(amount=1_001), "statement.altered", True),
        ("refund", _told(bank_reference="C"), "fact.contradicted", False),
        ("refund", _told(postings=()), "index.altered", True),
    ],
)
def test_a_forged_settlement_is_named(
    world: World, place: str, change: Callable[[Any], Any], kind: str, in_books: bool
) -> None:
    """Whoever holds every key still cannot set off, or say that came back, what nobody signed."""
    places = asyncio.run(settled(world))
    master = read_secret(world.settings.master_key_file)
    audited = Audited(
        world.urls,
        master,
        SigningKey(read_secret(world.settings.signing_key_file)),
        world.author.ledger,
        uuid4(),
        uuid4(),
        (bootstrap.signer(world.settings, world.author.ledger).key,),
        places,
    )
    assert audited.kinds() == set()
    with forging(audited) as forger:
        forger.body(places[place], change)
    # What the signed content contradicts is told of the whole command, at its first record.
    at = "offset" if kind == "fact.contradicted" and place == "recovery" else place
    assert (kind, places[at]) in audited.kinds()
    books = verify_money(world.urls, master, progress=lambda *_: None)
    assert bool(books.findings) is in_books
