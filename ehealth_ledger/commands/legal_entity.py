"""Register institutions (надавач медичних послуг), and say what becomes of them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.address import Address
from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId

Edrpou = Annotated[str, Field(pattern=r"^[0-9]{8,10}$")]
"""Code of an organisation (ЄДРПОУ, 8 digits) or of a sole trader (ФОП, 9 digits, or a tax id)."""

TaxId = Annotated[str, Field(pattern=r"^[0-9]{10}$")]
"""Tax id of a natural person (РНОКПП)."""

Name = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^\S(.*\S)?$")]

Why = Annotated[str, Field(min_length=1, max_length=1000)]
"""Why an office decided so, in its own words; it stays in the signed content."""


class Person(Element):
    """Name a natural person at work: the party behind one or several employments."""

    tax_id: TaxId
    family: Name
    given: Name


class Head(Element):
    """Name the head of the institution, who registers it and becomes its first employee."""

    id: EmployeeId
    party: Person


class Registration(Element):
    """Describe an institution."""

    id: LegalEntityId
    edrpou: Edrpou
    name: Name
    kind: Literal["PRIMARY_CARE", "OUTPATIENT", "INPATIENT", "EMERGENCY", "PHARMACY"]
    head: Head
    address: Address | None = None


class RegisterLegalEntity(StaffCommand):
    """Ask to register an institution and its head.

    The head signs with the institution's certificate (rule 4).
    """

    NAME: ClassVar[str] = "legal_entity.register"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.register"]
    version: Literal[1]
    resource: Registration


class Particulars(Element):
    """Say anew what an institution is called and where it sits; its code and kind stay."""

    name: Name
    address: Address | None = None


class UpdateLegalEntity(StaffCommand):
    """Ask to change the particulars of the signer's own institution."""

    NAME: ClassVar[str] = "legal_entity.update"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.update"]
    version: Literal[1]
    resource: Particulars


class EntityVerdict(Element):
    """Say whether the payer has found an institution to be what it says."""

    legal_entity: LegalEntityId
    verdict: Literal["VERIFIED", "NOT_VERIFIED"]
    reason: Why


class VerifyLegalEntity(StaffCommand):
    """Ask to verify an institution for the payer, or to take that back (rule 17)."""

    NAME: ClassVar[str] = "legal_entity.verify"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.verify"]
    version: Literal[1]
    resource: EntityVerdict


class Decision(Element):
    """Name the institution that an office decides about, and why."""

    legal_entity: LegalEntityId
    reason: Why


class SuspendLegalEntity(StaffCommand):
    """Ask to stop an institution's acts until it is resumed."""

    NAME: ClassVar[str] = "legal_entity.suspend"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.suspend"]
    version: Literal[1]
    resource: Decision


class ResumeLegalEntity(StaffCommand):
    """Ask to let a suspended institution act again."""

    NAME: ClassVar[str] = "legal_entity.resume"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.resume"]
    version: Literal[1]
    resource: Decision


class CloseLegalEntity(StaffCommand):
    """Ask to close an institution for good; the system then dismisses its employees."""

    NAME: ClassVar[str] = "legal_entity.close"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.close"]
    version: Literal[1]
    resource: Decision


class Succession(Element):
    """Name the institution that goes on in another's place."""

    legal_entity: LegalEntityId
    successor: LegalEntityId
    reason: Why


class ReorganiseLegalEntity(StaffCommand):
    """Ask to end an institution that another one succeeds (реорганізація)."""

    NAME: ClassVar[str] = "legal_entity.reorganise"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.reorganise"]
    version: Literal[1]
    resource: Succession


class NewHead(Element):
    """Name who heads an institution from now on, and whose place he takes."""

    legal_entity: LegalEntityId
    former: EmployeeId
    head: Head
    reason: Why


class ChangeHead(StaffCommand):
    """Ask to put another head in the place of an institution's present one."""

    NAME: ClassVar[str] = "legal_entity.change_head"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.change_head"]
    version: Literal[1]
    resource: NewHead


COMMANDS: Final = (
    RegisterLegalEntity,
    UpdateLegalEntity,
    VerifyLegalEntity,
    SuspendLegalEntity,
    ResumeLegalEntity,
    CloseLegalEntity,
    ReorganiseLegalEntity,
    ChangeHead,
)
