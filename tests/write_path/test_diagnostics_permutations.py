"""Let two institutions want one laboratory referral, or one specimen, in every interleaving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.commands.fhir.service_request import LABORATORY
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources import diagnostics as write
from ehealth_ledger.intake.judgement import Submission
from tests.countries import referral as referrals
from tests.world import World
from tests.write_path.country import Country, settle, submission, superuser
from tests.write_path.interleaving import one_after_the_other, one_inside_the_other


@dataclass
class Stage:
    """Hold two laboratories, one referral for a blood count, and one specimen of blood."""

    country: Country
    rival: Actor  # of the clinic; the specialist is of the hospital
    referral: UUID
    specimen: UUID

    @property
    def world(self) -> World:
        return self.country.world

    def signed(self, command: str, actor: Actor, **body: Any) -> Submission:
        return submission(self.world, self.country.sign(command, actor, **body))

    def report(self, actor: Actor, *, on_specimen: bool = False) -> Submission:
        """Report a blood count: for the referral, or on the specimen for a referral on paper."""
        basis: dict[str, Any] = {"referral": self.referral}
        if on_specimen:
            paper = write.paper_referral("30000009", "Лікар Паперовий", "2026-01-15")
            basis = {"specimen_id": self.specimen, "paper": paper}
        resources = write.laboratory_report(
            uuid4(), uuid4(), self.country.patient, actor, at=self.world.clock.now, **basis
        )
        return self.signed("diagnostic_report.record", actor, resources=resources)

    def upon_specimen(self, command: str, actor: Actor, **more: str) -> Submission:
        named = {"specimen": str(self.specimen), "patient": str(self.country.patient)}
        return self.signed(command, actor, resource=named | more)

    def received(self, actor: Actor) -> Submission:
        at = (self.world.clock.now - timedelta(hours=1)).isoformat()
        return self.upon_specimen("specimen.process", actor, received_at=at)

    def recalled(self) -> Submission:
        return submission(
            self.world,
            referrals.signed(
                self.world,
                "referral.recall",
                self.country.doctor,
                self.country.patient,
                self.referral,
                reason="не потрібно",
            ),
        )


async def _stage(world: World) -> Stage:
    country = await settle(world)
    rival = await world.employee(country.clinic, "SPECIALIST", "2000000009")
    referral = await referrals.issue(
        world,
        country.doctor,
        country.patient,
        category=LABORATORY,
        service=write.BLOOD_COUNT,
    )
    specimen, at = uuid4(), world.clock.now - timedelta(hours=3)
    blood = write.specimen(specimen, country.patient, country.specialist, at=at)
    await world.send("specimen.register", country.specialist, resource=blood)
    return Stage(country, rival, referral, specimen)


@dataclass(frozen=True)
class Rivalry:
    """Hold two acts, and what is said when either comes first."""

    acts: tuple[Submission, Submission]
    said: tuple[list[str], list[str]]


def _two_report_for_one_referral(stage: Stage) -> Rivalry:
    acts = stage.report(stage.country.specialist), stage.report(stage.rival)
    said = ["accepted", "referral.not_active"]
    return Rivalry(acts, (said, said))


def _report_against_recall(stage: Stage) -> Rivalry:
    acts = stage.report(stage.country.specialist), stage.recalled()
    said = ["accepted", "referral.not_active"]
    return Rivalry(acts, (said, said))


def _two_report_on_one_specimen(stage: Stage) -> Rivalry:
    """A specimen is enough for two reports: nothing of it is used up by one."""
    acts = (
        stage.report(stage.country.specialist, on_specimen=True),
        stage.report(stage.rival, on_specimen=True),
    )
    said = ["accepted", "accepted"]
    return Rivalry(acts, (said, said))


def _two_receive_one_specimen(stage: Stage) -> Rivalry:
    acts = stage.received(stage.country.specialist), stage.received(stage.rival)
    said = ["accepted", "specimen.already_received"]
    return Rivalry(acts, (said, said))


def _report_against_a_spent_specimen(stage: Stage) -> Rivalry:
    spent = stage.upon_specimen("specimen.invalidate", stage.country.specialist, reason="used_up")
    acts = stage.report(stage.rival, on_specimen=True), spent
    return Rivalry(acts, (["accepted", "accepted"], ["accepted", "specimen.not_available"]))


RIVALRIES = [
    _two_report_for_one_referral,
    _report_against_recall,
    _two_report_on_one_specimen,
    _two_receive_one_specimen,
    _report_against_a_spent_specimen,
]
WAYS = [one_after_the_other, one_inside_the_other]


def _consistent(stage: Stage) -> None:
    """A referral was completed once at most, and no more reports count than were recorded."""
    with superuser(stage.world) as connection:
        completed = connection.execute(
            "SELECT count(*) FROM records WHERE stream_id = %s AND topic = 'referral.completed.v1'",
            (stage.referral,),
        ).fetchone()
        received = connection.execute(
            "SELECT count(*) FROM records WHERE stream_id = %s AND topic = 'specimen.processed.v1'",
            (stage.specimen,),
        ).fetchone()
    assert completed in ((0,), (1,))
    assert received in ((0,), (1,))


@pytest.mark.parametrize("rivals", RIVALRIES, ids=[each.__name__[1:] for each in RIVALRIES])
@pytest.mark.parametrize("way", WAYS, ids=[each.__name__ for each in WAYS])
@pytest.mark.parametrize("first", [0, 1], ids=["first first", "second first"])
def test_two_laboratories(
    world: World,
    rivals: Callable[[Stage], Rivalry],
    way: Callable[[World, Submission, Submission], list[str]],
    first: int,
) -> None:
    """Whoever comes second is judged by what the first wrote."""
    stage = asyncio.run(_stage(world))
    rivalry = rivals(stage)
    acts = rivalry.acts
    assert way(world, acts[first], acts[1 - first]) == rivalry.said[first]
    _consistent(stage)
