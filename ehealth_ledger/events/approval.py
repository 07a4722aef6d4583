"""Facts about approvals: who may see or write what of a patient, and by whose word."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.approvals import AccessLevel, ConfirmationMethod
from ehealth_ledger.values.identifiers import (
    ApprovalId,
    EmployeeId,
    LegalEntityId,
    PatientId,
    ReferralId,
)


class ApprovalFact(Fact):
    """Share the stream and the key of every fact about an approval."""

    approval: ApprovalId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the approval."""
        return self.approval

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class ApprovalRequested(ApprovalFact):
    """Access was asked for; it lapses at `lapses_at` unless the patient confirms before."""

    TOPIC: ClassVar[str] = "approval.requested.v1"
    BEGINS: ClassVar[bool] = True

    requester: EmployeeId
    legal_entity: LegalEntityId
    granted_employee: EmployeeId | None = None
    granted_entity: LegalEntityId | None = None
    access_level: AccessLevel
    selector: str  # which of the selectors the signed resource gives
    values: tuple[str, ...]  # what it says: references, types, the name of a group
    reason: ReferralId | None = None
    lapses_at: Microseconds
    resource_pointer: Pointer


class ApprovalConfirmed(ApprovalFact):
    """The patient agreed; the access ends at `expires_at`."""

    TOPIC: ClassVar[str] = "approval.confirmed.v1"

    employee: EmployeeId
    method: ConfirmationMethod
    expires_at: Microseconds
    evidence_pointer: Pointer


class ApprovalCancelled(ApprovalFact):
    """The access was ended before its time."""

    TOPIC: ClassVar[str] = "approval.cancelled.v1"

    employee: EmployeeId
    reason_pointer: Pointer


class ApprovalExpired(ApprovalFact):
    """The access's time passed, or the patient had not confirmed in time."""

    TOPIC: ClassVar[str] = "approval.expired.v1"

    expired_at: Microseconds


FACTS: Final = (ApprovalRequested, ApprovalConfirmed, ApprovalCancelled, ApprovalExpired)
