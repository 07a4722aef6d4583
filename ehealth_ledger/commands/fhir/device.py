"""Profile of Device: what was put into or on the patient, as found in an encounter."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from ehealth_ledger.commands.fhir.elements import (
    Code,
    CodeableConcept,
    EmployeeReference,
    FhirElement,
    PatientReference,
    Text,
)
from ehealth_ledger.commands.fhir.member import EncounterContext, Member, ReportOrigin
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant

_CONTEXT: Final = "eHealth/extensions/encounter"


class DeviceAsserter(FhirElement):
    """Name who found the device; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/asserter"]
    value_reference: EmployeeReference


class DeviceAsserted(FhirElement):
    """Say when the device was found; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/asserted_date"]
    value_date_time: Instant


Part = Annotated[
    EncounterContext | DeviceAsserter | DeviceAsserted | ReportOrigin, Field(discriminator="url")
]


def _context_comes_first(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    urls = [part.url for part in parts]
    if urls[0] != _CONTEXT or len(set(urls)) != len(urls):
        raise ValueError(f"{_CONTEXT} is expected first, and each extension once")
    return parts


class Device(Member):
    """Record an implant or aid of the patient (FHIR R4 Device).

    FHIR R4 gives a device a patient but no encounter; the national system gives it both.
    """

    SUBJECT_AT: ClassVar[str] = "patient"
    ENCOUNTER_AT: ClassVar[str] = "extension[0].valueReference.reference"
    ASSERTER_AT: ClassVar[str | None] = "extension"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    CODED: ClassVar = {"type": ("eHealth/device_types",)}
    DATED: ClassVar = ("manufacture_date",)

    resource_type: Literal["Device"]
    extension: Annotated[
        tuple[Part, ...],
        Field(min_length=1, max_length=4),
        AfterValidator(_context_comes_first),
    ]
    status: Literal["active", "inactive"]
    type: CodeableConcept
    manufacturer: Text | None = None
    manufacture_date: Instant | None = None
    lot_number: Code | None = None
    serial_number: Code | None = None
    patient: PatientReference

    @property
    def within(self) -> UUID:
        """Return the encounter it was found in."""
        first = self.extension[0]
        if not isinstance(first, EncounterContext):
            raise TypeError("a device names its encounter first")
        return first.value_reference.reference

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who found it."""
        for part in self.extension:
            if isinstance(part, DeviceAsserter):
                return part.value_reference.reference
        return None

    @property
    def origin(self) -> CodeableConcept | None:
        """Return where it is known from."""
        for part in self.extension:
            if isinstance(part, ReportOrigin):
                return part.value_codeable_concept
        return None
