"""Any order of acts leads a patient's declarations through states that a tiny model predicts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ehealth_ledger.aggregates.declaration import Declaration
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import LiveDeclaration
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)
from tests.laws.bench import NOW, Scene, asks
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, ENTITY, PARTY, PATIENT
from tests.laws.scenes.declaration import (
    activate_declaration,
    approve_declaration,
    close_declaration,
    reject_declaration,
    sign_declaration,
    terminate_declaration,
)
from tests.laws.scenes.patient import deactivate_patient, mark_patient_deceased, person

VERIFICATION_DAYS = 30
ADULT = date(2008, 11, 1)  # grown up before the machine starts
CHILD = date(2008, 12, 24)  # grows up a month later
_COURSE = {
    "approve": approve_declaration,
    "reject": reject_declaration,
    "terminate": terminate_declaration,
    "activate": activate_declaration,
    "close": close_declaration,
}


@dataclass
class Modelled:
    """Say of one declaration what a clerk would note on a card."""

    status: str
    activates_on: date | None
    last_day: date


@dataclass
class Cards:
    """Keep the cards, and whether the patient can have another."""

    by_id: dict[UUID, Modelled] = field(default_factory=dict)
    standing: str = "active"

    @property
    def living(self) -> bool:
        return self.standing == "active"

    @property
    def live(self) -> list[UUID]:
        return [
            each
            for each, card in self.by_id.items()
            if card.status in ("active", "pending_verification")
        ]


class DeclarationMachine(RuleBasedStateMachine):
    """Act on one patient's declarations; law and cards must agree at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.cards = Cards()
        self.days = 0
        self.states: dict[UUID, Any] = {PATIENT: person()}
        self.number = 0

    # Acts

    @rule(
        born=some.sampled_from((ADULT, CHILD)),
        method=some.sampled_from(("OTP", "OFFLINE")),
        tax_id=some.booleans(),
        speciality=some.sampled_from(("FAMILY_DOCTOR", "THERAPIST", "PEDIATRICIAN")),
    )
    def sign(self, born: date, method: str, tax_id: bool, speciality: str) -> None:
        """A doctor signs; the patient is described anew first, as an update would."""
        living = self.cards.living
        self.number += 1
        wanted = an_id(f"declaration {self.number}")
        scene = sign_declaration()
        asks("resource", "id", value=str(wanted))(scene)
        asks("resource", "speciality", value=speciality)(scene)
        doctor: Any = scene.states[ACTOR]
        scene.states[ACTOR] = replace(doctor, specialities=(speciality,))
        self.states[PATIENT] = person(
            birth_date=born,
            authentication=method,
            tax_index="an index" if tax_id else None,
            active=living,
            deceased=self.cards.standing == "deceased",
            deactivated=self.cards.standing == "deactivated",
        )
        adult = _grown_up(born, self.today)
        suits = {"FAMILY_DOCTOR": True, "THERAPIST": adult, "PEDIATRICIAN": not adult}
        allowed = living and suits[speciality]
        before = self.cards.live
        facts = self._judged(scene)
        assert (facts is not None) == allowed
        if not allowed:
            return
        for each in before:
            self.cards.by_id[each].status = "terminated"
        waits = method == "OFFLINE" or not tax_id
        self.cards.by_id[wanted] = Modelled(
            "pending_verification" if waits else "active",
            self.today + timedelta(days=VERIFICATION_DAYS) if method == "OFFLINE" else None,
            born.replace(year=born.year + 18) - timedelta(days=1)
            if speciality == "PEDIATRICIAN"
            else date(2125, 1, 1),
        )

    @rule(step=some.sampled_from(sorted(_COURSE)), which=some.integers(0, 5))
    def change(self, step: str, which: int) -> None:
        """Somebody, or the system, does something to one of the declarations."""
        if not self.cards.by_id:
            return
        wanted = list(self.cards.by_id)[which % len(self.cards.by_id)]
        card = self.cards.by_id[wanted]
        scene = _COURSE[step]()
        asks("resource", "declaration", value=str(wanted))(scene)
        pending, active = card.status == "pending_verification", card.status == "active"
        due = card.activates_on is not None and card.activates_on <= self.today
        allowed, after = {
            "approve": (pending, "active"),
            "reject": (pending, "rejected"),
            "terminate": (pending or active, "terminated"),
            "activate": (pending and due, "active"),
            "close": (active and card.last_day < self.today, "closed"),
        }[step]
        facts = self._judged(scene)
        assert (facts is not None) == allowed, (step, card)
        if allowed:
            card.status = after

    @rule(deceased=some.booleans())
    def end(self, deceased: bool) -> None:
        """The patient dies, or the registration is ended; the dead one's can be ended too."""
        allowed = self.cards.standing in (("active",) if deceased else ("active", "deceased"))
        facts = self._judged(mark_patient_deceased() if deceased else deactivate_patient())
        assert (facts is not None) == allowed
        if not allowed:
            return
        for each in self.cards.live:
            self.cards.by_id[each].status = "terminated"
        self.cards.standing = "deceased" if deceased else "deactivated"

    @rule(days=some.integers(1, 40))
    def wait(self, days: int) -> None:
        """Time goes by."""
        self.days += days

    # What always holds

    @invariant()
    def one_live_declaration_at_most(self) -> None:
        """Rule 6, and nobody dead is declared."""
        live = [each for each in self._declarations() if each.status.value in _LIVE]
        assert len(live) <= (1 if self.cards.living else 0)

    @invariant()
    def the_states_are_the_cards(self) -> None:
        """`evolve` took in every fact, and says what the model says."""
        states = {each.id: each.status.value for each in self._declarations()}
        assert states == {each: card.status for each, card in self.cards.by_id.items()}

    @property
    def today(self) -> date:
        return (NOW + timedelta(days=self.days)).date()

    def _declarations(self) -> list[Declaration]:
        return [each for each in self.states.values() if isinstance(each, Declaration)]

    def _judged(self, scene: Scene) -> list[Fact] | None:
        scene.now = NOW + timedelta(days=self.days)
        scene.states |= self.states
        scene.lookups.declarations.live = [
            LiveDeclaration(
                DeclarationId(each),
                PatientId(PATIENT),
                EmployeeId(ACTOR),
                PartyId(PARTY),
                active=self.cards.by_id[each].status == "active",
                legal_entity=LegalEntityId(ENTITY),
            )
            for each in self.cards.live
        ]
        try:
            facts = scene.judge()
        except RuleBroken:
            return None
        for fact in facts:
            self.states[fact.stream_id] = evolve(self.states.get(fact.stream_id), fact)
        return facts


_LIVE = ("active", "pending_verification")


def _grown_up(born: date, today: date) -> bool:
    return today >= born.replace(year=born.year + 18)


TestDeclarationMachine = DeclarationMachine.TestCase
TestDeclarationMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
