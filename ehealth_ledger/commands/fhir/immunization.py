"""Profile of Immunization: a vaccine given, or not given and why."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from ehealth_ledger.commands.fhir.elements import (
    Code,
    CodeableConcept,
    Day,
    EncounterReference,
    FhirElement,
    PatientReference,
    Quantity,
    Text,
)
from ehealth_ledger.commands.fhir.member import Actor, Member
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant


class Manufacturer(FhirElement):
    """Name who made the vaccine."""

    display: Text


class ProtocolApplied(FhirElement):
    """Say which dose of a series it was, against what."""

    target_disease: Annotated[tuple[CodeableConcept, ...], Field(min_length=1, max_length=10)]
    dose_number_positive_int: Annotated[int, Field(ge=1, le=100)]
    series_doses_positive_int: Annotated[int, Field(ge=1, le=100)] | None = None


class Immunization(Member):
    """Record a vaccination (FHIR R4 Immunization).

    `primarySource` says whether the recording institution gave it itself (rule 34).
    """

    SUBJECT_AT: ClassVar[str] = "patient"
    ASSERTER_AT: ClassVar[str | None] = "performer[0].actor.reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    CODED: ClassVar = {
        "vaccine_code": ("eHealth/vaccine_codes",),
        "status_reason": ("eHealth/reason_not_given_explanations",),
        "report_origin": ("eHealth/report_origins",),
        "site": ("eHealth/body_sites",),
        "route": ("eHealth/vaccination_routes",),
    }
    DATED: ClassVar = ("occurrence_date_time",)

    resource_type: Literal["Immunization"]
    status: Literal["completed", "not-done"]
    status_reason: CodeableConcept | None = None
    vaccine_code: CodeableConcept
    patient: PatientReference
    encounter: EncounterReference
    occurrence_date_time: Instant
    primary_source: bool
    report_origin: CodeableConcept | None = None
    manufacturer: Manufacturer | None = None
    lot_number: Code | None = None
    expiration_date: Day | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    performer: Annotated[tuple[Actor, ...], Field(max_length=1)] = ()
    protocol_applied: Annotated[tuple[ProtocolApplied, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _a_vaccine_not_given_says_why(self) -> Immunization:
        if (self.status == "not-done") != (self.status_reason is not None):
            raise ValueError("statusReason is expected with status not-done, and only then")
        return self

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who gave it."""
        return self.performer[0].actor.reference if self.performer else None

    @property
    def origin(self) -> CodeableConcept | None:
        """Return where it is known from."""
        return self.report_origin
