"""Look up open care plans."""

from __future__ import annotations

from typing import ClassVar

import psycopg

from ehealth_ledger.events.care_plan import (
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanCreated,
    CarePlanTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import CarePlanId, PatientId


class CarePlans(Lookup):
    """Serve `aggregates.lookups.CarePlanLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        CarePlanCreated,
        CarePlanCompleted,
        CarePlanCancelled,
        CarePlanTerminated,
    )

    def __init__(self, cursor: psycopg.Cursor, patients: set[PatientId]) -> None:
        self._open: dict[PatientId, dict[CarePlanId, None]] = {each: {} for each in patients}
        rows = rows_by(
            cursor,
            "SELECT patient, care_plan FROM open_care_plans WHERE patient = ANY(%s) "
            "ORDER BY care_plan",
            patients,
        )
        for patient, care_plan in rows:
            self._open[patient][CarePlanId(care_plan)] = None

    def open_of(self, patient: PatientId) -> tuple[CarePlanId, ...]:
        """Return the patient's plans that are new or active."""
        return tuple(self._open[patient])

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is ids
        """Take in the beginning or the end of a plan."""
        if isinstance(fact, CarePlanCreated):
            if fact.patient in self._open:
                self._open[fact.patient][fact.care_plan] = None
        elif isinstance(fact, CarePlanCompleted | CarePlanCancelled | CarePlanTerminated):
            self._open.get(fact.patient, {}).pop(fact.care_plan, None)
