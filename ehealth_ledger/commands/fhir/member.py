"""Give every member of an encounter package the same questions to answer.

FHIR names the same thing differently from resource to resource: the patient is `subject` here and
`patient` there, the encounter is `encounter` or `context`, the one who asserts is `asserter`,
`performer` or `author`. The laws ask one way; each profile says where its answer stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field
from pydantic.alias_generators import to_camel

from ehealth_ledger.commands.fhir.coded import CodedValue, coded_values
from ehealth_ledger.commands.fhir.elements import (
    CodeableConcept,
    EmployeeReference,
    EncounterReference,
    FhirElement,
    PatientReference,
)
from ehealth_ledger.values.identifiers import CanonicalUUID, EmployeeId, PatientId

_AT: Final = re.compile(r"\[[0-9]+\]")
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

ConditionPath = Annotated[str, Field(pattern=f"^Condition/{_UUID}$")]
ObservationPath = Annotated[str, Field(pattern=f"^Observation/{_UUID}$")]
SpecimenPath = Annotated[str, Field(pattern=f"^Specimen/{_UUID}$")]
FindingPath = Annotated[str, Field(pattern=f"^(Condition|Observation|DiagnosticReport)/{_UUID}$")]
ClinicalPath = Annotated[
    str,
    Field(
        pattern="^(AllergyIntolerance|ClinicalImpression|Condition|DetectedIssue|Device"
        "|DiagnosticReport|Immunization|MedicationAdministration|MedicationStatement|Observation"
        f"|Procedure|RiskAssessment|Specimen)/{_UUID}$"
    ),
]


class ClinicalReference(FhirElement):
    """Refer to a clinical resource of the ledger as evidence, whatever its type (rule 37)."""

    reference: ClinicalPath

    @property
    def kind(self) -> str:
        """Name the type of resource that is meant."""
        return self.reference.partition("/")[0]

    @property
    def target(self) -> UUID:
        """Return the id of the resource that is meant."""
        return UUID(self.reference.partition("/")[2])


class FindingReference(ClinicalReference):
    """Refer to what was found: a condition, an observation or a report."""

    reference: FindingPath


class ConditionEvidence(ClinicalReference):
    """Refer to a condition."""

    reference: ConditionPath


class ObservationResult(ClinicalReference):
    """Refer to an observation."""

    reference: ObservationPath


class SpecimenUsed(ClinicalReference):
    """Refer to a specimen."""

    reference: SpecimenPath


class ReportOrigin(FhirElement):
    """Say where knowledge at second hand comes from (`report_origin` of the national system).

    It is an extension: FHIR R4 has the element for immunizations alone.
    """

    url: Literal["eHealth/extensions/report_origin"]
    value_codeable_concept: CodeableConcept


class EncounterContext(FhirElement):
    """Name the encounter of a resource for which FHIR R4 has no such element."""

    url: Literal["eHealth/extensions/encounter"]
    value_reference: EncounterReference


class Actor(FhirElement):
    """Name the employee who did something."""

    actor: EmployeeReference


Origins = Annotated[tuple[ReportOrigin, ...], Field(max_length=1)]
Contexts = Annotated[tuple[EncounterContext, ...], Field(min_length=1, max_length=1)]


class Member(FhirElement):
    """Share what the laws ask of every member of a package."""

    SUBJECT_AT: ClassVar[str] = "subject"  # the field that names the patient
    ENCOUNTER_AT: ClassVar[str] = "encounter.reference"  # where the encounter is named, as a path
    ASSERTER_AT: ClassVar[str | None] = None  # where the asserting employee is named, as a path
    ORIGIN_ALLOWED: ClassVar[bool] = False  # whether it may be known at second hand (rule 34)
    ERROR_AT: ClassVar[tuple[str, ...]] = ("status",)  # what a cancellation may flip
    # Field, or path of one inside another field, such as `component.code` -> code systems (38).
    CODED: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    DATED: ClassVar[tuple[str, ...]] = ()  # the fields that say when (rule 36)

    resource_type: str
    id: CanonicalUUID

    @property
    def about(self) -> PatientId:
        """Return the patient."""
        named: PatientReference = getattr(self, self.SUBJECT_AT)
        return named.reference

    @property
    def within(self) -> UUID:
        """Return the encounter it belongs to (rule 35)."""
        named: EncounterReference = getattr(self, self.ENCOUNTER_AT.partition(".")[0])
        return named.reference

    @property
    def asserted_by(self) -> EmployeeId | None:
        """Return the employee who asserts it from what he saw."""
        return None

    @property
    def origin(self) -> CodeableConcept | None:
        """Return where it is known from when nobody here saw it."""
        found: tuple[ReportOrigin, ...] = getattr(self, "extension", ())
        return found[0].value_codeable_concept if found else None

    def moments(self) -> Iterator[tuple[str, datetime]]:
        """Give every moment the resource speaks of, with its path (rule 36)."""
        for name in self.DATED:
            moment = getattr(self, name)
            if moment is not None:
                yield to_camel(name), moment

    def references(self) -> Iterator[tuple[str, ClinicalReference]]:
        """Give every resource it rests on, with its path (rule 37)."""
        return iter(())

    def codings(self) -> Iterator[tuple[str, CodedValue, tuple[str, ...]]]:
        """Give every coded value with its path and the systems it may come from (rule 38).

        Where the profile names no system, the value's own is left: its directory is asked.
        """
        named = {
            ".".join(map(to_camel, name.split("."))): systems
            for name, systems in self.CODED.items()
        }
        for place, value in coded_values(self):
            path = place.removeprefix(".")
            field = _AT.sub("", path).removesuffix(".coding")
            yield path, value, named.get(field, (value.system,))


def listed(
    name: str, found: tuple[ClinicalReference, ...]
) -> Iterator[tuple[str, ClinicalReference]]:
    """Give the references of a list with their paths."""
    for at, each in enumerate(found):
        yield f"{name}[{at}].reference", each
