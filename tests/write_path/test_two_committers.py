"""Two committers, one database: whatever the order and the interleaving, one wins and the end is
consistent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from itertools import permutations
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.intake.answers import Answer
from ehealth_ledger.intake.committer import Committer
from ehealth_ledger.store.ledger import Ledger
from tests.countries import encounters
from tests.world import World
from tests.write_path.country import (
    Country,
    codes,
    committer_of,
    head,
    settle,
    submission,
    superuser,
)

Rivals = Callable[[Country], tuple[list[Signed], str, Signed]]
"""Two commands of which the law lets one pass, or both in turn; the loser's answer; a touch.

The touch is a refused command that leads a committer to hold the rivals' streams in memory.
"""


def _two_doctors_sign(country: Country) -> tuple[list[Signed], str, Signed]:
    world = country.world
    other = asyncio.run(world.employee(country.clinic, "DOCTOR", "2000000009"))
    signed = [country.declaration(country.doctor), country.declaration(other)]
    return signed, "accepted", country.declaration(country.specialist)


def _two_clinics_redeem(country: Country) -> tuple[list[Signed], str, Signed]:
    world = country.world
    rival = asyncio.run(world.employee(country.clinic, "SPECIALIST", "2000000009"))
    referral = asyncio.run(world.referral(country.doctor, country.patient))
    signed = [country.redemption(actor, referral) for actor in (country.specialist, rival)]
    touch = country.encounter(country.doctor, referral)  # in an episode of the other institution
    return signed, "referral.already_redeemed", touch


def _two_registrars_take_one_id(country: Country) -> tuple[list[Signed], str, Signed]:
    first = country.patient_registration()
    patient = submission(country.world, first).verified.body.resource.id  # type: ignore[attr-defined]
    touch = country.patient_registration(country.patient)
    return [first, country.patient_registration(patient)], "id.not_new", touch


def _two_institutions_register_one_person(country: Country) -> tuple[list[Signed], str, Signed]:
    signed = [
        country.sign("patient.register", actor, resource=_one_person(spelling))
        for actor, spelling in ((country.doctor, "О'Барвінок"), (country.specialist, "О’БАРВІНОК"))
    ]
    return signed, "patient.already_registered", country.patient_registration(country.patient)


def _one_person(family: str) -> dict[str, object]:
    return write.patient(
        uuid4(),
        family=family,
        given="Мальва",
        birth_date=date(1981, 4, 2),
        gender="female",
        no_tax_id="REFUSED",
    )


def _two_doctors_cancel_one_encounter(country: Country) -> tuple[list[Signed], str, Signed]:
    world, patient = country.world, country.patient
    resources = encounters.package(world, country.specialist, patient, country.episode)
    asyncio.run(encounters.record(world, country.specialist, resources))
    signed = [
        encounters.cancellation(world, country.specialist, patient, resources) for _ in range(2)
    ]
    touch = encounters.cancellation(world, country.doctor, patient, resources)
    return signed, "encounter.already_in_error", touch


RIVALS = [
    _two_doctors_sign,
    _two_clinics_redeem,
    _two_registrars_take_one_id,
    _two_institutions_register_one_person,
    _two_doctors_cancel_one_encounter,
]
NAMES = [each.__name__.strip("_") for each in RIVALS]


def _consistent(country: Country, answers: Sequence[Answer], loser: str) -> None:
    assert sorted(codes(answers)) == sorted(["accepted", loser])
    with superuser(country.world) as connection:
        active = connection.execute(
            "SELECT patient FROM live_declarations GROUP BY patient HAVING count(*) > 1"
        ).fetchall()
        gaps = connection.execute(
            "SELECT position FROM (SELECT position, row_number() OVER (ORDER BY position) AS n "
            "FROM records) AS r WHERE position <> n"
        ).fetchall()
        broken = connection.execute(
            "SELECT b.position FROM records a JOIN records b ON b.position = a.position + 1 "
            "WHERE b.previous <> a.chain_value"
        ).fetchall()
        versions = connection.execute(
            "SELECT stream_id FROM records GROUP BY stream_id "
            "HAVING min(stream_version) <> 1 OR max(stream_version) <> count(*)"
        ).fetchall()
    assert (active, gaps, broken, versions) == ([], [], [], [])


@pytest.mark.parametrize("rivals", RIVALS, ids=NAMES)
@pytest.mark.parametrize("first", [0, 1], ids=["first first", "second first"])
@pytest.mark.parametrize("warm", [False, True], ids=["cold caches", "warm caches"])
def test_one_after_the_other(world: World, rivals: Rivals, first: int, warm: bool) -> None:
    """The second committer sees what the first wrote, even where it holds the streams in memory."""
    country = asyncio.run(settle(world))
    signed, loser, touch = rivals(country)
    wanted = [submission(world, each) for each in signed]
    with committer_of(world) as one, committer_of(world) as two:
        for committer in (one, two) if warm else ():
            assert codes(committer.commit([submission(world, touch)])) != ["accepted"]
        answers = [*one.commit([wanted[first]]), *two.commit([wanted[1 - first]])]
    assert codes(answers) == ["accepted", loser]
    _consistent(country, answers, loser)


@pytest.mark.parametrize("rivals", RIVALS, ids=NAMES)
@pytest.mark.parametrize("first", [0, 1], ids=["first first", "second first"])
def test_one_inside_the_other(world: World, rivals: Rivals, first: int) -> None:
    """While one judges under the head's lock the other waits, and then judges by what was
    written.
    """
    country = asyncio.run(settle(world))
    signed, loser, _ = rivals(country)
    wanted = [submission(world, each) for each in signed]
    holding, released, answers = Event(), Event(), {}

    def slow_clock() -> int:  # read under the lock: here the one stands still
        holding.set()
        assert released.wait(20)
        return world.clock()

    def run(name: str, committer: Committer, index: int) -> None:
        answers[name] = committer.commit([wanted[index]])[0]

    with committer_of(world, now=slow_clock) as one, committer_of(world) as two:
        ahead = Thread(target=run, args=("ahead", one, first))
        behind = Thread(target=run, args=("behind", two, 1 - first))
        ahead.start()
        assert holding.wait(20)
        behind.start()
        _wait_for_a_waiter(world)
        assert answers == {}
        released.set()
        ahead.join(20)
        behind.join(20)
    ordered = [answers["ahead"], answers["behind"]]
    assert codes(ordered) == ["accepted", loser]
    _consistent(country, ordered, loser)


def _wait_for_a_waiter(world: World) -> None:
    """Return once some session waits for the head's row."""
    with superuser(world) as connection:
        for _ in range(400):
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'"
            ).fetchone()
            if row == (1,):
                return
            connection.execute("SELECT pg_sleep(0.025)")
    raise AssertionError("nobody waits")


def test_every_order_of_four_commands_over_two_committers(world: World) -> None:
    """Redeem, redeem, recall, treat: in each of 24 orders one clinic at most uses a referral."""
    country = asyncio.run(settle(world))
    rival = asyncio.run(world.employee(country.clinic, "SPECIALIST", "2000000009"))
    with committer_of(world) as one, committer_of(world) as two:
        for order in permutations(range(4)):
            referral = asyncio.run(world.referral(country.doctor, country.patient))
            steps = [
                country.redemption(country.specialist, referral),
                country.redemption(rival, referral),
                _recall(country, referral),
                country.encounter(country.specialist, referral),
            ]
            answers: dict[int, Answer] = {}
            for turn, step in enumerate(order):
                committer = (one, two)[turn % 2]
                (answers[step],) = committer.commit([submission(world, steps[step])])
            said = codes([answers[step] for step in range(4)])
            assert [each == "accepted" for each in said] == _foreseen(order), (order, said)


def _foreseen(order: Sequence[int]) -> list[bool]:
    """Say which of the four are accepted: who comes first holds it, until it is settled."""
    accepted, holder, open_ = [False] * 4, None, True
    for step in order:
        if step in (0, 1) and open_ and holder is None:
            accepted[step], holder = True, step
        elif (step == 2 and open_) or (step == 3 and open_ and holder in (None, 0)):
            accepted[step], open_ = True, False
    return accepted


def _recall(country: Country, referral: UUID) -> Signed:
    resource = {"referral": str(referral), "patient": str(country.patient), "reason": "не потрібно"}
    return country.sign("referral.recall", country.doctor, resource=resource)


def test_many_threads_of_two_committers_leave_no_gap(world: World) -> None:
    """Two committers at full speed share the positions without gap, and each caller gets its
    own.
    """
    country = asyncio.run(settle(world))
    batches = [
        [submission(world, country.patient_registration()) for _ in range(6)] for _ in range(6)
    ]
    start, _ = head(world)
    answers: list[Answer] = []
    with committer_of(world) as one, committer_of(world) as two:

        def run(committer: Committer, mine: list[list[object]]) -> None:
            for batch in mine:
                answers.extend(committer.commit(batch))  # type: ignore[arg-type]

        threads = [
            Thread(target=run, args=(one, batches[::2])),
            Thread(target=run, args=(two, batches[1::2])),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    placed = sorted(each.receipt.placement.first_position for each in answers)  # type: ignore[union-attr]
    assert placed == list(range(start + 1, start + 37))
    assert head(world)[0] == start + 36


def test_state_of_equals_the_committers_cache(world: World) -> None:
    """What the library's repository folds from the records is what the committer holds in
    memory.
    """

    async def story() -> Country:
        country = await settle(world)
        await world.tariff()
        await world.contract(country.hospital)
        await country.treated()
        return country

    asyncio.run(story())
    ledger = Ledger(world.urls.ledger, world.running.reader.mapper)
    try:
        cached = world.running.committer._streams._streams
        assert len(cached) > 10
        for stream_id, stream in cached.items():
            assert ledger.state_of(stream_id) == stream.state
            assert ledger.state_of(stream_id, version=stream.version) == stream.state
    finally:
        ledger.close()
