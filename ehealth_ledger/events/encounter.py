"""Facts about encounters."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EncounterId,
    LegalEntityId,
    PatientId,
    ReferralId,
)


class EncounterRecorded(Fact):
    """A package was recorded; `day` is the civil day in Kyiv on which the encounter began."""

    TOPIC: ClassVar[str] = "encounter.recorded.v1"
    BEGINS: ClassVar[bool] = True

    encounter: EncounterId
    patient: PatientId
    performer: EmployeeId
    legal_entity: LegalEntityId
    encounter_class: str
    day: date
    referral: ReferralId | None = None
    encounter_pointer: Pointer
    primary_condition_pointer: Pointer
    condition_pointers: tuple[Pointer, ...]
    observation_pointers: tuple[Pointer, ...]

    @property
    def stream_id(self) -> UUID:
        """Name the encounter."""
        return self.encounter

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


FACTS: Final = (EncounterRecorded,)
