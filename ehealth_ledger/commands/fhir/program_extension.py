"""Carry what the national system adds to prescriptions and dispenses beyond FHIR R4."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import Code, FhirElement
from ehealth_ledger.values.identifiers import DivisionId, MedicalProgramId


class WithinProgram(FhirElement):
    """Prescribe or dispense within a medical program."""

    url: Literal["eHealth/extensions/medical_program"]
    value_id: MedicalProgramId


class AtDivision(FhirElement):
    """Say at which division of the institution."""

    url: Literal["eHealth/extensions/division"]
    value_id: DivisionId


class OfPatientCategory(FhirElement):
    """Say to which category of patients, as the program's conditions name them."""

    url: Literal["eHealth/extensions/patient_category"]
    value_code: Code


class PackCode(FhirElement):
    """Carry the code printed on one package."""

    url: Literal["eHealth/extensions/pack_code"]
    value_string: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
