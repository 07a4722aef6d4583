"""Facts about people who receive care."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import LegalEntityId, PatientId


class PatientRegistered(Fact):
    """A person entered the register of patients."""

    TOPIC: ClassVar[str] = "patient.registered.v1"
    BEGINS: ClassVar[bool] = True

    patient: PatientId
    birth_date: date
    legal_entity: LegalEntityId
    resource_pointer: Pointer

    @property
    def stream_id(self) -> UUID:
        """Name the patient."""
        return self.patient

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


FACTS: Final = (PatientRegistered,)
