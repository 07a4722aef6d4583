"""Facts about specimens."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    LegalEntityId,
    PatientId,
    ReferralId,
    SpecimenId,
)


class SpecimenFact(Fact):
    """Share the stream, the key and the actor of every fact about a specimen."""

    specimen: SpecimenId
    patient: PatientId
    employee: EmployeeId
    legal_entity: LegalEntityId

    @property
    def stream_id(self) -> UUID:
        """Name the specimen."""
        return self.specimen

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class SpecimenRegistered(SpecimenFact):
    """A specimen was taken; `day` is the civil day in Kyiv on which it was."""

    TOPIC: ClassVar[str] = "specimen.registered.v1"
    BEGINS: ClassVar[bool] = True

    type: str  # `system|code`
    day: date
    parents: tuple[SpecimenId, ...]
    referrals: tuple[ReferralId, ...]
    resource_pointer: Pointer


class SpecimenProcessed(SpecimenFact):
    """A laboratory received the specimen; when, stands in the signed content."""

    TOPIC: ClassVar[str] = "specimen.processed.v1"

    received_pointer: Pointer


class SpecimenInvalidated(SpecimenFact):
    """A specimen is used up, lost or spoilt."""

    TOPIC: ClassVar[str] = "specimen.invalidated.v1"

    reason: str
    verdict_pointer: Pointer


class SpecimenRejected(SpecimenFact):
    """A specimen is unfit for examination."""

    TOPIC: ClassVar[str] = "specimen.rejected.v1"

    reason: str
    verdict_pointer: Pointer


class SpecimenCancelled(SpecimenFact):
    """A specimen was entered in error."""

    TOPIC: ClassVar[str] = "specimen.cancelled.v1"

    reason: str
    cancellation_pointer: Pointer


FACTS: Final = (
    SpecimenRegistered,
    SpecimenProcessed,
    SpecimenInvalidated,
    SpecimenRejected,
    SpecimenCancelled,
)
