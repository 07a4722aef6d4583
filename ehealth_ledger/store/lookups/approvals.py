"""Look up live approvals."""

from __future__ import annotations

from typing import ClassVar

import psycopg

from ehealth_ledger.events.approval import ApprovalCancelled, ApprovalExpired, ApprovalRequested
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import ApprovalId, PatientId


class Approvals(Lookup):
    """Serve `aggregates.lookups.ApprovalLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        ApprovalRequested,
        ApprovalCancelled,
        ApprovalExpired,
    )

    def __init__(self, cursor: psycopg.Cursor, patients: set[PatientId]) -> None:
        self._live: dict[PatientId, dict[ApprovalId, None]] = {each: {} for each in patients}
        rows = rows_by(
            cursor,
            "SELECT patient, approval FROM live_approvals WHERE patient = ANY(%s) "
            "ORDER BY approval",
            patients,
        )
        for patient, approval in rows:
            self._live[patient][ApprovalId(approval)] = None

    def live_of(self, patient: PatientId) -> tuple[ApprovalId, ...]:
        """Return the patient's approvals that are new or active."""
        return tuple(self._live[patient])

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is ids
        """Take in the beginning or the end of an approval."""
        if isinstance(fact, ApprovalRequested):
            if fact.patient in self._live:
                self._live[fact.patient][fact.approval] = None
        elif isinstance(fact, ApprovalCancelled | ApprovalExpired):
            self._live.get(fact.patient, {}).pop(fact.approval, None)
