"""Ask the patient for access, confirm it in his name, end it (згода на доступ, approval)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.each_once import each_once
from ehealth_ledger.values.approvals import AccessLevel, ConfirmationMethod
from ehealth_ledger.values.identifiers import (
    ApprovalId,
    EmployeeId,
    LegalEntityId,
    PatientId,
    ReferralId,
)

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
RESOURCES_MAX: Final = 100

ResourcePath = Annotated[
    str, Field(pattern=f"^(CarePlan|DiagnosticReport|Encounter|EpisodeOfCare)/{_UUID}$")
]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S+$")]


class Selector(Element):
    """Say what of the patient's is opened; the law asks for exactly one of these (rule 64)."""

    resources: (
        Annotated[
            tuple[ResourcePath, ...],
            Field(min_length=1, max_length=RESOURCES_MAX),
            each_once("each stands once"),
        ]
        | None
    ) = None
    permitted_by: ReferralId | None = None  # what a referral opens
    whole_patient: Literal[True] | None = None
    resource_types: (
        Annotated[
            tuple[Word, ...], Field(min_length=1, max_length=30), each_once("each stands once")
        ]
        | None
    ) = None
    diagnoses_group: Word | None = None
    service_group: Word | None = None
    forbidden_group: Word | None = None

    @property
    def chosen(self) -> tuple[str, ...]:
        """Name the selectors that are given."""
        return tuple(name for name, value in self.__dict__.items() if value is not None)

    def targets(self) -> tuple[tuple[str, UUID], ...]:
        """Return what is named one by one: the type and the id of each."""
        parts = (each.partition("/") for each in self.resources or ())
        return tuple((kind, UUID(target)) for kind, _, target in parts)


class Grantee(Element):
    """Say who gets access; the law asks for exactly one, the caller's own (rule 64)."""

    employee: EmployeeId | None = None
    legal_entity: LegalEntityId | None = None


class Approval(Element):
    """Describe the access asked for."""

    id: ApprovalId
    patient: PatientId
    granted_to: Grantee
    access_level: AccessLevel
    granted_resources: Selector
    reason: ReferralId | None = None


class RequestApproval(StaffCommand):
    """Ask a patient for access; nothing is open until the patient confirms."""

    NAME: ClassVar[str] = "approval.request"
    VERSION: ClassVar[int] = 1

    command: Literal["approval.request"]
    version: Literal[1]
    resource: Approval


class NamedApproval(Element):
    """Name an approval and its patient."""

    approval: ApprovalId
    patient: PatientId


class Confirmation(NamedApproval):
    """Say how the patient confirmed; `evidence` names the sent code or the scanned paper."""

    method: ConfirmationMethod
    evidence: Annotated[str, Field(min_length=1, max_length=200)]


class ConfirmApproval(StaffCommand):
    """Ask to record that the patient confirmed."""

    NAME: ClassVar[str] = "approval.confirm"
    VERSION: ClassVar[int] = 1

    command: Literal["approval.confirm"]
    version: Literal[1]
    resource: Confirmation


class ApprovalEnd(NamedApproval):
    """End an approval and say why."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class CancelApproval(StaffCommand):
    """Ask to end an approval, confirmed or not."""

    NAME: ClassVar[str] = "approval.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["approval.cancel"]
    version: Literal[1]
    resource: ApprovalEnd


class ExpireApproval(SystemCommand):
    """End an approval whose time has passed, or that the patient never confirmed."""

    NAME: ClassVar[str] = "approval.expire"
    VERSION: ClassVar[int] = 1

    command: Literal["approval.expire"]
    version: Literal[1]
    resource: NamedApproval


COMMANDS: Final = (RequestApproval, ConfirmApproval, CancelApproval, ExpireApproval)
