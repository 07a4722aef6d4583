"""Facts about referrals."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact, Microseconds, Pointer
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CarePlanId,
    DiagnosticReportId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    MedicalProgramId,
    PatientId,
    ProcedureId,
    ReferralId,
    Requisition,
)

Attempt = Annotated[int, Field(ge=1)]


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
    """A patient was referred to a service, until `expires_at` (microseconds UTC)."""

    TOPIC: ClassVar[str] = "referral.issued.v1"
    BEGINS: ClassVar[bool] = True

    requisition: Requisition  # the number the patient is told; one an encounter
    requester: EmployeeId
    legal_entity: LegalEntityId
    category: str
    services: tuple[str, ...]  # every coding of the service, `system|code`
    reasons: tuple[str, ...]  # why it is asked for, `system|code`
    encounter: EncounterId | None = None
    program: MedicalProgramId | None = None
    permitted: tuple[str, ...] = ()  # what is opened to whoever redeems, `Type/<id>`
    care_plan: CarePlanId | None = None
    activity: ActivityId | None = None
    expires_at: Microseconds
    resource_pointer: Pointer


class ReferralQualified(ReferralFact):
    """An institution was told whether the referral may be used within a program, and why not."""

    TOPIC: ClassVar[str] = "referral.qualified.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    program: MedicalProgramId
    answer: Literal["VALID", "INVALID"]
    reasons: tuple[str, ...]  # codes of the refusal catalogue


class ReferralRedeemed(ReferralFact):
    """An institution took the referral; nobody else can until it is given back.

    `attempt` counts: it is one more than the number of times the referral was given back.
    """

    TOPIC: ClassVar[str] = "referral.redeemed.v1"

    performer: EmployeeId
    legal_entity: LegalEntityId
    attempt: Attempt


class ReferralReleased(ReferralFact):
    """The institution gave the referral back; it expires when it would have, at `expires_at`."""

    TOPIC: ClassVar[str] = "referral.released.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    expires_at: Microseconds


class ReferralProcessed(ReferralFact):
    """The institution began what the program pays for."""

    TOPIC: ClassVar[str] = "referral.processed.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId


class ReferralCompleted(ReferralFact):
    """The service the referral asked for was given by an institution."""

    TOPIC: ClassVar[str] = "referral.completed.v1"

    legal_entity: LegalEntityId
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


class ReferralExpired(ReferralFact):
    """The referral's time passed and nobody had used it."""

    TOPIC: ClassVar[str] = "referral.expired.v1"

    expired_at: Microseconds


FACTS: Final = (
    ReferralIssued,
    ReferralQualified,
    ReferralRedeemed,
    ReferralReleased,
    ReferralProcessed,
    ReferralCompleted,
    ReferralRecalled,
    ReferralCancelled,
    ReferralExpired,
)
