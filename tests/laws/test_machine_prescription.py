"""Any sequence of acts on one prescription agrees with a small independent model of it.

Two pharmacies hold, hand out and let go; doctors block, lift and reject; time passes and the
ledger expires. Never is more live than was prescribed, and evolve takes every fact.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.prescription.state import Prescription
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene, asks
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, ENTITY, employee, institution
from tests.laws.scenes.prescription import (
    DRUGSTORE,
    PRESCRIPTION,
    block_prescription,
    due,
    prescription,
    process_dispense,
    reject_dispense,
    reject_prescription,
    reserve_dispense,
    unblock_prescription,
)

PRESCRIBED, HOLD_MINUTES, LIVES_MINUTES = 60, 10, 60
PHARMACIES = (ENTITY, an_id("the other pharmacy"))
MULTI = frozenset({"multi_medication_dispense_allowed"})


@dataclass
class Held:
    """Remember one dispense as the model sees it."""

    entity: UUID
    quantity: int
    until: int  # minutes from the beginning
    status: str = "held"


@dataclass
class Card:
    """Predict what becomes of a prescription, in minutes and tablets."""

    multi: bool
    minute: int = 0
    status: str = "active"
    blocked: bool = False
    dispenses: dict[str, Held] = field(default_factory=dict)

    def sweep(self) -> int:
        """Let go of what has outlived its minutes; return how many did."""
        gone = [e for e in self.dispenses.values() if e.status == "held" and e.until <= self.minute]
        for each in gone:
            each.status = "expired"
        return len(gone)

    def counted(self, *statuses: str) -> int:
        return sum(e.quantity for e in self.dispenses.values() if e.status in statuses)

    @property
    def live_now(self) -> list[Held]:
        """List what is handed out, and what is held and has minutes left."""
        return [
            each
            for each in self.dispenses.values()
            if each.status == "processed" or (each.status == "held" and each.until > self.minute)
        ]


class APrescription(RuleBasedStateMachine):
    """Ask the law and the model the same things in the same order."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Prescription = prescription()
        self.card = Card(multi=False)
        self.count = 0

    @rule(multi=some.booleans())
    @precondition(lambda self: self.count == 0 and self.card.minute == 0)
    def begin(self, multi: bool) -> None:
        self.card = Card(multi=multi)
        self.state = prescription(
            settings=MULTI if multi else frozenset(),
            expires_at=microseconds(NOW + timedelta(minutes=LIVES_MINUTES)),
        )
        self.count = 1

    def judged(self, scene: Scene, entity: UUID = ENTITY) -> list[Fact] | None:
        scene.now = NOW + timedelta(minutes=self.card.minute)
        scene.states[PRESCRIPTION] = self.state
        if entity != ENTITY:
            pharmacist = replace(employee("PHARMACIST"), legal_entity=LegalEntityId(entity))
            scene.states[ACTOR] = pharmacist
            scene.states[entity] = replace(institution(kind="PHARMACY"), id=LegalEntityId(entity))
            place: Any = scene.states[DRUGSTORE]
            scene.states[DRUGSTORE] = replace(place, legal_entity=LegalEntityId(entity))
            asks("legal_entity", value=str(entity))(scene)
            known = scene.lookups.licences.known
            known[LegalEntityId(entity)] = known.get(LegalEntityId(ENTITY), ())
            contracts = scene.lookups.contracts.known
            contracts[entity] = contracts[ENTITY]
        try:
            facts = scene.judge()
        except RuleBroken:
            return None
        for fact in facts:
            assert type(fact).from_bytes(fact.to_bytes()) == fact
            if fact.stream_id == PRESCRIPTION:  # a charge has a stream of its own
                after: Any = evolve(self.state, fact)
                self.state = after
        return facts

    @rule(minutes=some.integers(1, 15))
    @precondition(lambda self: self.count > 0)
    def time_passes(self, minutes: int) -> None:
        self.card.minute += minutes

    @rule(at=some.sampled_from(PHARMACIES), tens=some.integers(1, 7))
    @precondition(lambda self: self.count > 0)
    def reserve(self, at: UUID, tens: int) -> None:
        self.count += 1
        name, quantity = f"dispense {self.count}", tens * 10
        scene = reserve_dispense()
        asks("resource", "id", value=str(an_id(name)))(scene)
        asks("resource", "quantity", value=quantity)(scene)
        live = self.card.live_now
        allowed = (
            self.card.status == "active"
            and not self.card.blocked
            and (self.card.multi or not live)
            and sum(each.quantity for each in live) + quantity <= PRESCRIBED
        )
        assert (self.judged(scene, at) is not None) == allowed
        if allowed:
            self.card.sweep()
            self.card.dispenses[name] = Held(at, quantity, self.card.minute + HOLD_MINUTES)

    def _end(self, scene: Scene, field_name: str, at: UUID, pick: int) -> tuple[str, bool]:
        names = sorted(self.card.dispenses)
        name = names[pick % len(names)] if names else "nothing"
        asks("resource", field_name, value=str(an_id(name)))(scene)
        held = self.card.dispenses.get(name)
        mine = (
            held is not None
            and held.entity == at
            and held.status == "held"
            and held.until > self.card.minute
        )
        return name, mine

    @rule(at=some.sampled_from(PHARMACIES), pick=some.integers(0, 9), less=some.booleans())
    @precondition(lambda self: self.count > 0)
    def process(self, at: UUID, pick: int, less: bool) -> None:
        scene = process_dispense()
        name, mine = self._end(scene, "id", at, pick)
        held = self.card.dispenses.get(name)
        quantity = 10 if held is None or less else held.quantity
        asks("resource", "quantity", "value", value=quantity)(scene)
        sold = {"unit_price": 300, "sell_amount": 300 * quantity}
        paid = {"discount_amount": 200 * quantity, "payment_amount": 100 * quantity}
        asks("prices", value={**sold, **paid})(scene)
        allowed = mine and self.card.status == "active" and not self.card.blocked
        assert (self.judged(scene, at) is not None) == allowed
        if allowed and held is not None:
            held.status, held.quantity = "processed", quantity
            if self.card.counted("processed") == PRESCRIBED:
                self.card.status = "completed"

    @rule(at=some.sampled_from(PHARMACIES), pick=some.integers(0, 9))
    @precondition(lambda self: self.count > 0)
    def let_go(self, at: UUID, pick: int) -> None:
        scene = reject_dispense()
        name, mine = self._end(scene, "dispense", at, pick)
        assert (self.judged(scene, at) is not None) == mine
        if mine:
            self.card.dispenses[name].status = "rejected"

    @rule()
    @precondition(lambda self: self.count > 0)
    def block(self) -> None:
        allowed = self.card.status == "active" and not self.card.blocked
        assert (self.judged(block_prescription()) is not None) == allowed
        self.card.blocked = self.card.blocked or allowed

    @rule()
    @precondition(lambda self: self.count > 0)
    def unblock(self) -> None:
        allowed = self.card.status == "active" and self.card.blocked
        assert (self.judged(unblock_prescription()) is not None) == allowed
        self.card.blocked = self.card.blocked and not allowed

    @rule()
    @precondition(lambda self: self.count > 0)
    def reject(self) -> None:
        allowed = self.card.status == "active" and not self.card.live_now
        assert (self.judged(reject_prescription()) is not None) == allowed
        if allowed:
            self.card.sweep()
            self.card.status = "rejected"

    @rule()
    @precondition(lambda self: self.count > 0)
    def expire_holds(self) -> None:
        facts = self.judged(due("dispense.expire", self.state))
        gone = self.card.sweep()
        assert len(facts or []) == gone

    @rule()
    @precondition(lambda self: self.count > 0)
    def expire(self) -> None:
        held = [each for each in self.card.live_now if each.status == "held"]
        over = self.card.minute >= LIVES_MINUTES
        allowed = self.card.status == "active" and over and not held
        assert (self.judged(due("prescription.expire", self.state)) is not None) == allowed
        if allowed:
            self.card.sweep()
            self.card.status = "expired"

    @invariant()
    def never_more_than_prescribed(self) -> None:
        assert self.state.remaining >= 0
        assert sum(each.quantity for each in self.state.live) <= PRESCRIBED

    @invariant()
    def the_model_agrees(self) -> None:
        assert self.state.status.value == self.card.status
        assert (self.state.block is not None) == self.card.blocked
        assert self.state.handed_out == self.card.counted("processed")
        assert self.state.remaining == PRESCRIBED - self.card.counted("processed", "held")
        held = [each.until for each in self.card.dispenses.values() if each.status == "held"]
        due_at = min((microseconds(NOW + timedelta(minutes=each)) for each in held), default=None)
        assert self.state.next_expiry == due_at


TestAPrescription = APrescription.TestCase
TestAPrescription.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
