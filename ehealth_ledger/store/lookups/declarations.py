"""Look up declarations."""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg

from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.values.identifiers import DeclarationId, EmployeeId, PatientId


class Declarations(Lookup):
    """Serve `aggregates.lookups.DeclarationLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (DeclarationSigned, DeclarationTerminated)

    def __init__(
        self, cursor: psycopg.Cursor, patients: set[PatientId], employees: set[EmployeeId]
    ) -> None:
        self._active: dict[Any, Any] = dict(
            rows_by(
                cursor,
                "SELECT patient, declaration FROM active_declarations WHERE patient = ANY(%s)",
                patients,
            )
        )
        self._of_employee: dict[Any, dict[Any, Any]] = {each: {} for each in employees}
        for employee, declaration, patient in rows_by(
            cursor,
            "SELECT doctor, declaration, patient FROM active_declarations WHERE doctor = ANY(%s)",
            employees,
        ):
            self._of_employee[employee][declaration] = patient

    def active_of(self, patient: PatientId) -> DeclarationId | None:
        """Return the patient's active declaration."""
        return self._active.get(patient)

    def active_of_employee(
        self, employee: EmployeeId
    ) -> tuple[tuple[DeclarationId, PatientId], ...]:
        """Return the active declarations with an employee; an unannounced one raises KeyError."""
        return tuple(sorted(self._of_employee[employee].items()))

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in the beginning or the end of a declaration."""
        if isinstance(fact, DeclarationSigned):
            self._active[fact.patient] = fact.declaration
            if fact.doctor in self._of_employee:
                self._of_employee[fact.doctor][fact.declaration] = fact.patient
        elif isinstance(fact, DeclarationTerminated):
            self._active.pop(fact.patient, None)
            for declarations in self._of_employee.values():
                declarations.pop(fact.declaration, None)
