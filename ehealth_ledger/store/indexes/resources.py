"""Index clinical resources: whose each is, and whether it still counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ehealth_ledger.events.encounter import EncounterCancelled, EncounterRecorded
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Index, Put

CLINICAL_RESOURCES: Final = Index(
    "clinical_resources", ("id", "kind", "patient", "encounter", "episode")
)
RESOURCES_IN_ERROR: Final = Index("resources_in_error", ("id", "encounter"))


def _recorded(fact: EncounterRecorded, _: int) -> Iterator[Change]:
    for member in fact.members:
        row = (member.id, member.kind, fact.patient, fact.encounter, fact.episode)
        yield Put(CLINICAL_RESOURCES, row)


def _cancelled(fact: EncounterCancelled, _: int) -> Iterator[Change]:
    for each in fact.withdrawn:
        yield Put(RESOURCES_IN_ERROR, (each.id, fact.encounter))


INDEXES: Final = (CLINICAL_RESOURCES, RESOURCES_IN_ERROR)
CHANGES: Final[ChangesByFact] = {
    EncounterRecorded: _recorded,
    EncounterCancelled: _cancelled,
}
