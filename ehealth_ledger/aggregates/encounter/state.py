"""Hold what the laws need to know of an encounter, and fold its facts into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, assert_never
from uuid import UUID

from ehealth_ledger.events.encounter import EncounterCancelled, EncounterRecorded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EncounterId, EpisodeId, LegalEntityId, PatientId


class Status(Enum):
    """Say where an encounter stands."""

    FINISHED = "finished"
    ENTERED_IN_ERROR = "entered_in_error"


@dataclass(frozen=True, slots=True)
class Encounter:
    """Hold the state of one encounter; `in_error` names what of its package no longer counts."""

    id: EncounterId
    patient: PatientId
    episode: EpisodeId
    legal_entity: LegalEntityId
    in_error: frozenset[UUID] = field(default_factory=frozenset)

    @property
    def status(self) -> Status:
        """Tell whether the encounter itself still counts."""
        return Status.ENTERED_IN_ERROR if self.id in self.in_error else Status.FINISHED


def evolve(
    state: Encounter | None, fact: EncounterRecorded | EncounterCancelled
) -> Encounter | None:
    """Take in what happened to an encounter; never refuses a fact."""
    match fact:
        case EncounterRecorded():
            return Encounter(fact.encounter, fact.patient, fact.episode, fact.legal_entity)
        case EncounterCancelled():
            if state is None:
                return None
            withdrawn = {each.id for each in fact.withdrawn}
            return replace(state, in_error=state.in_error | withdrawn)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    EncounterRecorded: evolve,
    EncounterCancelled: evolve,
}
