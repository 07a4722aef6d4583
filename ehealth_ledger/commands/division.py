"""Register the places (місце надання послуг) where an institution gives care or sells medicines."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.address import Address
from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.legal_entity import Name, Why
from ehealth_ledger.values.identifiers import DivisionId

DivisionType = Literal["CLINIC", "AMBULANT_CLINIC", "FAP", "DRUGSTORE", "DRUGSTORE_POINT"]


class Place(Element):
    """Describe a division.

    `mountain_group` says that the settlement has the status of a mountain one: it raises the
    capitation paid for the people declared there.
    """

    id: DivisionId
    name: Name
    type: DivisionType
    address: Address
    mountain_group: bool


class RegisterDivision(StaffCommand):
    """Ask to register a division of the signer's own institution; it is active from then on."""

    NAME: ClassVar[str] = "division.register"
    VERSION: ClassVar[int] = 1

    command: Literal["division.register"]
    version: Literal[1]
    resource: Place


class MovedPlace(Element):
    """Say anew what a division is called, where it is, and whether it is a mountain one."""

    division: DivisionId
    name: Name
    address: Address
    mountain_group: bool


class UpdateDivision(StaffCommand):
    """Ask to change a division of the signer's own institution; its type stays."""

    NAME: ClassVar[str] = "division.update"
    VERSION: ClassVar[int] = 1

    command: Literal["division.update"]
    version: Literal[1]
    resource: MovedPlace


class DivisionNamed(Element):
    """Name a division."""

    division: DivisionId


class ActivateDivision(StaffCommand):
    """Ask to open a division again."""

    NAME: ClassVar[str] = "division.activate"
    VERSION: ClassVar[int] = 1

    command: Literal["division.activate"]
    version: Literal[1]
    resource: DivisionNamed


class DeactivateDivision(StaffCommand):
    """Ask to close a division until it is activated (rule 28)."""

    NAME: ClassVar[str] = "division.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["division.deactivate"]
    version: Literal[1]
    resource: DivisionNamed


class DlsVerdict(Element):
    """Say whether the medicines authority's register (ДЛС) knows a drugstore."""

    division: DivisionId
    verdict: Literal["VERIFIED", "NOT_VERIFIED"]
    reason: Why


class VerifyDrugstore(StaffCommand):
    """Ask to note what the medicines authority's register says of a drugstore (rules 18 and 59)."""

    NAME: ClassVar[str] = "division.verify_dls"
    VERSION: ClassVar[int] = 1

    command: Literal["division.verify_dls"]
    version: Literal[1]
    resource: DlsVerdict


COMMANDS: Final = (
    RegisterDivision,
    UpdateDivision,
    ActivateDivision,
    DeactivateDivision,
    VerifyDrugstore,
)
