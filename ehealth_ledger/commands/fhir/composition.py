"""Profile of Composition: a medical conclusion (медичний висновок)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    Coding,
    CompositionReference,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    LegalEntityReference,
    OneCode,
    PatientReference,
    Period,
    Text,
)
from ehealth_ledger.commands.fhir.member import ClinicalReference, listed
from ehealth_ledger.values.identifiers import CompositionId
from ehealth_ledger.values.time import Instant


class CompositionTypeCoding(Coding):
    """Code what is concluded: a birth, a temporary disability, fitness to drive."""

    system: Literal["eHealth/composition_types"]


class CompositionCategoryCoding(Coding):
    """Code the kind within the type: general illness, pregnancy, care of a relative."""

    system: Literal["eHealth/composition_categories"]


class CompositionEvent(FhirElement):
    """Bound the time the conclusion speaks of: how long it is valid."""

    period: Period


class RelatedComposition(FhirElement):
    """Point to the conclusion this one replaces, or continues."""

    code: Literal["replaces", "appends"]
    target_reference: CompositionReference


class SectionText(FhirElement):
    """Carry plain text of a section; markup stays out of what is signed."""

    status: Literal["additional"]
    div: Text


class SectionCoding(Coding):
    """Code what a section is about."""

    system: Literal["eHealth/composition_sections"]


class Section(FhirElement):
    """Group what the conclusion rests on."""

    code: OneCode[SectionCoding]
    text: SectionText | None = None
    entry: Annotated[tuple[ClinicalReference, ...], Field(max_length=50)] = ()


class _Composition(FhirElement):
    resource_type: Literal["Composition"]
    id: CompositionId
    type: OneCode[CompositionTypeCoding]
    category: Annotated[
        tuple[OneCode[CompositionCategoryCoding], ...], Field(min_length=1, max_length=1)
    ]
    subject: PatientReference
    encounter: EncounterReference
    date: Instant
    author: Annotated[tuple[EmployeeReference, ...], Field(min_length=1, max_length=1)]
    title: Text
    custodian: LegalEntityReference
    relates_to: Annotated[tuple[RelatedComposition, ...], Field(max_length=1)] = ()
    event: Annotated[tuple[CompositionEvent, ...], Field(min_length=1, max_length=1)]
    section: Annotated[tuple[Section, ...], Field(max_length=20)] = ()

    def evidence(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give what it rests on, each with its place (rule 37)."""
        for at, section in enumerate(self.section):
            yield from listed(f"section[{at}].entry", section.entry)


class Composition(_Composition):
    """Conclude about a patient (FHIR R4 Composition)."""

    status: Literal["final"]


class CancelledComposition(_Composition):
    """Repeat a conclusion as entered in error."""

    status: Literal["entered-in-error"]
