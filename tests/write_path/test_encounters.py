"""Record and cancel packages on a real ledger: what is compared, what is taken back, the walls."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.errors import Refusal, Refused
from ehealth_ledger.store.guards import GUARDS
from ehealth_ledger.values.json import Json
from tests.countries import encounters
from tests.world import World
from tests.write_path.country import SOON, Country, codes, commit, settle, superuser


async def _recorded(world: World, *, paid: bool = False) -> tuple[Country, list[Json]]:
    """Record one of each member, where asked on a referral that is priced."""
    country = await settle(world)
    referral = None
    if paid:
        await world.tariff()
        await world.contract(country.hospital)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, referral)
    resources = encounters.package(
        world, country.specialist, country.patient, country.episode, referral
    )
    await encounters.record(world, country.specialist, resources)
    return country, resources


def _cancellation(country: Country, resources: list[Json], *places: int) -> Signed:
    return encounters.cancellation(
        country.world, country.specialist, country.patient, resources, *places
    )


def _topics(world: World, last: int) -> list[str]:
    door = world.running.reader.notifications
    head = door.head().position
    return [each.topic for each in door.read(door.place_at(head - last), last)]


def test_a_package_is_cancelled_part_by_part(world: World) -> None:
    """The observation goes first, then all that is left; what went before cannot go again."""
    country, resources = asyncio.run(_recorded(world))
    rest = [at for at in range(len(resources)) if at != 2]
    parts = [
        _cancellation(country, resources, 2),
        _cancellation(country, resources),
        _cancellation(country, resources, *rest),
    ]
    answers = [commit(world, [each])[0] for each in parts]
    assert codes(answers) == ["accepted", "encounter.already_in_error", "accepted"]
    assert _topics(world, 2) == ["encounter.cancelled.v1", "episode.diagnoses_withdrawn.v1"]


def test_what_was_signed_first_is_what_counts(world: World) -> None:
    """One digit of one observation differs from the stored envelope: named, and nothing written."""
    country, resources = asyncio.run(_recorded(world))
    altered = deepcopy(resources)
    altered[2]["valueQuantity"]["unit"] = "kPa"
    (answer,) = commit(world, [_cancellation(country, altered)])
    assert isinstance(answer, Refused)
    assert (answer.code, answer.path) == (
        "encounter.content_differs",
        "$.resources[2].valueQuantity.unit",
    )


def test_a_package_of_the_same_batch_is_cancelled_when_asked_again(world: World) -> None:
    """Its envelope is stored only with the batch: undecided first, then the same bytes pass."""
    country = asyncio.run(settle(world))
    resources = encounters.package(world, country.specialist, country.patient, country.episode)
    recording = world.author.sign("encounter.record", country.specialist, resources=resources)
    cancelling = _cancellation(country, resources)
    assert codes(commit(world, [recording, cancelling])) == [
        "accepted",
        "encounter.original_not_at_hand",
    ]
    assert codes(commit(world, [cancelling])) == ["accepted"]


def test_evidence_is_looked_up_across_packages(world: World) -> None:
    """A condition may rest on an earlier observation until that one is entered in error."""
    country, resources = asyncio.run(_recorded(world))

    def resting() -> Signed:
        again = encounters.package(world, country.specialist, country.patient, country.episode)
        evidence = {"detail": [{"reference": f"Observation/{resources[2]['id']}"}]}
        again[1]["evidence"] = [evidence]
        return world.author.sign("encounter.record", country.specialist, resources=again)

    in_one_batch = [resting(), _cancellation(country, resources, 2), resting()]
    assert codes(commit(world, in_one_batch)) == [
        "accepted",
        "accepted",
        "encounter.evidence_in_error",
    ]
    assert codes(commit(world, [resting()])) == ["encounter.evidence_in_error"]


def test_an_open_charge_is_taken_out_of_its_statement(world: World) -> None:
    """Two acts, one cancelled before the cut-off: the statement holds the other alone."""

    async def story() -> None:
        country, resources = await _recorded(world, paid=True)
        kept = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, kept)
        await world.encounter(country.specialist, country.patient, kept, episode=country.episode)
        await encounters.cancel(world, country.specialist, country.patient, resources)
        assert _topics(world, 3)[-1] == "charge.withdrawn.v1"
        contract = _contract(world)
        period = country.month
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        stated = await world.statement(contract, period)
        assert (stated.fact.count, stated.fact.total) == (1, 15_000)
        with superuser(world) as connection:
            balances = connection.execute(
                "SELECT account, sum(amount)::bigint FROM postings GROUP BY account ORDER BY 1"
            ).fetchall()
        assert balances == [("accrued", -15_000), ("expense", 15_000)]

    asyncio.run(story())


def _contract(world: World) -> UUID:
    with superuser(world) as connection:
        row = connection.execute("SELECT contract FROM contracts").fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def test_a_period_that_withdrawals_emptied_has_no_statement(world: World) -> None:
    """Nothing is left to state, and that is said so."""

    async def story() -> None:
        country, resources = await _recorded(world, paid=True)
        await encounters.cancel(world, country.specialist, country.patient, resources)
        period = country.month
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        with pytest.raises(Refused) as refusal:
            await world.statement(_contract(world), period)
        assert refusal.value.code == "statement.empty"

    asyncio.run(story())


def test_a_closed_period_keeps_its_charge(world: World) -> None:
    """After the cut-off the charge is questioned; the statement is what it would have been."""

    async def story() -> None:
        country, resources = await _recorded(world, paid=True)
        period = country.month
        await world.cut_off(period, world.clock.now + SOON)
        world.clock.ahead += 2 * SOON
        await encounters.cancel(world, country.specialist, country.patient, resources)
        assert _topics(world, 3)[-1] == "charge.questioned.v1"
        stated = await world.statement(_contract(world), period)
        assert (stated.fact.count, stated.fact.total) == (1, 15_000)

    asyncio.run(story())


@pytest.mark.parametrize("encounter_first", [True, False], ids=["encounter first", "end first"])
def test_an_episode_ends_before_or_after_an_encounter(world: World, encounter_first: bool) -> None:
    """What stands first decides, in one batch too: a closed episode takes nothing in."""
    country = asyncio.run(settle(world))
    end = {
        "episode": str(country.episode),
        "patient": str(country.patient),
        "last_day": world.clock.now.date().isoformat(),
        "reason": "resolved",
        "summary": "Одужав",
    }
    closing = country.sign("episode.close", country.specialist, resource=end)
    recording = country.encounter(country.specialist)
    signed = [recording, closing] if encounter_first else [closing, recording]
    wanted = ["accepted", "accepted" if encounter_first else "episode.not_active"]
    assert codes(commit(world, signed)) == wanted


async def _met_by_the_wall(
    country: Country, culprit: Signed, guard: str, statement: str, **known: UUID | str
) -> None:
    """Put a row that the law does not see: the database refuses the culprit, and nobody else."""
    world = country.world
    with superuser(world) as connection:
        connection.execute(statement.encode(), known)
    innocents = [country.patient_registration() for _ in range(3)]
    answers = commit(world, [innocents[0], culprit, *innocents[1:]])
    assert codes(answers) == ["accepted", GUARDS[guard], "accepted", "accepted"]
    refusal = answers[1]
    assert isinstance(refusal, Refusal)
    assert refusal.evidence["guard"] == guard


def test_guard_clinical_resources_taken_refuses_id__not_new(world: World) -> None:
    """A clinical resource stands in one row, whatever is known of ids."""

    async def story() -> None:
        country = await settle(world)
        resources = encounters.package(world, country.specialist, country.patient, country.episode)
        culprit = world.author.sign("encounter.record", country.specialist, resources=resources)
        await _met_by_the_wall(
            country,
            culprit,
            "clinical_resources_taken",
            "INSERT INTO clinical_resources VALUES (%(member)s, 'x', %(patient)s)",
            member=resources[1]["id"],
            patient=uuid4(),
        )

    asyncio.run(story())


def test_guard_resources_in_error_once_refuses_encounter__already_in_error(world: World) -> None:
    """A resource is entered in error once."""

    async def story() -> None:
        country, resources = await _recorded(world)
        await _met_by_the_wall(
            country,
            _cancellation(country, resources),
            "resources_in_error_once",
            "INSERT INTO resources_in_error VALUES (%(member)s, %(encounter)s)",
            member=resources[1]["id"],
            encounter=uuid4(),
        )

    asyncio.run(story())


def test_guard_withdrawn_charges_once_refuses_charge__already_withdrawn(world: World) -> None:
    """A charge is taken back once."""

    async def story() -> None:
        country, resources = await _recorded(world, paid=True)
        await _met_by_the_wall(
            country,
            _cancellation(country, resources),
            "withdrawn_charges_once",
            "INSERT INTO withdrawn_charges VALUES (%(charge)s, 1)",
            charge=charge_id(UUID(resources[0]["id"]), ATTEMPT_FIRST),
        )

    asyncio.run(story())
