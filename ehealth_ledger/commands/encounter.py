"""Record encounter packages, and cancel them.

A package is one signed command with the encounter and everything found, given and done in it. It is
cancelled by signing all of it again: what was entered in error says so, everything else stands as
it stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.allergy_intolerance import AllergyIntolerance
from ehealth_ledger.commands.fhir.clinical_impression import ClinicalImpression
from ehealth_ledger.commands.fhir.condition import Condition
from ehealth_ledger.commands.fhir.detected_issue import DetectedIssue
from ehealth_ledger.commands.fhir.device import Device
from ehealth_ledger.commands.fhir.elements import Code, Text
from ehealth_ledger.commands.fhir.encounter import Encounter
from ehealth_ledger.commands.fhir.immunization import Immunization
from ehealth_ledger.commands.fhir.medication_administration import MedicationAdministration
from ehealth_ledger.commands.fhir.medication_statement import MedicationStatement
from ehealth_ledger.commands.fhir.observation import Observation
from ehealth_ledger.commands.fhir.package_procedure import PackageProcedure
from ehealth_ledger.commands.fhir.package_report import PackageReport
from ehealth_ledger.commands.fhir.package_specimen import PackageSpecimen
from ehealth_ledger.commands.fhir.risk_assessment import RiskAssessment
from ehealth_ledger.values.identifiers import CanonicalUUID, EncounterId, PatientId
from ehealth_ledger.values.json import Json, canonical

PACKAGE_MEMBERS_MAX: Final = 200
CANCELLATION_REASONS: Final = "eHealth/cancellation_reasons"

Child = (
    AllergyIntolerance
    | ClinicalImpression
    | Condition
    | DetectedIssue
    | Device
    | Immunization
    | MedicationAdministration
    | MedicationStatement
    | Observation
    | PackageProcedure
    | PackageReport
    | PackageSpecimen
    | RiskAssessment
)
"""Everything a package holds beside its encounter."""

PackageMember = Annotated[Encounter | Child, Field(discriminator="resource_type")]


def _encounter_comes_first_and_alone(
    resources: tuple[PackageMember, ...],
) -> tuple[PackageMember, ...]:
    kinds = [member.resource_type for member in resources]
    if kinds[0] != "Encounter" or kinds.count("Encounter") != 1:
        raise ValueError("a package begins with its one Encounter")
    return resources


class RecordEncounter(StaffCommand):
    """Ask to record a package, all or nothing.

    An encounter based on a referral closes it and earns a charge.
    """

    NAME: ClassVar[str] = "encounter.record"
    VERSION: ClassVar[int] = 1

    command: Literal["encounter.record"]
    version: Literal[1]
    resources: Annotated[
        tuple[PackageMember, ...],
        Field(min_length=1, max_length=PACKAGE_MEMBERS_MAX),
        AfterValidator(_encounter_comes_first_and_alone),
    ]

    @property
    def encounter(self) -> Encounter:
        """Return the package's encounter."""
        first = self.resources[0]
        if not isinstance(first, Encounter):
            raise TypeError("a package begins with its Encounter")
        return first

    @property
    def may_earn(self) -> bool:
        """Tell whether a charge may come of it: it answers a referral, or tells of a stay."""
        return bool(self.encounter.based_on) or self.encounter.hospitalization is not None

    @property
    def children(self) -> Iterator[tuple[int, Child]]:
        """Give everything but the encounter, with its place among the resources."""
        for at, member in enumerate(self.resources):
            if not isinstance(member, Encounter):
                yield at, member

    @property
    def conditions(self) -> dict[str, Condition]:
        """Return the package's conditions by their JSON Pointer in the signed content."""
        return {
            f"/resources/{at}": member
            for at, member in self.children
            if isinstance(member, Condition)
        }


_PACKAGE: Final[TypeAdapter[tuple[PackageMember, ...]]] = TypeAdapter(tuple[PackageMember, ...])


def is_package(resources: Sequence[Json]) -> bool:
    """Tell whether resources are an encounter's package, and not what stands outside one."""
    return bool(resources) and resources[0].get("resourceType") == "Encounter"


def read_package(resources: Sequence[Json]) -> tuple[Encounter, list[Child]]:
    """Read the resources of a package that was recorded: the encounter, and everything else."""
    first, *others = _PACKAGE.validate_json(canonical(resources))
    if not isinstance(first, Encounter):
        raise TypeError("a package begins with its Encounter")
    return first, [each for each in others if not isinstance(each, Encounter)]


class Restated(BaseModel):
    """Restate a resource of the original package, field by field.

    The schema leaves it open: the law compares it with what was recorded, which no profile can be
    stricter than.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, extra="allow", frozen=True, strict=True, populate_by_name=False
    )

    resource_type: Code
    id: CanonicalUUID
    __pydantic_extra__: dict[str, Any]

    @property
    def in_error(self) -> bool:
        """Tell whether its status says so; what has another kind of status is not asked here."""
        return bool(self.__pydantic_extra__.get("status") == "entered-in-error")


class Cancellation(Element):
    """Say which encounter is cancelled, why, and what is told to the patient's other doctors."""

    encounter: EncounterId
    patient: PatientId
    reason: Code  # of eHealth/cancellation_reasons
    explanatory_letter: Text


class CancelEncounter(StaffCommand):
    """Ask to mark a package, or parts of it, as entered in error (rule 41)."""

    NAME: ClassVar[str] = "encounter.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["encounter.cancel"]
    version: Literal[1]
    resource: Cancellation
    resources: Annotated[tuple[Restated, ...], Field(min_length=1, max_length=PACKAGE_MEMBERS_MAX)]


COMMANDS: Final = (RecordEncounter, CancelEncounter)
