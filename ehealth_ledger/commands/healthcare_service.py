"""Register which kinds of care (послуга) an institution gives at a division."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code
from ehealth_ledger.values.identifiers import DivisionId, HealthcareServiceId, LicenceId


class HealthcareService(Element):
    """Describe a kind of care at a division, and the licence it is given under."""

    id: HealthcareServiceId
    division: DivisionId
    licence: LicenceId
    category: Code
    speciality: Code
    providing_condition: Code


class RegisterHealthcareService(StaffCommand):
    """Ask to register a healthcare service of the signer's own institution; it begins active."""

    NAME: ClassVar[str] = "healthcare_service.register"
    VERSION: ClassVar[int] = 1

    command: Literal["healthcare_service.register"]
    version: Literal[1]
    resource: HealthcareService


class ServiceNamed(Element):
    """Name a healthcare service."""

    healthcare_service: HealthcareServiceId


class ActivateHealthcareService(StaffCommand):
    """Ask to give a healthcare service again."""

    NAME: ClassVar[str] = "healthcare_service.activate"
    VERSION: ClassVar[int] = 1

    command: Literal["healthcare_service.activate"]
    version: Literal[1]
    resource: ServiceNamed


class DeactivateHealthcareService(StaffCommand):
    """Ask to stop a healthcare service."""

    NAME: ClassVar[str] = "healthcare_service.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["healthcare_service.deactivate"]
    version: Literal[1]
    resource: ServiceNamed


COMMANDS: Final = (
    RegisterHealthcareService,
    ActivateHealthcareService,
    DeactivateHealthcareService,
)
