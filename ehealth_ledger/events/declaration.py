"""Facts about declarations."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)


class DeclarationFact(Fact):
    """Share the stream and the key of every fact about a declaration."""

    declaration: DeclarationId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the declaration."""
        return self.declaration

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class DeclarationSigned(DeclarationFact):
    """A patient's choice of a family doctor began; `first_day` is a civil day in Kyiv."""

    TOPIC: ClassVar[str] = "declaration.signed.v1"
    BEGINS: ClassVar[bool] = True

    doctor: EmployeeId
    party: PartyId  # the person behind the doctor's employments
    legal_entity: LegalEntityId
    first_day: date


class DeclarationTerminated(DeclarationFact):
    """A declaration ended; `successor` is the one that replaced it."""

    TOPIC: ClassVar[str] = "declaration.terminated.v1"

    reason: Literal["replaced", "employee_dismissed"]
    successor: DeclarationId | None = None
    last_day: date


FACTS: Final = (DeclarationSigned, DeclarationTerminated)
