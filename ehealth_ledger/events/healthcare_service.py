"""Facts about healthcare services."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import (
    DivisionId,
    HealthcareServiceId,
    LegalEntityId,
    LicenceId,
)


class HealthcareServiceFact(Fact):
    """Share the stream and the key of every fact about a healthcare service."""

    healthcare_service: HealthcareServiceId

    @property
    def stream_id(self) -> UUID:
        """Name the service."""
        return self.healthcare_service

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: a service is nobody's personal data."""
        return


class HealthcareServiceRegistered(HealthcareServiceFact):
    """An institution gives a kind of care at a division from now on."""

    TOPIC: ClassVar[str] = "healthcare_service.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    division: DivisionId
    licence: LicenceId
    category: str
    speciality: str
    providing_condition: str
    resource_pointer: Pointer


class HealthcareServiceActivated(HealthcareServiceFact):
    """A stopped service is given again."""

    TOPIC: ClassVar[str] = "healthcare_service.activated.v1"


class HealthcareServiceDeactivated(HealthcareServiceFact):
    """A service is no longer given."""

    TOPIC: ClassVar[str] = "healthcare_service.deactivated.v1"


FACTS: Final = (
    HealthcareServiceRegistered,
    HealthcareServiceActivated,
    HealthcareServiceDeactivated,
)
