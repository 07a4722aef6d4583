"""One patient, several hands, two committers: in every order at most one declaration is live."""

from __future__ import annotations

import asyncio
from itertools import permutations
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.intake.answers import Answer
from ehealth_ledger.values.time import kyiv_day
from tests.countries import patient as people
from tests.world import World
from tests.write_path.country import Country, codes, committer_of, settle, submission, superuser


def _signing(country: Country, doctor: Actor, patient: UUID, declaration: UUID) -> Signed:
    resource = write.declaration(
        patient,
        doctor.employee,
        division=doctor.division,
        seed=country.world.author.seed,
        declaration_id=declaration,
    )
    return country.sign("declaration.sign", doctor, resource=resource)


def _live(world: World, patient: UUID) -> list[UUID]:
    with superuser(world) as connection:
        rows = connection.execute(
            "SELECT declaration FROM live_declarations WHERE patient = %s", (patient,)
        ).fetchall()
    return [declaration for (declaration,) in rows]


def test_every_order_of_two_signings_an_end_and_a_death(world: World) -> None:
    """Sign, sign, terminate the first, die: in each of 24 orders over two committers the answers
    and the one live declaration are those of a clerk who does one thing after the other.
    """
    country = asyncio.run(settle(world))
    other = asyncio.run(world.employee(country.clinic, "DOCTOR", "2000000009"))
    with committer_of(world) as one, committer_of(world) as two:
        for order in permutations(("first", "second", "end", "death")):
            patient = asyncio.run(people.person(world, country.doctor))
            first, second = uuid4(), uuid4()
            steps = {
                "first": _signing(country, country.doctor, patient, first),
                "second": _signing(country, other, patient, second),
                "end": country.sign(
                    "declaration.terminate",
                    country.doctor,
                    resource=people.decision("terminate", first, patient),
                ),
                "death": country.sign(
                    "patient.mark_deceased", country.doctor, resource=people.death(world, patient)
                ),
            }
            live, alive, begun = None, True, False
            for turn, step in enumerate(order):
                (answer,) = (one, two)[turn % 2].commit([submission(world, steps[step])])
                (said,) = codes([answer])
                if step == "death":
                    expected, live, alive = "accepted", None, False
                elif step == "end":
                    expected = (
                        "declaration.unknown"
                        if not begun
                        else "accepted"
                        if live == first
                        else "declaration.not_live"
                    )
                    live = None if expected == "accepted" else live
                elif alive:
                    expected, live = "accepted", first if step == "first" else second
                    begun = begun or step == "first"
                else:
                    expected = "patient.not_active"
                assert said == expected, (order, step)
                assert _live(world, patient) == ([] if live is None else [live]), (order, step)


def test_two_signings_of_one_batch_leave_one_declaration(world: World) -> None:
    """The second of a batch sees the first, replaces it, and the doctors' counts agree."""
    country = asyncio.run(settle(world))
    other = asyncio.run(world.employee(country.clinic, "DOCTOR", "2000000009"))
    signed = [
        _signing(country, country.doctor, country.patient, uuid4()),
        _signing(country, other, country.patient, (last := uuid4())),
    ]
    with committer_of(world) as committer:
        answers: list[Answer] = committer.commit([submission(world, each) for each in signed])
    assert codes(answers) == ["accepted", "accepted"]
    assert _live(world, country.patient) == [last]


def test_rule_9_the_last_place_is_given_once(world: World) -> None:
    """Where one place is left, one of two patients of a batch gets it, whichever job it is in."""
    country = asyncio.run(settle(world))
    limit = {
        "settings": [
            {
                "name": "declaration.limit_by_speciality",
                "value": {"FAMILY_DOCTOR": 2},
                "first_day": kyiv_day(world.clock.now).isoformat(),
                "source": "a test",
            }
        ]
    }
    asyncio.run(world.send("parameter.set", world.payer, resource=limit))
    rival = asyncio.run(world.institution("30000009", "PRIMARY_CARE", "2000000008"))
    asyncio.run(world.division(rival))
    elsewhere = asyncio.run(world.employee(rival, "DOCTOR", "2000000003"))
    patients = [asyncio.run(people.person(world, country.doctor)) for _ in range(3)]
    asyncio.run(world.declaration(country.doctor, country.patient))
    signed = [
        _signing(country, doctor, patient, uuid4())
        for doctor, patient in zip(
            (country.doctor, elsewhere, country.doctor), patients, strict=True
        )
    ]
    with committer_of(world) as committer:
        answers = committer.commit([submission(world, each) for each in signed])
    assert codes(answers) == [
        "accepted",
        "declaration.limit_reached",
        "declaration.limit_reached",
    ]


def test_a_merged_record_takes_nothing_new_until_it_is_unmerged(world: World) -> None:
    """Rule 23 for a record that leads to another one; the payer can undo it."""
    country = asyncio.run(settle(world))
    stranger = asyncio.run(people.unidentified(world, country.doctor))
    asyncio.run(people.merged(world, country.doctor, country.patient, stranger))
    dying = country.sign(
        "patient.mark_deceased", country.doctor, resource=people.death(world, stranger)
    )
    with committer_of(world) as committer:
        assert codes(committer.commit([submission(world, dying)])) == ["patient.not_active"]
    asyncio.run(people.unmerged(world, country.patient, stranger))
    asyncio.run(people.died(world, country.doctor, stranger))
