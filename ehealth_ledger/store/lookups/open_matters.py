"""Look up what of a patient would still fall due, or still counts."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.indexes.catalogue import CHANGES, changes
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.erasures import DEADLINES_OF_PATIENTS, OPEN_MATTERS
from ehealth_ledger.store.indexes.index import Put
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.values.identifiers import PatientId

# Every stream of a patient has a record under the patient's key, so the things are found by it.
_OPEN: Final = """
    WITH things AS (
        SELECT DISTINCT key_id AS patient, stream_id AS id FROM records
        WHERE key_id = ANY(%(asked)s))
    SELECT t.patient, d.kind, d.id FROM things t
    JOIN deadlines d ON d.id = t.id AND d.kind = ANY(%(kinds)s)
    UNION ALL
    SELECT t.patient, 'treatment', r.prescription FROM things t
    JOIN treatments r ON r.prescription = t.id
    UNION ALL
    SELECT t.patient, 'dispense', l.dispense FROM things t
    JOIN live_dispenses l ON l.prescription = t.id
    UNION ALL
    SELECT patient, 'approval', approval FROM live_approvals WHERE patient = ANY(%(asked)s)
    UNION ALL
    SELECT patient, 'care_plan', care_plan FROM open_care_plans WHERE patient = ANY(%(asked)s)
"""
_KIND_OF_TABLE: Final = {index.name: kind for kind, index in OPEN_MATTERS.items()}


class OpenMatters(Lookup):
    """Serve `aggregates.lookups.OpenMatterLookup`; an unannounced patient raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = tuple(CHANGES)

    def __init__(self, cursor: psycopg.Cursor, patients: set[PatientId]) -> None:
        self._open: dict[UUID, set[tuple[str, UUID]]] = {each: set() for each in patients}
        if patients:
            asked = {"asked": list(patients), "kinds": list(DEADLINES_OF_PATIENTS)}
            for patient, kind, thing in cursor.execute(_OPEN, asked).fetchall():
                self._open[patient].add((kind, thing))

    def of(self, patient: PatientId) -> tuple[tuple[str, UUID], ...]:
        """Return each matter's kind and id, in this order."""
        return tuple(sorted(self._open[patient]))

    def absorb(self, fact: Fact, position: int) -> None:
        """Take in what a fact of this batch opened or settled."""
        held = None if fact.subject is None else self._open.get(fact.subject)
        if held is None:
            return
        for change in changes(fact, position):
            row = change.row if isinstance(change, Put) else change.key
            kind = _KIND_OF_TABLE.get(change.index.name)
            if change.index is DEADLINES:
                matter = (row[0], row[1])
            elif kind is not None:
                matter = (kind, row[0])
            else:
                continue
            (held.add if isinstance(change, Put) else held.discard)(matter)
