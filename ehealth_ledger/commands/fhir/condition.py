"""Profile of Condition: a problem or diagnosis of an encounter package."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EncounterReference,
    FhirElement,
    PatientReference,
    Text,
)
from ehealth_ledger.values.identifiers import CanonicalUUID
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


class Condition(FhirElement):
    """State a problem of the patient as found in an encounter (FHIR R4 Condition)."""

    resource_type: Literal["Condition"]
    id: CanonicalUUID
    clinical_status: ClinicalStatus
    verification_status: VerificationStatus
    code: ConditionCode
    severity: CodeableConcept | None = None
    subject: PatientReference
    encounter: EncounterReference
    onset_date_time: Instant | None = None
    recorded_date: Instant
