"""Look up prescriptions: taken numbers, running treatments, and the code only the patient has."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import ClassVar

import psycopg

from ehealth_ledger.aggregates.lookups import TreatmentKey
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.prescription import (
    PrescriptionExpired,
    PrescriptionIssued,
    PrescriptionRejected,
)
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import (
    MedicalProgramId,
    MedicationId,
    PatientId,
    PrescriptionId,
)


class Prescriptions(Lookup):
    """Serve `aggregates.lookups.PrescriptionLookup`; an unannounced question raises KeyError."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        PrescriptionIssued,
        PrescriptionRejected,
        PrescriptionExpired,
    )

    def __init__(
        self,
        cursor: psycopg.Cursor,
        numbers: set[str],
        treatments: set[TreatmentKey],
        vault: Vault,
    ) -> None:
        self._vault = vault
        self._taken = dict.fromkeys(numbers, False)
        self._taken.update(
            (number, True)
            for (number,) in rows_by(
                cursor, "SELECT number FROM prescriptions WHERE number = ANY(%s)", numbers
            )
        )
        self._indexes = {
            key: vault.blind_index("treatment", *map(str, key)).hex() for key in treatments
        }
        self._running: dict[str, dict[PrescriptionId, tuple[date, date]]] = defaultdict(dict)
        for treatment, prescription, started_on, ended_on in rows_by(
            cursor,
            "SELECT treatment, prescription, started_on, ended_on FROM treatments "
            "WHERE treatment = ANY(%s)",
            set(self._indexes.values()),
        ):
            self._running[treatment][PrescriptionId(prescription)] = (started_on, ended_on)

    def number_is_taken(self, number: str) -> bool:
        """Tell whether a prescription has this number."""
        return self._taken[number]

    def treatment_index(
        self, patient: PatientId, medication: MedicationId, program: MedicalProgramId
    ) -> str:
        """Return the keyed blind index of a treatment, in hexadecimal."""
        return self._indexes[patient, medication, program]

    def treatments(
        self, patient: PatientId, medication: MedicationId, program: MedicalProgramId
    ) -> tuple[tuple[date, date], ...]:
        """Return the first and last days that live prescriptions of a treatment cover."""
        index = self.treatment_index(patient, medication, program)
        return tuple(sorted(self._running[index].values()))

    def code_of(self, prescription: PrescriptionId) -> str:
        """Return the four digits the patient shows at the pharmacy."""
        return self._vault.dispense_code(prescription)

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - an answer is no position
        """Take in the beginning or the end of a prescription."""
        match fact:
            case PrescriptionIssued():
                self._taken[fact.number] = True
                if fact.treatment is not None:
                    days = (fact.started_on, fact.ended_on)
                    self._running[fact.treatment][fact.prescription] = days
            case PrescriptionRejected() | PrescriptionExpired():
                for running in self._running.values():
                    running.pop(fact.prescription, None)
            case _:
                pass
