"""Facts about medical conclusions."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import (
    CompositionId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    PatientId,
)


class CompositionFact(Fact):
    """Share the stream and the key of every fact about a conclusion."""

    composition: CompositionId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the conclusion."""
        return self.composition

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class CompositionSigned(CompositionFact):
    """A conclusion holds for the civil days from `first_day` to `last_day`, both included.

    `number` is what people name it by.
    """

    TOPIC: ClassVar[str] = "composition.signed.v1"
    BEGINS: ClassVar[bool] = True

    encounter: EncounterId
    author: EmployeeId
    legal_entity: LegalEntityId
    type: str
    category: str
    number: str
    first_day: date
    last_day: date
    replaces: CompositionId | None = None
    continues: CompositionId | None = None
    resource_pointer: Pointer
    digest: str  # of everything signed but the status


class CompositionReplaced(CompositionFact):
    """A later conclusion stands in this one's place."""

    TOPIC: ClassVar[str] = "composition.replaced.v1"

    by: CompositionId


class CompositionCancelled(CompositionFact):
    """A conclusion was entered in error."""

    TOPIC: ClassVar[str] = "composition.cancelled.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    reason: str
    cancellation_pointer: Pointer


FACTS: Final = (CompositionSigned, CompositionReplaced, CompositionCancelled)
