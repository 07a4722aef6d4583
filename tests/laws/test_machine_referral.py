"""Any order of acts of two institutions leads a referral through states a tiny model predicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.referral import ReferralRedeemed
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene, altered, asks
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, EDRPOU, ENTITY, PATIENT, REFERRAL, reference, referral
from tests.laws.scenes.encounter import record_encounter
from tests.laws.scenes.episode import EPISODE
from tests.laws.scenes.referral import (
    cancel_referral,
    complete_referral,
    expire_referral,
    recall_referral,
    redeem_referral,
    release_referral,
)

RIVAL = an_id("rival institution")
_DAY_US = 86_400_000_000
_ENTITIES = some.sampled_from([ENTITY, RIVAL])


def _at(accepted: Callable[[], Scene], entity: UUID) -> Scene:
    """Let the actor of a scene work for another institution."""
    scene = accepted()
    if entity != ENTITY:
        altered(ACTOR, legal_entity=LegalEntityId(entity))(scene)
        scene.states[entity] = LegalEntity(LegalEntityId(entity), EDRPOU, "OUTPATIENT")
        asks("legal_entity", value=str(entity))(scene)
        if accepted is record_encounter:
            asks("resources", 0, "serviceProvider", value=reference("Organization", entity))(scene)
            altered(EPISODE, legal_entity=LegalEntityId(entity))(scene)
    return scene


class ReferralMachine(RuleBasedStateMachine):
    """Hold a referral twice: as the laws make it, and as five plain fields."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Referral = referral(expires_at=microseconds(NOW + timedelta(days=30)))
        self.status = "active"
        self.holder: UUID | None = None
        self.days_left = 30
        self.releases = 0
        self.numbers: list[int] = []  # of redemptions, as the guard sees them

    def judged(self, scene: Scene, allowed: bool) -> bool:
        """Put the referral before the law; the model says whether it is accepted."""
        scene.states[REFERRAL] = self.state
        facts: list[Fact] = []
        try:
            facts = scene.judge()
        except RuleBroken:
            assert not allowed
        else:
            assert allowed
        for fact in facts:
            if fact.stream_id == REFERRAL:
                state = evolve(self.state, fact)
                assert isinstance(state, Referral)
                self.state = state
            if isinstance(fact, ReferralRedeemed):
                self.numbers.append(fact.attempt)
        return allowed

    @property
    def is_open(self) -> bool:
        return self.status == "active"

    @rule(entity=_ENTITIES)
    def redeem(self, entity: UUID) -> None:
        free = self.is_open and self.holder is None and self.days_left > 0
        if self.judged(_at(redeem_referral, entity), free):
            self.holder = entity

    @rule(entity=_ENTITIES)
    def release(self, entity: UUID) -> None:
        if self.judged(_at(release_referral, entity), self.is_open and self.holder == entity):
            self.holder, self.releases = None, self.releases + 1

    @rule(entity=_ENTITIES)
    def complete(self, entity: UUID) -> None:
        if self.judged(_at(complete_referral, entity), self.is_open and self.holder == entity):
            self.status = "completed"

    @rule(entity=_ENTITIES)
    def treat(self, entity: UUID) -> None:
        mine = self.holder in (None, entity)
        if self.judged(_at(record_encounter, entity), self.is_open and mine and self.days_left > 0):
            self.status, self.holder = "completed", entity

    @rule(entity=_ENTITIES)
    def recall(self, entity: UUID) -> None:
        if self.judged(_at(recall_referral, entity), self.is_open):
            self.status = "recalled"

    @rule(entity=_ENTITIES)
    def cancel(self, entity: UUID) -> None:
        if self.judged(_at(cancel_referral, entity), self.is_open):
            self.status = "entered_in_error"

    @rule()
    def expire(self) -> None:
        if self.judged(expire_referral(), self.is_open and self.days_left <= 0):
            self.status = "recalled"

    @rule(days=some.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.days_left -= days
        ends = self.state.expires_at - days * _DAY_US
        self.state = replace(self.state, expires_at=ends)

    @invariant()
    def the_law_and_the_model_agree(self) -> None:
        known = (self.state.status.value, self.state.redeemed_by, self.state.releases)
        assert known == (self.status, self.holder, self.releases)
        assert self.state.patient == PATIENT

    @invariant()
    def no_redemption_has_the_number_of_another(self) -> None:
        assert len(set(self.numbers)) == len(self.numbers)


ReferralMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestReferral = ReferralMachine.TestCase
