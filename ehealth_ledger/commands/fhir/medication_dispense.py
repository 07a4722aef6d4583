"""Profile of MedicationDispense: what a pharmacy handed out (погашення рецепта)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field

from ehealth_ledger.commands.fhir.dispense_quantity import UnitQuantity
from ehealth_ledger.commands.fhir.elements import (
    DivisionReference,
    EmployeeReference,
    FhirElement,
    MedicationReference,
    PatientReference,
    PrescriptionReference,
)
from ehealth_ledger.commands.fhir.program_extension import PackCode, WithinProgram
from ehealth_ledger.values.identifiers import DispenseId, MedicalProgramId, PrescriptionId
from ehealth_ledger.values.time import Instant

Extension = Annotated[WithinProgram | PackCode, Discriminator("url")]


def _one_program(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    if sum(isinstance(each, WithinProgram) for each in extensions) > 1:
        raise ValueError("a dispense names one program at most")
    codes = [each.value_string for each in extensions if isinstance(each, PackCode)]
    if len(set(codes)) != len(codes):
        raise ValueError("a package is handed out once")
    return extensions


class Performer(FhirElement):
    """Name the pharmacist who hands out."""

    actor: EmployeeReference


class MedicationDispense(FhirElement):
    """Hand out one product of a prescription (FHIR R4 MedicationDispense)."""

    resource_type: Literal["MedicationDispense"]
    id: DispenseId
    extension: Annotated[
        tuple[Extension, ...], Field(max_length=101), AfterValidator(_one_program)
    ] = ()
    status: Literal["completed"]
    medication_reference: MedicationReference
    subject: PatientReference
    performer: Annotated[tuple[Performer, ...], Field(min_length=1, max_length=1)]
    location: DivisionReference
    authorizing_prescription: Annotated[
        tuple[PrescriptionReference, ...], Field(min_length=1, max_length=1)
    ]
    quantity: UnitQuantity
    when_handed_over: Instant

    @property
    def prescription(self) -> PrescriptionId:
        """Return the prescription it is handed out on."""
        return self.authorizing_prescription[0].reference

    @property
    def program(self) -> MedicalProgramId | None:
        """Return the medical program it is handed out within."""
        named = (each.value_id for each in self.extension if isinstance(each, WithinProgram))
        return next(named, None)

    @property
    def pack_codes(self) -> tuple[str, ...]:
        """List the codes of the packages."""
        return tuple(each.value_string for each in self.extension if isinstance(each, PackCode))
