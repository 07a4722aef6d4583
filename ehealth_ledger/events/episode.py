"""Facts about episodes of care."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.values.identifiers import (
    CanonicalUUID,
    EmployeeId,
    EncounterId,
    EpisodeId,
    LegalEntityId,
    PatientId,
)


class EpisodeFact(Fact):
    """Share the stream and the key of every fact about an episode."""

    episode: EpisodeId
    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the episode."""
        return self.episode

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class EpisodeOpened(EpisodeFact):
    """An institution opened an episode; `started_on` is a civil day in Kyiv."""

    TOPIC: ClassVar[str] = "episode.opened.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    care_manager: EmployeeId
    type: str
    started_on: date
    resource_pointer: Pointer


class EpisodeUpdated(EpisodeFact):
    """An active episode got another name or another care manager."""

    TOPIC: ClassVar[str] = "episode.updated.v1"

    care_manager: EmployeeId | None = None
    name_pointer: Pointer | None = None


class EpisodeClosed(EpisodeFact):
    """An episode ended on a civil day in Kyiv."""

    TOPIC: ClassVar[str] = "episode.closed.v1"

    ended_on: date
    reason: str
    summary_pointer: Pointer


class EpisodeCancelled(EpisodeFact):
    """An episode was marked as entered in error."""

    TOPIC: ClassVar[str] = "episode.cancelled.v1"

    reason: str
    letter_pointer: Pointer


class DiagnosisMade(Body):
    """Name a condition that an encounter gave as a diagnosis; rank 0 stands for none."""

    condition: CanonicalUUID
    role: str
    rank: int
    pointer: Pointer


class EpisodeDiagnosed(EpisodeFact):
    """An encounter gave the episode diagnoses; they are the current ones until the next."""

    TOPIC: ClassVar[str] = "episode.diagnosed.v1"

    encounter: EncounterId
    day: date
    diagnoses: tuple[DiagnosisMade, ...]


class EpisodeDiagnosesWithdrawn(EpisodeFact):
    """The encounter that gave diagnoses was entered in error; those before it are current again."""

    TOPIC: ClassVar[str] = "episode.diagnoses_withdrawn.v1"

    encounter: EncounterId


FACTS: Final = (
    EpisodeOpened,
    EpisodeUpdated,
    EpisodeClosed,
    EpisodeCancelled,
    EpisodeDiagnosed,
    EpisodeDiagnosesWithdrawn,
)
