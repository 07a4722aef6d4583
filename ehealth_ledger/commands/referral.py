"""Issue, redeem, recall and cancel referrals (електронне направлення)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.service_request import ServiceRequest
from ehealth_ledger.values.identifiers import EmployeeId, PatientId, ReferralId


class IssueReferral(StaffCommand):
    """Ask to refer a patient to a service (rule 43)."""

    NAME: ClassVar[str] = "referral.issue"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.issue"]
    version: Literal[1]
    resource: ServiceRequest


class Named(Element):
    """Name a referral and its patient."""

    referral: ReferralId
    patient: PatientId


class Redemption(Element):
    """Take a referral for one's own institution.

    `performer` is the employee who will see the patient.
    """

    referral: ReferralId
    patient: PatientId
    performer: EmployeeId


class RedeemReferral(StaffCommand):
    """Ask to redeem a referral, which can be done once (rule 47)."""

    NAME: ClassVar[str] = "referral.redeem"
    VERSION: ClassVar[int] = 1

    command: Literal["referral.redeem"]
    version: Literal[1]
    resource: Redemption


class Withdrawal(Element):
    """Withdraw a referral and say why."""

    referral: ReferralId
    patient: PatientId
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


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
    RedeemReferral,
    RecallReferral,
    CancelReferral,
    ExpireReferral,
)
