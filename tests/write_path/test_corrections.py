"""Deny, claim again and correct on a real ledger: closed months stay, the books balance."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

from ehealth_ledger.entrypoints.audit import verify_ledger, verify_money
from ehealth_ledger.entrypoints.bootstrap import Keys
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeAdjusted,
    ChargeWithdrawn,
    ChargeWithheld,
)
from ehealth_ledger.events.statement import Formed, StatementFormedV2
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.pricing.statement import RICHER_FORMAT, STATEMENT_FORMAT
from ehealth_ledger.values.time import Month, next_month
from projections.projectors.compare import compare
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.projectors.replay import replay_statements
from projections.read_models.schema import prepare
from tests.cli.conftest import Deployment, environment_of
from tests.countries import encounters
from tests.projections.live import rows
from tests.world import World
from tests.write_path.country import SOON, Country, codes, commit, settle, superuser
from tests.write_path.test_money import Books, charge_of, facts_of, opened, refused

MODEL = "payment_statement"


async def reviewed(world: World) -> tuple[Books, ChargeAccrued, ChargeAccrued]:
    """State two acts, let the provider sign, and deny the first of them."""
    books = await opened(world)
    denied, stands = charges(world, books)
    await world.send(
        "statement.countersign", books.country.hospital, resource=books.countersignature
    )
    await world.send("statement.review", world.payer, resource=review(books, denied))
    return books, denied, stands


def charges(world: World, books: Books) -> list[ChargeAccrued]:
    """Read back what the statement adds up."""
    door = world.running.reader.notifications
    found = [each.fact for each in door.read(door.beginning(), 10_000)]
    return [
        each for each in found if isinstance(each, ChargeAccrued) and each.period == books.period
    ]


def review(books: Books, *denied: ChargeAccrued) -> dict[str, Any]:
    return {
        "statement": str(books.statement),
        "digest": books.formed.digest,
        "denied": [
            {
                "charge": str(each.charge),
                "reason": "duplicate_service",
                "rule": {"id": "duplicate_service", "version": 1},
                "explanation": "Та сама послуга того ж дня",
            }
            for each in denied
        ],
    }


def adjustment(charge: ChargeAccrued, amount: int) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "charge": str(charge.charge),
        "amount": amount,
        "reason": "price_corrected",
        "explanation": "Тариф змінено заднім числом",
    }


async def closed(world: World, books: Books, period: Month) -> Formed:
    """Pass the cut-off of a month and form its statement."""
    await world.cut_off(period, world.clock.now + SOON)
    world.clock.ahead += 2 * SOON
    (formed,) = facts_of(world, await world.post(books.country.forming(books.contract, period)))
    assert isinstance(formed, Formed)
    return formed


def balances(world: World) -> dict[str, int]:
    with superuser(world) as connection:
        unbalanced = connection.execute(
            "SELECT position FROM postings GROUP BY position HAVING sum(amount) <> 0"
        ).fetchall()
        accounts = connection.execute(
            "SELECT account, sum(amount)::bigint FROM postings GROUP BY account"
        ).fetchall()
    assert unbalanced == []
    return {account: amount for account, amount in accounts if amount}


def sound(world: World) -> None:
    """Nothing is found by the auditor, the books agree; rebuilt read models are as followed."""
    master = Keys.read(world.settings).master
    report = verify_ledger(world.urls, master, progress=lambda *_: None)
    assert [str(each) for each in report.findings] == []
    books = verify_money(world.urls, master, progress=lambda *_: None)
    assert [str(each) for each in books.findings] == []
    accounts: Counter[str] = Counter()
    for key, amount in books.balances.items():
        accounts[key.account] += amount
    assert {account: amount for account, amount in accounts.items() if amount} == balances(world)
    owed = books.owed
    assert -accounts["bank"] == owed.paid - owed.refunded
    assert -accounts["payable"] == owed.accepted - owed.paid - owed.offset
    assert accounts["receivable"] == owed.owed_back - owed.offset - owed.refunded
    prepare(world.urls.read)
    door = world.running.reader.notifications
    Follower(door, world.urls.read, [MODEL]).catch_up()
    assert compare(door, world.urls.read, MODEL, lambda *_: None).findings == []
    assert rebuild(door, world.urls.read, MODEL, lambda *_: None).equal


def test_denied_claimed_again_and_corrected(world: World) -> None:
    """A line is denied, claimed again, another one corrected; the next statement says it all."""

    async def story() -> None:
        books, denied, stands = await reviewed(world)
        hospital, payer = books.country.hospital, world.payer
        whole = books.formed.total
        too_much = books.payment(whole - denied.amount + 1, "P-1")
        assert await refused(world, "payment.record", payer, **too_much) == (
            "payment.exceeds_statement",
            "$.resource.amount",
        )
        rest = whole - denied.amount
        await world.send("payment.record", payer, resource=books.payment(rest, "P-1"))
        assert balances(world) == {"bank": -rest, "expense": whole, "denied": -denied.amount}

        again = {"charge": str(denied.charge), "explanation": "Надано виписку"}
        wrong = await refused(world, "charge.resubmit", books.country.clinic, **again)
        assert wrong == ("charge.not_yours", "$.resource.charge")
        second = facts_of(world, await world.send("charge.resubmit", hospital, resource=again))[1]
        assert isinstance(second, ChargeAccrued)
        assert (second.period, second.attempt) == (next_month(books.period), 2)
        assert (await refused(world, "charge.resubmit", hospital, **again))[0] == (
            "charge.already_resubmitted"
        )
        early = await refused(world, "charge.adjust", payer, **adjustment(second, -1))
        assert early == ("charge.not_stated", "$.resource.charge")
        for amount, expected in (
            (-15_001, "charge.adjustment_exceeds"),
            (0, "charge.adjustment_is_zero"),
        ):
            found = await refused(world, "charge.adjust", payer, **adjustment(stands, amount))
            assert found[0] == expected
        taken = await world.send("charge.adjust", payer, resource=adjustment(stands, -2_000))
        (corrected,) = facts_of(world, taken)
        assert isinstance(corrected, ChargeAdjusted)
        assert (corrected.statement, corrected.period) == (
            books.statement,
            next_month(books.period),
        )

        following = await closed(world, books, next_month(books.period))
        assert (following.count, following.total) == (2, 13_000)
        door = world.running.reader.notifications
        replayed = {
            key.period: each
            for key, each in replay_statements(door, door.head().position, lambda *_: None).items()
        }
        first, second_month = replayed[books.period], replayed[next_month(books.period)]
        assert (first.format, first.digest()) == (STATEMENT_FORMAT, books.formed.digest)
        assert (second_month.format, second_month.digest()) == (RICHER_FORMAT, following.digest)
        sound(world)

    asyncio.run(story())


def test_refuses_charge__not_accepted_until_the_payer_has_accepted(world: World) -> None:
    """A formed or countersigned line is denied, not corrected; in one batch the order decides."""

    async def story() -> tuple[Books, ChargeAccrued, Signed]:
        books = await opened(world)
        denied, stands = charges(world, books)
        early = ("charge.not_accepted", "$.resource.charge")
        payer, sign = world.payer, books.countersignature
        assert await refused(world, "charge.adjust", payer, **adjustment(denied, 100)) == early
        await world.send("statement.countersign", books.country.hospital, resource=sign)
        assert await refused(world, "charge.adjust", payer, **adjustment(denied, -100)) == early
        accepting = world.author.sign("statement.review", payer, resource=review(books, denied))
        return books, stands, accepting

    books, stands, accepting = asyncio.run(story())
    first, second = (
        world.author.sign("charge.adjust", world.payer, resource=adjustment(stands, -15_000))
        for _ in range(2)
    )
    answers = commit(world, [first, accepting, second])
    assert codes(answers) == ["charge.not_accepted", "accepted", "accepted"]
    assert asyncio.run(closed(world, books, next_month(books.period))).total == -15_000
    sound(world)


def test_a_line_stated_in_the_same_batch_is_not_corrected_yet(world: World) -> None:
    """The law sees the statement that the batch formed a moment before, and that nobody signed."""

    async def story() -> tuple[Country, ChargeAccrued, Signed]:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        charge = charge_of(world, await country.treated())
        period = Month(country.month)
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        return country, charge, country.forming(contract, period)

    country, charge, forming = asyncio.run(story())
    correcting = country.sign("charge.adjust", world.payer, resource=adjustment(charge, -1))
    assert codes(commit(world, [forming, correcting])) == ["accepted", "charge.not_accepted"]
    sound(world)


def test_a_statement_with_a_correction_is_printed(world: World) -> None:
    """People see the claim repeated and the correction; scripts get every line."""

    async def story() -> Formed:
        books, denied, stands = await reviewed(world)
        again = {"charge": str(denied.charge), "explanation": "Надано виписку"}
        await world.send("charge.resubmit", books.country.hospital, resource=again)
        await world.send("charge.adjust", world.payer, resource=adjustment(stands, -2_000))
        return await closed(world, books, next_month(books.period))

    formed = asyncio.run(story())
    sound(world)  # the read side has followed
    deployment = Deployment(world, environment_of(world.folder, world.urls))
    printed = deployment.run("statement", str(formed.statement))
    assert printed.exit_code == 0, printed.output
    for expected in ("150.00", "-20.00", "price_corrected", "2 lines, total 130.00"):
        assert expected in printed.stdout
    document = deployment.json("statement", str(formed.statement))
    assert [each["amount"] for each in document["lines"]] == [15_000, -2_000]
    assert all(each["act"]["command_id"] for each in document["lines"])


def test_the_read_side_tells_a_denial(world: World) -> None:
    """The charge's row says why and by which check; the statement says what is owed."""

    async def story() -> None:
        _, denied, stands = await reviewed(world)
        await world.send("charge.adjust", world.payer, resource=adjustment(stands, 700))
        sound(world)
        found = rows(world.urls.read, MODEL)
        by_id = {str(row[0]): row for row in found["payment_charge"]}
        assert by_id[str(denied.charge)][2] == "denied"
        assert '"explanation":"Та сама послуга того ж дня"' in by_id[str(denied.charge)][-1]
        assert sorted(row[2] for row in by_id.values()) == ["accrued", "adjustment", "denied"]
        (statement,) = found["payment_statement"]
        assert '"owed":15000' in statement[-1]

    asyncio.run(story())


def signing(world: World, formed: Formed) -> dict[str, Any]:
    """Agree to a formed statement: the provider names the record that formed it."""
    door = world.running.reader.notifications
    (record,) = [
        each
        for each in door.read(door.beginning(), 10_000)
        if isinstance(each.fact, Formed) and each.fact.statement == formed.statement
    ]
    first = {
        "log": "records",
        "position": record.position,
        "chain_value": record.chain_value.hex(),
        "content_digest": formed.content_digest,
    }
    return {"statement": str(formed.statement), "digest": formed.digest, "first": first}


def test_a_month_below_zero_reaches_the_provider(world: World) -> None:
    """A month of nothing but a correction is stated, signed and accepted; it is never paid."""

    async def story() -> Formed:
        books, denied, stands = await reviewed(world)
        await world.send("charge.adjust", world.payer, resource=adjustment(stands, -2_000))
        formed = await closed(world, books, next_month(books.period))
        assert isinstance(formed, StatementFormedV2)
        assert (formed.count, formed.total) == (1, -2_000)
        hospital = books.country.hospital
        await world.send("statement.countersign", hospital, resource=signing(world, formed))
        wanted = {"statement": str(formed.statement), "digest": formed.digest}
        await world.send("statement.accept", world.payer, resource=wanted)
        paying = books.payment(1, "P-2") | {"statement": str(formed.statement)}
        found = await refused(world, "payment.record", world.payer, **paying)
        assert found == ("payment.exceeds_statement", "$.resource.amount")
        owed = stands.amount
        assert balances(world) == {
            "expense": books.formed.total - 2_000,
            "denied": -denied.amount,
            "payable": -owed,
            "receivable": 2_000,
        }
        return formed

    formed = asyncio.run(story())
    sound(world)
    deployment = Deployment(world, environment_of(world.folder, world.urls))
    document = deployment.json("statement", str(formed.statement))
    assert (document["status"], document["total"], document["owed"]) == ("accepted", -2_000, -2_000)
    assert document["payments"] == []


def test_denials_beyond_what_is_left_are_owed_back(world: World) -> None:
    """A month that a correction has emptied already may still have lines denied."""

    async def story() -> None:
        books, _, stands = await reviewed(world)
        again = charge_of(world, await books.country.treated())
        await world.send("charge.adjust", world.payer, resource=adjustment(stands, -2_000))
        formed = await closed(world, books, next_month(books.period))
        hospital = books.country.hospital
        await world.send("statement.countersign", hospital, resource=signing(world, formed))
        other = review(books, again) | {
            "statement": str(formed.statement),
            "digest": formed.digest,
        }
        await world.send("statement.review", world.payer, resource=other)
        assert balances(world)["receivable"] == 2_000
        sound(world)

    asyncio.run(story())


def test_a_statement_of_which_all_is_denied_is_settled(world: World) -> None:
    """Nothing is owed, nothing can be paid, and no account is left open."""

    async def story() -> None:
        books = await opened(world)
        both = charges(world, books)
        sign = books.countersignature
        await world.send("statement.countersign", books.country.hospital, resource=sign)
        await world.send("statement.review", world.payer, resource=review(books, *both))
        found = await refused(world, "payment.record", world.payer, **books.payment(1, "P-1"))
        assert found[0] == "payment.exceeds_statement"
        assert balances(world) == {"expense": 30_000, "denied": -30_000}
        sound(world)

    asyncio.run(story())


def in_error(world: World, books: Books, charge: ChargeAccrued) -> Signed:
    """Sign that the whole package of a charged act was entered in error."""
    door = world.running.reader.notifications
    (act,) = door.read(door.place_at(charge.act_position - 1), 1)
    country = books.country
    return encounters.cancellation(
        world, country.specialist, country.patient, act.said("/resources")
    )


def test_an_act_in_error_after_a_denial_is_not_claimed_again(world: World) -> None:
    """The denied charge of an act in error stays denied: nobody is paid for what never was."""

    async def story() -> tuple[Books, ChargeAccrued]:
        books, denied, _ = await reviewed(world)
        return books, denied

    books, denied = asyncio.run(story())
    (cancelled,) = commit(world, [in_error(world, books, denied)])
    assert isinstance(cancelled, Accepted)
    assert facts_of(world, cancelled)[-1].TOPIC == "charge.questioned.v1"
    again = {"charge": str(denied.charge), "explanation": "Надано виписку"}
    found = asyncio.run(refused(world, "charge.resubmit", books.country.hospital, **again))
    assert found == ("charge.act_in_error", "$.resource.charge")
    sound(world)


def test_an_act_in_error_after_its_second_claim_leaves_the_open_month(world: World) -> None:
    """Whoever cancels an act takes back the attempt that is live, and no other."""

    async def story() -> tuple[Books, ChargeAccrued, ChargeAccrued]:
        books, denied, _ = await reviewed(world)
        again = {"charge": str(denied.charge), "explanation": "Надано виписку"}
        taken = await world.send("charge.resubmit", books.country.hospital, resource=again)
        second = facts_of(world, taken)[1]
        assert isinstance(second, ChargeAccrued)
        return books, denied, second

    books, denied, second = asyncio.run(story())
    (cancelled,) = commit(world, [in_error(world, books, denied)])
    assert isinstance(cancelled, Accepted)
    withdrawn = facts_of(world, cancelled)[-1]
    assert isinstance(withdrawn, ChargeWithdrawn)
    assert (withdrawn.charge, withdrawn.period) == (second.charge, second.period)
    sound(world)


def test_a_batch_sees_its_own_corrections(world: World) -> None:
    """Two corrections in one batch that together take too much: the second is refused."""

    async def story() -> tuple[ChargeAccrued, Books]:
        books, _, stands = await reviewed(world)
        again = charge_of(world, await books.country.treated())
        assert again.period == next_month(books.period)
        return stands, books

    stands, books = asyncio.run(story())
    signed = [
        world.author.sign("charge.adjust", world.payer, resource=adjustment(stands, -9_000))
        for _ in range(2)
    ]
    assert codes(commit(world, signed)) == ["accepted", "charge.adjustment_exceeds"]
    asyncio.run(closed(world, books, next_month(books.period)))
    sound(world)


def test_a_package_that_an_amendment_drops_is_stated_for_the_months_that_earned_it(
    world: World,
) -> None:
    """The month is stated, signed and paid; of a package without a charge the answers stay."""

    async def story() -> None:
        country = await settle(world)
        await world.tariff(15_000)
        contract = await world.contract(country.hospital)
        await country.treated()
        period = Month(country.month)
        amendment = {"contract": str(contract), "contract_number": "T-1", "packages": ["10"]}
        await world.contract(country.hospital, **amendment)
        later = charge_of_nothing(world, await country.treated())
        assert (later.reason, later.package) == ("no_contract", "9")
        await world.cut_off(period, world.clock.now + SOON)
        await world.cut_off(next_month(period), world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        stated = await world.statement(contract, period)
        assert (stated.fact.count, stated.fact.total) == (1, 15_000)
        await world.countersign(country.hospital, stated)
        await world.accept(stated)
        await world.pay(stated)
        wish = {"id": str(uuid4()), "contract": str(contract)}
        for package, month, code in (
            ("9", period, "statement.already_formed"),
            ("9", next_month(period), "statement.package_not_in_contract"),
            ("10", period, "statement.empty"),
        ):
            asked = wish | {"package": package, "period": month}
            assert (await refused(world, "statement.form", world.payer, **asked))[0] == code

    asyncio.run(story())
    sound(world)


def charge_of_nothing(world: World, accepted: Accepted) -> ChargeWithheld:
    """Read back why an act earned nothing yet."""
    charge = facts_of(world, accepted)[-1]
    assert isinstance(charge, ChargeWithheld)
    return charge
