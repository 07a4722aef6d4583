"""Profile of RelatedPerson: a confidant (законний представник) who confirms for a patient."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import Code, FhirElement, PatientReference
from ehealth_ledger.commands.fhir.patient import Days, Issuer
from ehealth_ledger.values.identifiers import ConfidantId
from ehealth_ledger.values.patient import ConfidantType, RelationshipDocumentType


class ConfidantPerson(FhirElement):
    """Point to the confidant's own registration."""

    url: Literal["eHealth/confidant-person"]
    value_reference: PatientReference


class ConfidantCoding(FhirElement):
    """Say whether the confidant is the first or a further one."""

    system: Literal["eHealth/confidant-person-types"]
    code: ConfidantType


class ConfidantConcept(FhirElement):
    """Name the kind of confidant by its one code."""

    coding: Annotated[tuple[ConfidantCoding, ...], Field(min_length=1, max_length=1)]


class RelationshipCoding(FhirElement):
    """Name the type of the document that proves the relationship."""

    system: Literal["eHealth/relationship-document-types"]
    code: RelationshipDocumentType


class RelationshipConcept(FhirElement):
    """Name the type of a relationship document by its one code."""

    coding: Annotated[tuple[RelationshipCoding, ...], Field(min_length=1, max_length=1)]


class RelationshipDocument(FhirElement):
    """Carry the number of the document that proves the relationship (rule 10)."""

    system: Literal["eHealth/relationship-document"]
    type: RelationshipConcept
    value: Code
    assigner: Issuer | None = None


class RelatedPerson(FhirElement):
    """Tie a patient to the registered person who confirms for them (FHIR R4 RelatedPerson)."""

    resource_type: Literal["RelatedPerson"]
    id: ConfidantId
    extension: Annotated[tuple[ConfidantPerson, ...], Field(min_length=1, max_length=1)]
    identifier: Annotated[tuple[RelationshipDocument, ...], Field(min_length=1, max_length=5)]
    patient: PatientReference
    relationship: Annotated[tuple[ConfidantConcept, ...], Field(min_length=1, max_length=1)]
    period: Days

    @property
    def person(self) -> PatientReference:
        """Return the reference to the confidant's own registration."""
        return self.extension[0].value_reference
