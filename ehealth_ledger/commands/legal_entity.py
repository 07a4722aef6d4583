"""Register institutions (надавач медичних послуг) and the people who head them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId

Edrpou = Annotated[str, Field(pattern=r"^[0-9]{8,10}$")]
"""Code of an organisation (ЄДРПОУ, 8 digits) or of a sole trader (ФОП, 9 digits, or a tax id)."""

TaxId = Annotated[str, Field(pattern=r"^[0-9]{10}$")]
"""Tax id of a natural person (РНОКПП)."""

Name = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^\S(.*\S)?$")]


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
    kind: Literal["PRIMARY_CARE", "OUTPATIENT", "INPATIENT"]
    head: Head


class RegisterLegalEntity(StaffCommand):
    """Ask to register an institution and its head.

    The head signs with the institution's certificate (rule 4).
    """

    NAME: ClassVar[str] = "legal_entity.register"
    VERSION: ClassVar[int] = 1

    command: Literal["legal_entity.register"]
    version: Literal[1]
    resource: Registration


COMMANDS: Final = (RegisterLegalEntity,)
