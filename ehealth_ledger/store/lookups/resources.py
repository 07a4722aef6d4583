"""Look up clinical resources: what evidence rests on."""

from __future__ import annotations

from itertools import chain
from typing import ClassVar
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.lookups import ClinicalResource
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.indexes import diagnostics, resources
from ehealth_ledger.store.indexes.catalogue import CHANGES
from ehealth_ledger.store.indexes.index import Put
from ehealth_ledger.store.indexes.resources import CLINICAL_RESOURCES, RESOURCES_IN_ERROR
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import PatientId


class Resources(Lookup):
    """Serve `aggregates.lookups.ResourceLookup`; an unannounced id raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (*resources.CHANGES, *diagnostics.CHANGES)

    def __init__(self, cursor: psycopg.Cursor, wanted: set[UUID], patients: set[PatientId]) -> None:
        self._found: dict[UUID, ClinicalResource | None] = dict.fromkeys(wanted)
        self._acts: dict[UUID, dict[UUID, None]] = {each: {} for each in patients}
        # The index clinical_resources_of_patient holds these rows alone.
        for patient, act in rows_by(
            cursor,
            "SELECT DISTINCT patient, coalesce(encounter, id) FROM clinical_resources "
            "WHERE patient = ANY(%s) AND (kind = 'Condition' OR encounter IS NULL)",
            patients,
        ):
            self._acts[patient][act] = None
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

    def acts_on(self, patient: PatientId) -> tuple[UUID, ...] | None:
        """Return the encounters of a patient, and what was recorded outside them."""
        acts = self._acts.get(patient)
        return None if acts is None else tuple(acts)

    def absorb(self, fact: Fact, position: int) -> None:
        """Take in what was recorded, or that some of it was entered in error."""
        for change in chain.from_iterable(each(fact, position) for each in CHANGES[type(fact)]):
            if not isinstance(change, Put):
                continue
            if change.index is CLINICAL_RESOURCES:
                resource, _, patient, encounter, _ = change.row
                self._acts.get(patient, {})[encounter or resource] = None
            if change.row[0] not in self._found:
                continue
            if change.index is CLINICAL_RESOURCES:
                resource, kind, patient, encounter, episode = change.row
                self._found[resource] = ClinicalResource(kind, patient, encounter, False, episode)
            elif change.index is RESOURCES_IN_ERROR:
                known = self._found[change.row[0]]
                if known is not None:
                    self._found[change.row[0]] = known._replace(in_error=True)
