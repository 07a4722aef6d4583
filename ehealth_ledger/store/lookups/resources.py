"""Look up clinical resources: what evidence rests on."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.lookups import ClinicalResource
from ehealth_ledger.events.encounter import EncounterCancelled, EncounterRecorded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by


class Resources(Lookup):
    """Serve `aggregates.lookups.ResourceLookup`; an unannounced id raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (EncounterRecorded, EncounterCancelled)

    def __init__(self, cursor: psycopg.Cursor, wanted: set[UUID]) -> None:
        self._found: dict[UUID, ClinicalResource | None] = dict.fromkeys(wanted)
        rows = rows_by(
            cursor,
            "SELECT r.id, r.kind, r.patient, r.encounter, e.id IS NOT NULL, r.episode "
            "FROM clinical_resources r LEFT JOIN resources_in_error e ON e.id = r.id "
            "WHERE r.id = ANY(%s)",
            wanted,
        )
        for resource, *about in rows:
            self._found[resource] = ClinicalResource(*about)

    def find(self, wanted: UUID) -> ClinicalResource | None:
        """Return a resource on record."""
        return self._found[wanted]

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - a resource is no position
        """Take in the members of a package, or that some were entered in error."""
        if isinstance(fact, EncounterRecorded):
            for member in fact.members:
                if member.id in self._found:
                    self._found[member.id] = ClinicalResource(
                        member.kind, fact.patient, fact.encounter, False, fact.episode
                    )
        elif isinstance(fact, EncounterCancelled):
            for each in fact.withdrawn:
                known = self._found.get(each.id)
                if known is not None:
                    self._found[each.id] = known._replace(in_error=True)
