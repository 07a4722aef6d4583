"""Profile of Condition: a problem or diagnosis of an encounter package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    PatientReference,
    Text,
)
from ehealth_ledger.commands.fhir.member import (
    ClinicalReference,
    FindingReference,
    Member,
    Origins,
    listed,
)
from ehealth_ledger.values.identifiers import EmployeeId
from ehealth_ledger.values.time import Instant

ICPC_2: Final = "http://hl7.org/fhir/sid/icpc-2"
ICD_10_AM: Final = "http://hl7.org/fhir/sid/icd-10-am"


class ClinicalStatusCoding(FhirElement):
    """Code whether the problem is live."""

    system: Literal["http://terminology.hl7.org/CodeSystem/condition-clinical"]
    code: Literal["active", "recurrence", "relapse", "inactive", "remission", "resolved"]


class ClinicalStatus(FhirElement):
    """Carry exactly one clinical status."""

    coding: Annotated[tuple[ClinicalStatusCoding, ...], Field(min_length=1, max_length=1)]


class VerificationStatusCoding(FhirElement):
    """Code how sure the diagnosis is."""

    system: Literal["http://terminology.hl7.org/CodeSystem/condition-ver-status"]
    code: Literal["unconfirmed", "provisional", "differential", "confirmed", "refuted"]


class VerificationStatus(FhirElement):
    """Carry exactly one verification status."""

    coding: Annotated[tuple[VerificationStatusCoding, ...], Field(min_length=1, max_length=1)]


class ConditionCoding(FhirElement):
    """Code the condition in one of the two systems the national system uses."""

    system: Literal["http://hl7.org/fhir/sid/icpc-2", "http://hl7.org/fhir/sid/icd-10-am"]
    code: Annotated[str, Field(pattern=r"^[A-Z][0-9][0-9A-Z]([.][0-9A-Z]{1,4})?$")]
    display: Text | None = None


class ConditionCode(FhirElement):
    """Carry the condition's codes, at most one a system (rule 31)."""

    coding: Annotated[tuple[ConditionCoding, ...], Field(min_length=1, max_length=5)]
    text: Text | None = None


class Evidence(FhirElement):
    """Point to the findings a diagnosis rests on (rule 37)."""

    detail: Annotated[tuple[FindingReference, ...], Field(min_length=1, max_length=20)]


class Condition(Member):
    """State a problem of the patient as found in an encounter (FHIR R4 Condition)."""

    ASSERTER_AT: ClassVar[str | None] = "asserter.reference"
    ORIGIN_ALLOWED: ClassVar[bool] = True
    ERROR_AT: ClassVar[tuple[str, ...]] = ("verificationStatus", "clinicalStatus")
    CODED: ClassVar = {
        "severity": ("eHealth/condition_severities",),
        "body_site": ("eHealth/body_sites",),
    }
    DATED: ClassVar = ("onset_date_time", "recorded_date")

    resource_type: Literal["Condition"]
    extension: Origins = ()
    clinical_status: ClinicalStatus
    verification_status: VerificationStatus
    code: ConditionCode
    severity: CodeableConcept | None = None
    body_site: Annotated[tuple[CodeableConcept, ...], Field(max_length=5)] = ()
    subject: PatientReference
    encounter: EncounterReference
    onset_date_time: Instant | None = None
    recorded_date: Instant
    asserter: EmployeeReference | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=1)] = ()

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return who diagnosed it."""
        return None if self.asserter is None else self.asserter.reference

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give the findings it rests on."""
        for at, each in enumerate(self.evidence):
            yield from listed(f"evidence[{at}].detail", each.detail)
