"""Profile of EpisodeOfCare: what belongs together of one patient's care in one institution."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import (
    Code,
    Day,
    EmployeeReference,
    FhirElement,
    LegalEntityReference,
    PatientReference,
    Text,
)
from ehealth_ledger.values.identifiers import EpisodeId

EPISODE_TYPES: Final = "eHealth/episode_types"


class EpisodeName(FhirElement):
    """Name the episode for people; FHIR R4 has no element for it."""

    url: Literal["eHealth/extensions/episode_name"]
    value_string: Text


class EpisodeTypeCoding(FhirElement):
    """Code what kind of care the episode is."""

    system: Literal["eHealth/episode_types"]
    code: Code
    display: Text | None = None


class EpisodeType(FhirElement):
    """Carry exactly one type."""

    coding: Annotated[tuple[EpisodeTypeCoding, ...], Field(min_length=1, max_length=1)]


class EpisodeStart(FhirElement):
    """Say from which day on; a new episode has no end."""

    start: Day


class EpisodeOfCare(FhirElement):
    """Open an episode: nothing of it has happened yet (FHIR R4 EpisodeOfCare)."""

    resource_type: Literal["EpisodeOfCare"]
    id: EpisodeId
    extension: Annotated[tuple[EpisodeName, ...], Field(min_length=1, max_length=1)]
    status: Literal["active"]
    type: Annotated[tuple[EpisodeType, ...], Field(min_length=1, max_length=1)]
    patient: PatientReference
    managing_organization: LegalEntityReference
    period: EpisodeStart
    care_manager: EmployeeReference

    @property
    def kind(self) -> str:
        """Return the code of the episode's type."""
        return self.type[0].coding[0].code
