"""Look up who is registered, by keyed blind indexes made in the vault."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, ClassVar, Final

import psycopg

from ehealth_ledger.aggregates.lookups import Namesake
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import (
    IdentityFact,
    PatientDeactivated,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientUnmerged,
    PatientUpdated,
)
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import PatientId

PATIENT_TAX_ID: Final = "patient/tax_id"
_NAME: Final = "patient/name_and_birth_date"
_PHONE: Final = "patient/phone"


class Patients(Lookup):
    """Serve `aggregates.lookups.PatientLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (
        PatientRegistered,
        PatientUpdated,
        PatientDeceased,
        PatientDeactivated,
        PatientMerged,
        PatientUnmerged,
    )

    def __init__(self, cursor: psycopg.Cursor, wanted: Wanted, vault: Vault) -> None:
        self._vault = vault
        tax = {self.tax_index(each) for each in wanted.patient_tax_ids}
        names = {self.name_index(*each) for each in wanted.patient_names}
        phones = {self.phone_index(each) for each in wanted.patient_phones}
        table = "SELECT patient, tax_index, name_index FROM patients"
        rows = rows_by(cursor, f"{table} WHERE tax_index = ANY(%s)", tax)
        rows += rows_by(cursor, f"{table} WHERE name_index = ANY(%s)", names)
        self._known: dict[Any, tuple[str | None, str]] = {row[0]: row[1:] for row in rows}
        self._by_phone: dict[str, set[PatientId]] = defaultdict(set)
        for patient, phone in rows_by(
            cursor,
            "SELECT patient, phone_index FROM patient_phones WHERE phone_index = ANY(%s)",
            phones,
        ):
            self._by_phone[phone].add(patient)

    def tax_index(self, tax_id: str) -> str:
        """Return the keyed blind index of a patient's tax id."""
        return self._vault.blind_index(PATIENT_TAX_ID, tax_id).hex()

    def name_index(self, name: tuple[str, ...], birth_date: date) -> str:
        """Return the keyed blind index of a whole spelled name and a birth date."""
        return self._vault.blind_index(_NAME, *name, birth_date.isoformat()).hex()

    def phone_index(self, phone: str) -> str:
        """Return the keyed blind index of a telephone."""
        return self._vault.blind_index(_PHONE, phone).hex()

    def of_tax_index(self, index: str) -> PatientId | None:
        """Return who is registered with a tax id."""
        return next((each for each, (tax, _) in self._known.items() if tax == index), None)

    def of_name_index(self, index: str) -> tuple[Namesake, ...]:
        """Return who is registered with the same names and birth date."""
        return tuple(
            Namesake(each, tax) for each, (tax, name) in self._known.items() if name == index
        )

    def of_phone_index(self, index: str) -> frozenset[PatientId]:
        """Return who confirms by a telephone."""
        return frozenset(self._by_phone[index])

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is an id
        """Take in what happened to a patient."""
        match fact:
            case IdentityFact():
                self._known[fact.patient] = (fact.tax_index, fact.name_index)
                self._silence(fact.patient)
                if fact.phone_index is not None:
                    self._by_phone[fact.phone_index].add(fact.patient)
            case PatientDeactivated():
                self._known.pop(fact.patient, None)
                self._silence(fact.patient)
            case PatientDeceased() | PatientMerged():
                self._silence(fact.patient)
            case PatientUnmerged():
                if fact.phone_index is not None:
                    self._by_phone[fact.phone_index].add(fact.patient)
            case _:
                pass

    def _silence(self, patient: PatientId) -> None:
        for patients in self._by_phone.values():
            patients.discard(patient)
