"""Let two institutions want one referral, in every interleaving, over two committers.

Each pair below is run in both orders, one after the other and one inside the other: while the first
judges under the head's lock, the second waits, and then judges by what was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.store.ledger import Ledger
from tests.countries import referral as referrals
from tests.world import World
from tests.write_path.country import (
    Country,
    codes,
    committer_of,
    opened,
    settle,
    submission,
    superuser,
)
from tests.write_path.interleaving import one_after_the_other, one_inside_the_other


@dataclass(frozen=True)
class Rivalry:
    """Hold two acts upon one referral, and what is said when either comes first."""

    acts: tuple[Submission, Submission]
    said: tuple[list[str], list[str]]  # first-second, second-first


@dataclass
class Stage:
    """Hold the country, a rival specialist of the other institution, and one referral.

    Each of the two specialists has an episode of the patient in the own institution.
    """

    country: Country
    rival: Actor
    rivals_episode: UUID
    referral: UUID

    @property
    def world(self) -> World:
        return self.country.world

    def wanted(self, signed: Signed) -> Submission:
        return submission(self.world, signed)

    def redeemed_by(self, actor: Actor) -> Submission:
        return self.wanted(
            referrals.redemption(self.world, actor, self.country.patient, self.referral)
        )

    def act(self, command: str, actor: Actor, **more: object) -> Submission:
        return self.wanted(
            referrals.signed(
                self.world, command, actor, self.country.patient, self.referral, **more
            )
        )

    def treated_by(self, actor: Actor) -> Submission:
        episode = self.rivals_episode if actor is self.rival else self.country.episode
        return self.wanted(self.country.encounter(actor, self.referral, episode=episode))


async def _stage(world: World, *, held: bool = False, days: int = 30) -> Stage:
    country = await settle(world)
    rival = await world.employee(country.clinic, "SPECIALIST", "2000000009")
    rivals_episode = await opened(world, rival, country.patient)
    referral = await referrals.issue(world, country.doctor, country.patient, days=days)
    if held:
        await world.redemption(country.specialist, country.patient, referral)
    return Stage(country, rival, rivals_episode, referral)


def _two_redeem(world: World) -> tuple[Stage, Rivalry]:
    stage = asyncio.run(_stage(world))
    acts = stage.redeemed_by(stage.country.specialist), stage.redeemed_by(stage.rival)
    said = ["accepted", "referral.already_redeemed"]
    return stage, Rivalry(acts, (said, said))


def _redeem_against_recall(world: World) -> tuple[Stage, Rivalry]:
    """A redeemed referral can still be recalled; a recalled one can no longer be redeemed."""
    stage = asyncio.run(_stage(world))
    recalled = stage.act("referral.recall", stage.country.doctor, reason="не потрібно")
    acts = stage.redeemed_by(stage.country.specialist), recalled
    return stage, Rivalry(acts, (["accepted", "accepted"], ["accepted", "referral.not_active"]))


def _redeem_against_treatment(world: World) -> tuple[Stage, Rivalry]:
    stage = asyncio.run(_stage(world))
    acts = stage.redeemed_by(stage.rival), stage.treated_by(stage.country.specialist)
    return stage, Rivalry(
        acts,
        (["accepted", "referral.of_other_entity"], ["accepted", "referral.already_redeemed"]),
    )


def _release_against_redemption(world: World) -> tuple[Stage, Rivalry]:
    stage = asyncio.run(_stage(world, held=True))
    given_back = stage.act("referral.release", stage.country.specialist)
    acts = given_back, stage.redeemed_by(stage.rival)
    return stage, Rivalry(
        acts, (["accepted", "accepted"], ["referral.already_redeemed", "accepted"])
    )


def _two_treat(world: World) -> tuple[Stage, Rivalry]:
    stage = asyncio.run(_stage(world))
    acts = stage.treated_by(stage.country.specialist), stage.treated_by(stage.rival)
    said = ["accepted", "referral.not_active"]
    return stage, Rivalry(acts, (said, said))


RIVALRIES = [
    _two_redeem,
    _redeem_against_recall,
    _redeem_against_treatment,
    _release_against_redemption,
    _two_treat,
]
NAMES = [each.__name__.strip("_") for each in RIVALRIES]
Rivals = Callable[[World], tuple[Stage, Rivalry]]


def _consistent(stage: Stage) -> None:
    """No redemption has the number of another; the state follows from the records alone."""
    with superuser(stage.world) as connection:
        twice = connection.execute(
            "SELECT attempt FROM redemptions WHERE referral = %s GROUP BY attempt "
            "HAVING count(*) > 1",
            (stage.referral,),
        ).fetchall()
        counted = connection.execute(
            "SELECT count(*) FILTER (WHERE topic = 'referral.redeemed.v1') "
            "- count(*) FILTER (WHERE topic = 'referral.released.v1') "
            "FROM records WHERE stream_id = %s",
            (stage.referral,),
        ).fetchone()
    assert twice == []
    assert counted is not None
    assert counted[0] in (0, 1)


@pytest.mark.parametrize("rivals", RIVALRIES, ids=NAMES)
@pytest.mark.parametrize("first", [0, 1], ids=["first first", "second first"])
def test_one_after_the_other(world: World, rivals: Rivals, first: int) -> None:
    """The second sees what the first wrote."""
    stage, rivalry = rivals(world)
    acts = rivalry.acts
    assert one_after_the_other(world, acts[first], acts[1 - first]) == rivalry.said[first]
    _consistent(stage)


@pytest.mark.parametrize("rivals", RIVALRIES, ids=NAMES)
@pytest.mark.parametrize("first", [0, 1], ids=["first first", "second first"])
def test_one_inside_the_other(world: World, rivals: Rivals, first: int) -> None:
    """While one judges under the head's lock the other waits."""
    stage, rivalry = rivals(world)
    acts = rivalry.acts
    assert one_inside_the_other(world, acts[first], acts[1 - first]) == rivalry.said[first]
    _consistent(stage)


def _state(stage: Stage) -> Referral:
    ledger = Ledger(stage.world.urls.ledger, stage.world.running.reader.mapper)
    try:
        state = ledger.state_of(stage.referral)
    finally:
        ledger.close()
    assert isinstance(state, Referral)
    return state


def test_every_order_of_two_clinics_two_times(world: World) -> None:
    """Redeem and give back, by each of two clinics, in all 24 orders: never in two hands."""
    stage = asyncio.run(_stage(world))
    country = stage.country
    with committer_of(world) as one, committer_of(world) as two:
        for order in permutations(range(4)):
            stage.referral = asyncio.run(
                referrals.issue(world, country.doctor, country.patient, days=30)
            )
            steps = [
                stage.redeemed_by(country.specialist),
                stage.act("referral.release", country.specialist),
                stage.redeemed_by(stage.rival),
                stage.act("referral.release", stage.rival),
            ]
            holder: int | None = None
            for turn, step in enumerate(order):
                (answer,) = (one, two)[turn % 2].commit([steps[step]])
                clinic, gives_back = divmod(step, 2)
                allowed = holder == clinic if gives_back else holder is None
                assert (codes([answer]) == ["accepted"]) == allowed, (order, step, answer)
                if allowed:
                    holder = None if gives_back else clinic
            entities = (country.hospital.legal_entity, country.clinic.legal_entity)
            held_by = None if holder is None else entities[holder]
            assert _state(stage).redeemed_by == held_by
            _consistent(stage)
