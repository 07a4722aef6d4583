"""Facts about encounters."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.values.identifiers import (
    CanonicalUUID,
    DivisionId,
    EmployeeId,
    EncounterId,
    EpisodeId,
    LegalEntityId,
    PatientId,
    ReferralId,
)


class EncounterFact(Fact):
    """Share the stream and the key of every fact about an encounter."""

    encounter: EncounterId
    patient: PatientId
    episode: EpisodeId

    @property
    def stream_id(self) -> UUID:
        """Name the encounter."""
        return self.encounter

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class RecordedMember(Body):
    """Name a clinical resource of a package by its FHIR type and id, and where it stands in it."""

    kind: str
    id: CanonicalUUID
    pointer: Pointer


class EncounterRecorded(EncounterFact):
    """A package was recorded; `day` is the civil day in Kyiv on which the encounter began."""

    TOPIC: ClassVar[str] = "encounter.recorded.v1"
    BEGINS: ClassVar[bool] = True

    performer: EmployeeId
    legal_entity: LegalEntityId
    division: DivisionId | None = None
    encounter_class: str
    day: date
    referral: ReferralId | None = None
    encounter_pointer: Pointer
    primary_condition_pointer: Pointer
    members: tuple[RecordedMember, ...]


class WithdrawnResource(Body):
    """Name a resource that was entered in error; the encounter itself may be among them."""

    kind: str
    id: CanonicalUUID


class EncounterCancelled(EncounterFact):
    """A package, or parts of it, was marked as entered in error."""

    TOPIC: ClassVar[str] = "encounter.cancelled.v1"

    cancelled_by: EmployeeId
    legal_entity: LegalEntityId
    reason: str
    letter_pointer: Pointer
    withdrawn: tuple[WithdrawnResource, ...]


FACTS: Final = (EncounterRecorded, EncounterCancelled)
