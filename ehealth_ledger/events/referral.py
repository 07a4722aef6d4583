"""Facts about referrals."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import (
    DiagnosticReportId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    PatientId,
    ProcedureId,
    ReferralId,
)


class ReferralFact(Fact):
    """Share the stream and the key of every fact about a referral."""

    referral: ReferralId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the referral."""
        return self.referral

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class ReferralIssued(ReferralFact):
    """A doctor referred a patient to a service, until `expires_at` (microseconds UTC)."""

    TOPIC: ClassVar[str] = "referral.issued.v1"
    BEGINS: ClassVar[bool] = True

    requester: EmployeeId
    legal_entity: LegalEntityId
    services: tuple[str, ...]  # every coding of the service, `system|code`
    expires_at: Microseconds
    resource_pointer: Pointer


class ReferralRedeemed(ReferralFact):
    """An institution took the referral; nobody else can."""

    TOPIC: ClassVar[str] = "referral.redeemed.v1"

    performer: EmployeeId
    legal_entity: LegalEntityId


class ReferralCompleted(ReferralFact):
    """The service the referral asked for was given."""

    TOPIC: ClassVar[str] = "referral.completed.v1"

    encounter: EncounterId | None = None  # by which act: one of the three
    diagnostic_report: DiagnosticReportId | None = None
    procedure: ProcedureId | None = None


class ReferralRecalled(ReferralFact):
    """The author withdrew the referral as no longer needed."""

    TOPIC: ClassVar[str] = "referral.recalled.v1"

    reason_pointer: Pointer


class ReferralCancelled(ReferralFact):
    """The author marked the referral as entered in error."""

    TOPIC: ClassVar[str] = "referral.cancelled.v1"

    reason_pointer: Pointer


FACTS: Final = (
    ReferralIssued,
    ReferralRedeemed,
    ReferralCompleted,
    ReferralRecalled,
    ReferralCancelled,
)
