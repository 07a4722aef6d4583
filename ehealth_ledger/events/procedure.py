"""Facts about procedures outside encounter packages."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    LegalEntityId,
    PatientId,
    ProcedureId,
    ReferralId,
)


class ProcedureFact(Fact):
    """Share the stream and the key of every fact about a procedure."""

    procedure: ProcedureId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the procedure."""
        return self.procedure

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class ProcedureRecorded(ProcedureFact):
    """A procedure was done; `day` is the civil day in Kyiv on which it was done or began."""

    TOPIC: ClassVar[str] = "procedure.recorded.v1"
    BEGINS: ClassVar[bool] = True

    performer: EmployeeId
    legal_entity: LegalEntityId
    category: str
    service: str  # `system|code`
    day: date
    referral: ReferralId | None = None
    resource_pointer: Pointer
    digest: str  # of everything signed but the status


class ProcedureCancelled(ProcedureFact):
    """A procedure was entered in error."""

    TOPIC: ClassVar[str] = "procedure.cancelled.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    reason: str
    cancellation_pointer: Pointer


FACTS: Final = (ProcedureRecorded, ProcedureCancelled)
