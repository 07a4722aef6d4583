"""Facts about people at work."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import DivisionId, EmployeeId, LegalEntityId, PartyId

EmployeeType = Literal[
    "OWNER",
    "HR",
    "ADMIN",
    "ACCOUNTANT",
    "DOCTOR",
    "SPECIALIST",
    "SURGEON",
    "ASSISTANT",
    "LABORANT",
    "RECEPTIONIST",
    "PHARMACIST",
    "PHARMACY_OWNER",
    "NHS_ADMIN",
    "NHS_ADMIN_SIGNER",
    "NHS_LE_VERIFIER",
]


class EmployeeFact(Fact):
    """Share the stream and the key of every fact about an employment."""

    employee: EmployeeId
    party: PartyId

    @property
    def stream_id(self) -> UUID:
        """Name the employment."""
        return self.employee

    @property
    def subject(self) -> UUID:
        """Seal under the key of the person at work."""
        return self.party


class EmployeeRegistered(EmployeeFact):
    """A person took up an employment.

    `tax_index` is the keyed blind index of the tax id, in hexadecimal; `specialities` begin with
    the one the person is employed for.
    """

    TOPIC: ClassVar[str] = "employee.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    tax_index: str
    type: EmployeeType
    specialities: tuple[str, ...] = ()
    division: DivisionId | None = None
    party_pointer: Pointer


class EmployeeUpdated(EmployeeFact):
    """An employee has other specialities, the one employed for first, or another division."""

    TOPIC: ClassVar[str] = "employee.updated.v1"

    specialities: tuple[str, ...]
    division: DivisionId | None = None


class EmployeeDismissed(EmployeeFact):
    """An employment ended; the person acts under it no more."""

    TOPIC: ClassVar[str] = "employee.dismissed.v1"

    legal_entity: LegalEntityId
    cause: Literal["dismissed", "replaced", "legal_entity_closed"]
    last_day: date


FACTS: Final = (EmployeeRegistered, EmployeeUpdated, EmployeeDismissed)
