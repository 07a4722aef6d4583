"""Register the licences (ліцензія) that an institution works under."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day
from ehealth_ledger.commands.legal_entity import Name
from ehealth_ledger.values.identifiers import LicenceId

Number = Annotated[str, Field(min_length=1, max_length=100)]


class Licence(Element):
    """Describe a licence; it holds from its first day to its last, without one for ever."""

    id: LicenceId
    type: Code
    number: Number
    issued_by: Name
    issued_on: Day
    first_day: Day
    last_day: Day | None = None


class RegisterLicence(StaffCommand):
    """Ask to register a licence of the signer's own institution."""

    NAME: ClassVar[str] = "licence.register"
    VERSION: ClassVar[int] = 1

    command: Literal["licence.register"]
    version: Literal[1]
    resource: Licence


class RenewedLicence(Element):
    """Say anew what a licence's papers say; its type stays."""

    licence: LicenceId
    number: Number
    issued_by: Name
    issued_on: Day
    first_day: Day
    last_day: Day | None = None


class UpdateLicence(StaffCommand):
    """Ask to change a licence of the signer's own institution: renewed, shortened, or ended."""

    NAME: ClassVar[str] = "licence.update"
    VERSION: ClassVar[int] = 1

    command: Literal["licence.update"]
    version: Literal[1]
    resource: RenewedLicence


COMMANDS: Final = (RegisterLicence, UpdateLicence)
