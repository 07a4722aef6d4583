"""Settle a month below zero on a real ledger: set off against another one, or repaid."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.statement import Statement, Status
from ehealth_ledger.commands.command import Command
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import verify_money
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.errors import Refusal
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import Formed
from ehealth_ledger.intake import judgement
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.migrate import ledger_migrations
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.values.time import next_month
from tests.audit.conftest import Audited
from tests.audit.test_forgeries import forging
from tests.cli.conftest import Deployment, environment_of
from tests.world import World
from tests.write_path.country import codes, commit, superuser
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


def _believing(patch: pytest.MonkeyPatch, believed: Callable[[Statement], Statement]) -> None:
    """Let every law see statements otherwise than they stand."""

    def blinded(judge: Callable[[Any], list[Fact]]) -> Callable[[Case[Command]], list[Fact]]:
        def judged(case: Case[Command]) -> list[Fact]:
            states = {
                key: believed(state) if isinstance(state, Statement) else state
                for key, state in case.states.items()
            }
            return judge(replace(case, states=states))

        return judged

    laws = {kind: replace(law, judge=blinded(law.judge)) for kind, law in LAWS.items()}
    patch.setattr(judgement, "LAWS", laws)


def _owing_a_fortune(state: Statement) -> Statement:
    much = 10**6 if state.accepted > 0 else -(10**6)
    return replace(state, accepted=much, paid=0, offset=0, refunded=0)


def _refused_by_the_database(world: World, culprit: Signed, guard: str) -> str:
    """Commit the culprit beside an innocent of the same kind of trust; return its code."""
    innocent = world.author.sign(
        "cut_off.set",
        world.payer,
        resource={"id": str(uuid4()), "period": "2099-01", "at": "2099-02-01T00:00:00Z"},
    )
    accepted, refusal = commit(world, [innocent, culprit])
    assert isinstance(accepted, Accepted)
    assert isinstance(refusal, Refusal)
    assert refusal.evidence["guard"] == guard
    sound(world)
    return refusal.code


def _settling_beyond(world: World, books: Books, debt: Formed, stands: int) -> dict[str, Signed]:
    """Sign one step too much of each kind; of the first month 10.00 are owed still, of debt 20."""
    payer, sign = world.payer, world.author.sign
    paid = sign("payment.record", payer, resource=books.payment(stands - 1_000, "P-1"))
    (first,) = commit(world, [paid])
    assert isinstance(first, Accepted)
    return {
        "payment": sign("payment.record", payer, resource=books.payment(1_001, "P-2")),
        "offset": sign("statement.offset", payer, resource=offset(books, debt, 1_001)),
        "refund": sign("refund.record", payer, resource=refund(books, debt, 2_001, "B-1")),
    }


def _beyond(world: World, monkeypatch: pytest.MonkeyPatch, kind: str) -> str:
    books, stands, debt = asyncio.run(owing_back(world))
    culprit = _settling_beyond(world, books, debt, stands.amount)[kind]
    _believing(monkeypatch, _owing_a_fortune)
    return _refused_by_the_database(world, culprit, f"{kind}_within_debt")


def test_guard_payment_within_debt_refuses_payment__exceeds_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kopiyka beyond what is left is not paid, whatever the law believes is owed."""
    assert _beyond(world, monkeypatch, "payment") == "payment.exceeds_statement"


def test_guard_offset_within_debt_refuses_offset__exceeds_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was paid before counts: no more is set off than the payer owes still."""
    assert _beyond(world, monkeypatch, "offset") == "offset.exceeds_statement"


def test_guard_refund_within_debt_refuses_refund__exceeds_receivable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody repays a kopiyka more than is owed back."""
    assert _beyond(world, monkeypatch, "refund") == "refund.exceeds_receivable"


def test_guard_recovery_within_debt_refuses_offset__exceeds_receivable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came back before counts: no more is set off than the provider owes still."""
    books, _, debt = asyncio.run(owing_back(world))
    repaid = world.author.sign("refund.record", world.payer, resource=refund(books, debt, 1, "B"))
    assert codes(commit(world, [repaid])) == ["accepted"]
    wanted = offset(books, debt, TAKEN_BACK)
    culprit = world.author.sign("statement.offset", world.payer, resource=wanted)
    _believing(monkeypatch, _owing_a_fortune)
    code = _refused_by_the_database(world, culprit, "recovery_within_debt")
    assert code == "offset.exceeds_receivable"


def test_guard_statement_debts_once_refuses_statement__already_accepted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a statement owes is said once."""
    _, _, debt = asyncio.run(owing_back(world))
    wanted = {"statement": str(debt.statement), "digest": debt.digest}
    culprit = world.author.sign("statement.accept", world.payer, resource=wanted)
    _believing(monkeypatch, lambda state: replace(state, status=Status.COUNTERSIGNED))
    code = _refused_by_the_database(world, culprit, "statement_debts_once")
    assert code == "statement.already_accepted"


async def settled(world: World) -> dict[str, int]:
    """Set ten hryvnias off, let five come back; return where that stands."""
    books, _, debt = await owing_back(world)
    wanted = offset(books, debt, 1_000)
    first = await world.send("statement.offset", world.payer, resource=wanted)
    second = await world.send("refund.record", world.payer, resource=refund(books, debt, 500, "B"))
    at = first.receipt.placement.first_position
    return {"offset": at, "recovery": at + 1, "refund": second.receipt.placement.first_position}


def test_an_older_ledger_is_given_the_rows_that_a_new_one_has(world: World) -> None:
    """What the migration reads from the log in clear is what was written fact by fact."""

    async def story() -> None:
        books, stands, debt = await owing_back(world)
        for command, wanted in (
            ("statement.offset", offset(books, debt, 1_000)),
            ("refund.record", refund(books, debt, 500, "B")),
            ("payment.record", books.payment(stands.amount - 1_000, "P")),
        ):
            await world.send(command, world.payer, resource=wanted)

    asyncio.run(story())
    (script,) = (each.text for each in ledger_migrations() if each.name.startswith("0182"))
    filled = re.findall(r"INSERT INTO (\w+)\n(SELECT.*?);", script, re.DOTALL)
    assert [table for table, _ in filled] == ["statement_debts", "debts_settled"]
    with superuser(world) as connection:
        for table, reading in filled:
            read = connection.execute(reading.encode()).fetchall()
            written = connection.execute(f"SELECT * FROM {table}".encode()).fetchall()
            assert sorted(read) == sorted(written) != []


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
