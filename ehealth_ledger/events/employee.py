"""Facts about people at work."""

from __future__ import annotations

from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId, PartyId

EmployeeType = Literal["OWNER", "HR", "DOCTOR", "SPECIALIST", "RECEPTIONIST", "NHS_ADMIN_SIGNER"]


class EmployeeRegistered(Fact):
    """A person took up an employment.

    `tax_index` is the keyed blind index of the tax id, in hexadecimal.
    """

    TOPIC: ClassVar[str] = "employee.registered.v1"
    BEGINS: ClassVar[bool] = True

    employee: EmployeeId
    legal_entity: LegalEntityId
    party: PartyId
    tax_index: str
    type: EmployeeType
    speciality: str | None = None
    party_pointer: Pointer

    @property
    def stream_id(self) -> UUID:
        """Name the employment."""
        return self.employee

    @property
    def subject(self) -> UUID:
        """Seal under the key of the person at work."""
        return self.party


FACTS: Final = (EmployeeRegistered,)
