"""Profile of MedicationRequest: an electronic prescription (електронний рецепт)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field

from ehealth_ledger.commands.fhir.care_plan import PlannedActivity
from ehealth_ledger.commands.fhir.dispense_quantity import UnitQuantity
from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    Coding,
    Day,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    MedicationReference,
    PatientReference,
    Quantity,
    Text,
)
from ehealth_ledger.commands.fhir.program_extension import (
    AtDivision,
    OfPatientCategory,
    WithinProgram,
)
from ehealth_ledger.values.identifiers import DivisionId, MedicalProgramId, PrescriptionId
from ehealth_ledger.values.time import Instant

Extension = Annotated[WithinProgram | AtDivision | OfPatientCategory, Discriminator("url")]


def _named_once(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    kinds = [type(each) for each in extensions]
    if kinds.count(AtDivision) != 1:
        raise ValueError("a prescription names one division")
    if kinds.count(WithinProgram) > 1 or kinds.count(OfPatientCategory) > 1:
        raise ValueError("a prescription names one program and one patient category at most")
    return extensions


class TreatmentPeriod(FhirElement):
    """Bound the treatment by civil days, both included, Kyiv time."""

    start: Day
    end: Day


class DispenseRequest(FhirElement):
    """Say how much is to be handed out for which days of treatment.

    On which of them it is handed out follows from the program and the parameters.
    """

    validity_period: TreatmentPeriod
    quantity: UnitQuantity


class DoseAndRate(FhirElement):
    """Say how much is taken at once."""

    type: CodeableConcept | None = None
    dose_quantity: Quantity


class DosageInstruction(FhirElement):
    """Say how the medication is taken (FHIR R4 Dosage)."""

    sequence: Annotated[int, Field(ge=1, le=100)]
    text: Text
    additional_instruction: Annotated[tuple[CodeableConcept, ...], Field(max_length=10)] = ()
    patient_instruction: Text | None = None
    as_needed_boolean: bool | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose_and_rate: Annotated[tuple[DoseAndRate, ...], Field(max_length=5)] = ()


class MedicationRequest(FhirElement):
    """Prescribe a quantity of an INNM dosage for a treatment (FHIR R4 MedicationRequest).

    `groupIdentifier` is not among its fields: the ledger gives the number. `basedOn` names the
    activity of a care plan whose quantity an order takes (rule 51).
    """

    resource_type: Literal["MedicationRequest"]
    id: PrescriptionId
    extension: Annotated[
        tuple[Extension, ...], Field(min_length=1, max_length=3), AfterValidator(_named_once)
    ]
    based_on: Annotated[tuple[PlannedActivity, ...], Field(max_length=1)] = ()
    status: Literal["active"]
    intent: Literal["plan", "order"]
    category: Annotated[tuple[CodeableConcept, ...], Field(max_length=1)] = ()
    medication_reference: MedicationReference
    subject: PatientReference
    encounter: EncounterReference
    authored_on: Instant
    requester: EmployeeReference
    reason_code: Annotated[tuple[CodeableConcept, ...], Field(min_length=1, max_length=10)]
    dosage_instruction: Annotated[tuple[DosageInstruction, ...], Field(min_length=1, max_length=20)]
    dispense_request: DispenseRequest

    @property
    def division(self) -> DivisionId:
        """Return where it is prescribed."""
        return next(each.value_id for each in self.extension if isinstance(each, AtDivision))

    @property
    def program(self) -> MedicalProgramId | None:
        """Return the medical program it is prescribed within."""
        named = (each.value_id for each in self.extension if isinstance(each, WithinProgram))
        return next(named, None)

    @property
    def patient_category(self) -> str | None:
        """Return the category of patients it is prescribed for."""
        named = (each.value_code for each in self.extension if isinstance(each, OfPatientCategory))
        return next(named, None)

    def place_of(self, kind: type[FhirElement]) -> str:
        """Return the path of an extension of a kind, or of all of them where there is none."""
        places = (
            f"$.resource.extension[{at}]"
            for at, each in enumerate(self.extension)
            if isinstance(each, kind)
        )
        return next(places, "$.resource.extension")

    @property
    def reasons(self) -> tuple[Coding, ...]:
        """List the codes of what it is prescribed for."""
        return tuple(coding for each in self.reason_code for coding in each.coding)
