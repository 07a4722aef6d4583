"""Any order of commands leads an episode and its encounters where a tiny model says."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ehealth_ledger.aggregates.encounter import Encounter
from ehealth_ledger.aggregates.episode import Episode
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.entrypoints.demo.resources.encounter import cancelled
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.json import Json
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CONDITION, ENCOUNTER, OBSERVATION
from tests.laws.scenes.encounter import cancel_encounter, record_encounter
from tests.laws.scenes.episode import (
    EPISODE,
    cancel_episode,
    close_episode,
    episode,
    update_episode,
)

_PLACES = ("encounter", "condition", "observation")


class EpisodesAndEncounters(RuleBasedStateMachine):
    """Hold the real states beside what the model says of them: strings, lists and sets."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[UUID, object | None] = {}
        self.packages: list[list[Json]] = []
        self.stands = "active"
        self.in_error: list[set[str]] = []

    @initialize()
    def opens(self) -> None:
        self.states[EPISODE] = episode()

    @rule()
    def records(self) -> None:
        """Record one more package, with ids of its own."""
        number = len(self.packages)
        scene = record_encounter()
        text = {
            str(ENCOUNTER): str(an_id(f"encounter {number}")),
            str(CONDITION): str(an_id(f"condition {number}")),
            str(OBSERVATION): str(an_id(f"observation {number}")),
        }
        package = _renamed(scene.content["resources"], text)
        del package[0]["basedOn"]
        scene.content["resources"] = package
        if self._judges(scene, self.stands == "active"):
            self.packages.append(deepcopy(package))
            self.in_error.append(set())

    @precondition(lambda self: self.packages)
    @rule(data=some.data(), flips=some.sets(some.sampled_from(range(3))))
    def cancels(self, data: some.DataObject, flips: set[int]) -> None:
        """Cancel any part of any package."""
        number = data.draw(some.integers(0, len(self.packages) - 1))
        package = self.packages[number]
        scene = cancel_encounter()
        scene.content["resource"]["encounter"] = package[0]["id"]
        scene.content["resources"] = cancelled(package, *flips) if flips else deepcopy(package)
        scene.lookups.originals.signed = {UUID(package[0]["id"]): deepcopy(package)}
        asked = {_PLACES[at] for at in flips}
        gone = self.in_error[number]
        live_diagnosis = "condition" in asked and "encounter" not in asked | gone
        allowed = bool(asked) and not asked & gone and not live_diagnosis
        if self._judges(scene, allowed):
            gone |= asked

    @rule()
    def updates(self) -> None:
        self._judges(update_episode(), self.stands == "active")

    @rule()
    def closes(self) -> None:
        if self._judges(close_episode(), self.stands == "active"):
            self.stands = "closed"

    @rule()
    def is_cancelled(self) -> None:
        live = any("encounter" not in gone for gone in self.in_error)
        if self._judges(cancel_episode(), self.stands != "entered_in_error" and not live):
            self.stands = "entered_in_error"

    @invariant()
    def the_states_are_the_models(self) -> None:
        """The episode stands where the model does; its diagnoses are the last live encounter's."""
        state = self.states.get(EPISODE)
        if not isinstance(state, Episode):
            return
        assert state.status.value == self.stands
        live = [
            package
            for package, gone in zip(self.packages, self.in_error, strict=True)
            if "encounter" not in gone
        ]
        current = (UUID(live[-1][1]["id"]),) if live else ()
        assert state.current_diagnoses == current
        for package, gone in zip(self.packages, self.in_error, strict=True):
            encounter = self.states[UUID(package[0]["id"])]
            assert isinstance(encounter, Encounter)
            ids = {UUID(package[_PLACES.index(each)]["id"]) for each in gone}
            assert encounter.in_error == ids

    def _judges(self, scene: Scene, allowed: bool) -> bool:
        """Judge against the real states; the answer must be the model's."""
        scene.states = {**scene.states, **self.states}
        try:
            facts: list[Fact] | None = scene.judge()
        except RuleBroken:
            facts = None
        assert (facts is not None) == allowed
        for fact in facts or ():
            self.states[fact.stream_id] = evolve(self.states.get(fact.stream_id), fact)
        return facts is not None


def _renamed(value: Any, text: dict[str, str]) -> Any:
    match value:
        case dict():
            return {name: _renamed(each, text) for name, each in value.items()}
        case list():
            return [_renamed(each, text) for each in value]
        case str():
            for before, after in text.items():
                value = value.replace(before, after)
            return value
        case _:
            return value


TestEpisodesAndEncounters = EpisodesAndEncounters.TestCase
TestEpisodesAndEncounters.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None
)
