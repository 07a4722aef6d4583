"""Issue, qualify, take, give back, complete and withdraw referrals (електронне направлення)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.service_request import ServiceRequest
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EncounterId,
    MedicalProgramId,
    PatientId,
    ReferralId,
)

Explanation = Annotated[str, Field(min_length=1, max_length=1000)]


class IssueReferral(StaffCommand):
    """Ask to refer a patient to a service (rules 43 to 45, 48, 51)."""

    NAME: ClassVar[str] = "referral.issue"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.issue"]
    version: Literal[1]
    resource: ServiceRequest


class Named(Element):
    """Name a referral and its patient."""

    referral: ReferralId
    patient: PatientId


class Qualification(Named):
    """Name the program a referral is to be used within."""

    program: MedicalProgramId


class QualifyReferral(StaffCommand):
    """Ask whether a referral may be used within a program (rule 48); the answer is recorded."""

    NAME: ClassVar[str] = "referral.qualify"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.qualify"]
    version: Literal[1]
    resource: Qualification


class Redemption(Named):
    """Take a referral for one's own institution.

    `performer` is the employee who will see the patient.
    """

    performer: EmployeeId


class RedeemReferral(StaffCommand):
    """Ask to redeem a referral, which one institution at a time can do (rule 47)."""

    NAME: ClassVar[str] = "referral.redeem"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.redeem"]
    version: Literal[1]
    resource: Redemption


class ReleaseReferral(StaffCommand):
    """Ask to give a redeemed referral back: another institution may take it."""

    NAME: ClassVar[str] = "referral.release"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.release"]
    version: Literal[1]
    resource: Named


class ProcessReferral(StaffCommand):
    """Ask to begin the program's part of a redeemed referral."""

    NAME: ClassVar[str] = "referral.process"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.process"]
    version: Literal[1]
    resource: Named


class Completion(Named):
    """Complete a referral with the encounter that gave the service."""

    encounter: EncounterId


class CompleteReferral(StaffCommand):
    """Ask to complete a redeemed referral by hand (rule 49)."""

    NAME: ClassVar[str] = "referral.complete"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.complete"]
    version: Literal[1]
    resource: Completion


class Withdrawal(Named):
    """Withdraw a referral and say why."""

    reason: Explanation


class RecallReferral(StaffCommand):
    """Ask to recall a referral that is no longer needed (rule 50)."""

    NAME: ClassVar[str] = "referral.recall"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.recall"]
    version: Literal[1]
    resource: Withdrawal


class CancelReferral(StaffCommand):
    """Ask to mark a referral as entered in error (rule 50)."""

    NAME: ClassVar[str] = "referral.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.cancel"]
    version: Literal[1]
    resource: Withdrawal


class ExpireReferral(SystemCommand):
    """Recall a referral whose time has passed without anybody using it."""

    NAME: ClassVar[str] = "referral.expire"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.expire"]
    version: Literal[1]
    resource: Named


COMMANDS: Final = (
    IssueReferral,
    QualifyReferral,
    RedeemReferral,
    ReleaseReferral,
    ProcessReferral,
    CompleteReferral,
    RecallReferral,
    CancelReferral,
    ExpireReferral,
)
