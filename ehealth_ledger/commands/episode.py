"""Open, amend, close and cancel episodes of care (епізод медичної допомоги)."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import model_validator

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Day, Text
from ehealth_ledger.commands.fhir.episode_of_care import EpisodeOfCare
from ehealth_ledger.values.identifiers import EmployeeId, EpisodeId, PatientId

CLOSING_REASONS: Final = "eHealth/episode_closing_reasons"


class OpenEpisode(StaffCommand):
    """Ask to open an episode in the actor's institution."""

    NAME: ClassVar[str] = "episode.open"
    VERSION: ClassVar[int] = 1

    command: Literal["episode.open"]
    version: Literal[1]
    resource: EpisodeOfCare


class EpisodeAmendment(Element):
    """Give an active episode another name, another care manager, or both."""

    episode: EpisodeId
    patient: PatientId
    name: Text | None = None
    care_manager: EmployeeId | None = None

    @model_validator(mode="after")
    def _amends_something(self) -> EpisodeAmendment:
        if self.name is None and self.care_manager is None:
            raise ValueError("a name or a care manager is expected")
        return self


class UpdateEpisode(StaffCommand):
    """Ask to amend an active episode."""

    NAME: ClassVar[str] = "episode.update"
    VERSION: ClassVar[int] = 1

    command: Literal["episode.update"]
    version: Literal[1]
    resource: EpisodeAmendment


class EpisodeEnd(Element):
    """Say on which day an episode ended, why, and what came of it."""

    episode: EpisodeId
    patient: PatientId
    last_day: Day
    reason: Code  # of eHealth/episode_closing_reasons
    summary: Text


class CloseEpisode(StaffCommand):
    """Ask to close an active episode."""

    NAME: ClassVar[str] = "episode.close"
    VERSION: ClassVar[int] = 1

    command: Literal["episode.close"]
    version: Literal[1]
    resource: EpisodeEnd


class EpisodeError(Element):
    """Say which episode was entered in error, and why."""

    episode: EpisodeId
    patient: PatientId
    reason: Code  # of eHealth/cancellation_reasons
    explanatory_letter: Text


class CancelEpisode(StaffCommand):
    """Ask to mark an episode as entered in error."""

    NAME: ClassVar[str] = "episode.cancel"
    VERSION: ClassVar[int] = 1

    command: Literal["episode.cancel"]
    version: Literal[1]
    resource: EpisodeError


COMMANDS: Final = (OpenEpisode, UpdateEpisode, CloseEpisode, CancelEpisode)
