"""Two pharmacies want one prescription: in every order of their steps no tablet is given twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.intake.answers import Answer
from ehealth_ledger.intake.committer import Committer
from tests.countries.pharmacy import (
    MULTI,
    SKIPPING,
    Country,
    Pharmacy,
    another_patient,
    settle,
)
from tests.world import World
from tests.write_path.country import codes, committer_of, submission, superuser

_ONE, _OTHER = 0, 1
ENDS = ("process", "reject")


def orders(one: int, other: int) -> list[tuple[int, ...]]:
    """List every order in which the steps of two sessions can interleave."""
    steps = range(one + other)
    return [
        tuple(_ONE if at in places else _OTHER for at in steps)
        for places in combinations(steps, one)
    ]


def _steps(
    country: Country, prescription: UUID, pharmacy: Pharmacy, quantity: int, end: str
) -> list[Signed]:
    """Write what a pharmacy wants: hold a quantity, then hand it out or let it go."""
    dispense = uuid4()
    held = country.reserving(dispense, prescription, pharmacy, quantity)
    if end == "reject":
        return [held, country.rejecting(dispense, prescription, pharmacy)]
    return [held, country.processing(dispense, prescription, pharmacy, quantity)]


def _live(world: World, prescription: UUID) -> int:
    with superuser(world) as connection:
        row = connection.execute(
            "SELECT coalesce(sum(quantity), 0)::bigint FROM live_dispenses WHERE prescription = %s",
            (prescription,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def _run(
    world: World,
    committers: Sequence[Committer],
    steps: Sequence[list[Signed]],
    order: Sequence[int],
) -> list[tuple[int, str]]:
    """Commit the steps in an order, each session by its own process's committer."""
    waiting = [iter(each) for each in steps]
    answers = []
    for session in order:
        signed = next(waiting[session])
        (code,) = codes(committers[session].commit([submission(world, signed)]))
        answers.append((session, code))
    return answers


async def _prescribed(country: Country) -> tuple[Country, UUID]:
    """Prescribe to a new patient: within a program one patient gets one at a time (rule 54)."""
    visit = await another_patient(country)
    return visit, await visit.prescribed()


@pytest.mark.parametrize("settings", [SKIPPING, MULTI], ids=["one dispense", "many dispenses"])
def test_two_pharmacies_dispense_one_prescription(world: World, settings: Sequence[str]) -> None:
    """In every order of hold and end, forty and forty of sixty, at most sixty are live."""
    country = asyncio.run(settle(world, settings))
    with committer_of(world) as one, committer_of(world) as other:
        for ends in ((a, b) for a in ENDS for b in ENDS):
            for order in orders(2, 2):
                visit, prescription = asyncio.run(_prescribed(country))
                steps = [
                    _steps(visit, prescription, pharmacy, 40, end)
                    for pharmacy, end in zip(country.pharmacies, ends, strict=True)
                ]
                answers = _run(world, (one, other), steps, order)
                live = _live(world, prescription)
                assert live <= 60, (ends, order, answers)
                accepted = [session for session, code in answers if code == "accepted"]
                winner = order[0]
                assert accepted.count(winner) == 2, (ends, order, answers)
                loser = 1 - winner
                freed = ends[winner] == "reject" and order[1] == winner
                assert accepted.count(loser) == (2 if freed else 0), (ends, order, answers)
                refusals = {code for _, code in answers} - {"accepted"}
                held = "dispense.exceeds_prescribed" if settings is MULTI else "dispense.other_live"
                assert refusals <= {held, "dispense.unknown"}, (ends, order, answers)


def test_two_pharmacies_at_the_same_moment(world: World) -> None:
    """Whoever comes to the head's lock second is refused; both at once are never let in."""
    country = asyncio.run(settle(world))
    with committer_of(world) as one, committer_of(world) as other:
        for _ in range(5):
            visit, prescription = asyncio.run(_prescribed(country))
            together = Barrier(2)
            wishes = [
                submission(world, visit.reserving(uuid4(), prescription, pharmacy))
                for pharmacy in country.pharmacies
            ]

            def hold(committer: Committer, at: int) -> list[Answer]:
                together.wait(timeout=10)  # noqa: B023 - awaited within the turn
                return committer.commit([wishes[at]])  # noqa: B023 - awaited within the turn

            with ThreadPoolExecutor(2) as threads:
                running = [threads.submit(hold, each, at) for at, each in enumerate((one, other))]
                answers = [codes(each.result(timeout=60))[0] for each in running]
            assert sorted(answers) == ["accepted", "dispense.other_live"]
            assert _live(world, prescription) == 60
