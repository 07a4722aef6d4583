"""Look up live declarations, by patient, by doctor, and how many a person holds."""

from __future__ import annotations

from typing import ClassVar, Final

import psycopg

from ehealth_ledger.aggregates.lookups import LiveDeclaration
from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
    LiveFact,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import DeclarationId, EmployeeId, PartyId, PatientId

_COLUMNS: Final = "declaration, patient, doctor, party, status = 'active', legal_entity"


class Declarations(Lookup):
    """Serve `aggregates.lookups.DeclarationLookup`.

    Every command that ends a declaration announces its patient or its doctor, so that what the
    batch ends is among the rows read here, and the counts stay true.
    """

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        DeclarationSigned,
        DeclarationApproved,
        DeclarationActivated,
        DeclarationRejected,
        DeclarationTerminated,
        DeclarationClosed,
    )

    def __init__(self, cursor: psycopg.Cursor, wanted: Wanted, vault: Vault) -> None:
        self._patients = wanted.declarations
        self._doctors = wanted.employees
        table = f"SELECT {_COLUMNS} FROM live_declarations"  # noqa: S608 - our own names
        rows = rows_by(cursor, f"{table} WHERE patient = ANY(%s)", self._patients)
        rows += rows_by(cursor, f"{table} WHERE doctor = ANY(%s)", self._doctors)
        self._live = {row[0]: LiveDeclaration(*row) for row in rows}
        self._held = dict.fromkeys(wanted.parties(vault), 0)
        self._held.update(
            (party, count)
            for party, count in rows_by(
                cursor,
                "SELECT party, count(*) FROM live_declarations WHERE party = ANY(%s) "
                "GROUP BY party",
                self._held,
            )
        )

    def live_of(self, patient: PatientId) -> tuple[LiveDeclaration, ...]:
        """Return the patient's declarations that hold or wait: one at most."""
        if patient not in self._patients:
            raise KeyError(patient)
        return tuple(each for each in self._live.values() if each.patient == patient)

    def active_of(self, patient: PatientId) -> DeclarationId | None:
        """Return the patient's declaration that holds."""
        return next((each.declaration for each in self.live_of(patient) if each.active), None)

    def active_of_employee(
        self, employee: EmployeeId
    ) -> tuple[tuple[DeclarationId, PatientId], ...]:
        """Return an employee's declarations, pending ones too, in order of id."""
        if employee not in self._doctors:
            raise KeyError(employee)
        return tuple(
            sorted(
                (each.declaration, each.patient)
                for each in self._live.values()
                if each.doctor == employee
            )
        )

    def count_of_party(self, party: PartyId) -> int:
        """Count the live declarations of a person over all jobs."""
        return self._held[party]

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in the beginning, a change or the end of a declaration."""
        if isinstance(fact, LiveFact):
            begun = LiveDeclaration(
                fact.declaration,
                fact.patient,
                fact.doctor,
                fact.party,
                active=not isinstance(fact, DeclarationSigned) or fact.pending is None,
                legal_entity=fact.legal_entity,
            )
            if fact.declaration not in self._live:
                self._count(begun, 1)
            self._live[fact.declaration] = begun
        elif isinstance(fact, DeclarationRejected | DeclarationTerminated | DeclarationClosed):
            ended = self._live.pop(fact.declaration, None)
            if ended is not None:
                self._count(ended, -1)

    def _count(self, declaration: LiveDeclaration, change: int) -> None:
        if declaration.party in self._held:
            self._held[declaration.party] += change
