"""Judge episodes of care: opened in one's own institution, closed once, cancelled when empty.

An episode holds what its encounters diagnosed. The diagnoses of the last live encounter are the
current ones; when that encounter is entered in error, those of the one before are current again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, Final, assert_never
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee, acting_institution
from ehealth_ledger.aggregates.employee import Status as Employment
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.encounter import CANCELLATION_REASONS
from ehealth_ledger.commands.episode import (
    CLOSING_REASONS,
    CancelEpisode,
    CloseEpisode,
    OpenEpisode,
    UpdateEpisode,
)
from ehealth_ledger.commands.fhir.episode_of_care import EPISODE_TYPES
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.episode import (
    EpisodeCancelled,
    EpisodeClosed,
    EpisodeDiagnosed,
    EpisodeDiagnosesWithdrawn,
    EpisodeOpened,
    EpisodeUpdated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    EmployeeId,
    EncounterId,
    EpisodeId,
    LegalEntityId,
    PatientId,
)
from ehealth_ledger.values.parameters.episode import (
    EPISODE_TYPES_BY_EMPLOYEE_TYPE,
    EPISODE_TYPES_BY_ENTITY_KIND,
)

AnyEpisodeFact = (
    EpisodeOpened
    | EpisodeUpdated
    | EpisodeClosed
    | EpisodeCancelled
    | EpisodeDiagnosed
    | EpisodeDiagnosesWithdrawn
)


class Status(Enum):
    """Say where an episode stands."""

    ACTIVE = "active"
    CLOSED = "closed"
    ENTERED_IN_ERROR = "entered_in_error"


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """Hold what one live encounter diagnosed."""

    encounter: EncounterId
    conditions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """Hold the state of one episode; `diagnosed` lists its live encounters, the last one last."""

    id: EpisodeId
    patient: PatientId
    legal_entity: LegalEntityId
    care_manager: EmployeeId
    type: str
    started_on: date
    status: Status
    diagnosed: tuple[Diagnosed, ...] = ()

    @property
    def current_diagnoses(self) -> tuple[UUID, ...]:
        """List the conditions that are the patient's diagnoses now."""
        return self.diagnosed[-1].conditions if self.diagnosed else ()


def evolve(state: Episode | None, fact: AnyEpisodeFact) -> Episode | None:
    """Take in what happened to an episode; never refuses a fact."""
    if isinstance(fact, EpisodeOpened):
        return Episode(
            fact.episode,
            fact.patient,
            fact.legal_entity,
            fact.care_manager,
            fact.type,
            fact.started_on,
            Status.ACTIVE,
        )
    if state is None:
        return None
    match fact:
        case EpisodeUpdated():
            return replace(state, care_manager=fact.care_manager or state.care_manager)
        case EpisodeClosed():
            return replace(state, status=Status.CLOSED)
        case EpisodeCancelled():
            return replace(state, status=Status.ENTERED_IN_ERROR)
        case EpisodeDiagnosed():
            made = Diagnosed(fact.encounter, tuple(each.condition for each in fact.diagnoses))
            return replace(state, diagnosed=(*state.diagnosed, made))
        case EpisodeDiagnosesWithdrawn():
            kept = tuple(each for each in state.diagnosed if each.encounter != fact.encounter)
            return replace(state, diagnosed=kept)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    EpisodeOpened: evolve,
    EpisodeUpdated: evolve,
    EpisodeClosed: evolve,
    EpisodeCancelled: evolve,
    EpisodeDiagnosed: evolve,
    EpisodeDiagnosesWithdrawn: evolve,
}


def open_episode(case: Case[OpenEpisode]) -> list[Fact]:
    """Open an episode whose type suits the institution and the care manager (rules 23 and 27)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require(
        asked.managing_organization.reference == actor.legal_entity,
        "actor.other_legal_entity",
        "$.resource.managingOrganization.reference",
        expected="the acting institution",
    )
    case.require_new_id(asked.id, "$.resource.id")
    case.require(
        asked.period.start <= case.today,
        "episode.starts_in_future",
        "$.resource.period.start",
        expected=f"{case.today} or earlier",
    )
    with case.part():
        active_patient(case, asked.patient.reference, "$.resource.patient.reference")
    with case.part():
        manager = _care_manager(
            case, actor, asked.care_manager.reference, "$.resource.careManager.reference"
        )
        _require_type(case, actor, manager, asked.kind, "$.resource.type[0].coding[0].code")
    path = "$.resource.type[0].coding[0].code"
    case.require_code(EPISODE_TYPES, asked.kind, asked.period.start, path)
    return [
        EpisodeOpened(
            episode=asked.id,
            patient=asked.patient.reference,
            legal_entity=actor.legal_entity,
            care_manager=asked.care_manager.reference,
            type=asked.kind,
            started_on=asked.period.start,
            resource_pointer="/resource",
        )
    ]


def update(case: Case[UpdateEpisode]) -> list[Fact]:
    """Amend an active episode of the actor's own institution (rule 26)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    episode = own_episode(case, actor, asked.episode, asked.patient, "$.resource.episode")
    require_active(case, episode, "$.resource.episode")
    if asked.care_manager is not None:
        with case.part():
            path = "$.resource.care_manager"
            manager = _care_manager(case, actor, asked.care_manager, path)
            _require_type(case, actor, manager, episode.type, path)
    return [
        EpisodeUpdated(
            episode=episode.id,
            patient=episode.patient,
            care_manager=asked.care_manager,
            name_pointer=None if asked.name is None else "/resource/name",
        )
    ]


def close(case: Case[CloseEpisode]) -> list[Fact]:
    """Close an active episode on a day that is not before its first (rule 42)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    episode = own_episode(case, actor, asked.episode, asked.patient, "$.resource.episode")
    require_active(case, episode, "$.resource.episode")
    path = "$.resource.last_day"
    case.require(
        asked.last_day >= episode.started_on,
        "episode.end_before_start",
        path,
        expected=f"{episode.started_on} or later",
    )
    case.require(
        asked.last_day <= case.today,
        "episode.end_in_future",
        path,
        expected=f"{case.today} or earlier",
    )
    case.require_code(CLOSING_REASONS, asked.reason, case.today, "$.resource.reason")
    return [
        EpisodeClosed(
            episode=episode.id,
            patient=episode.patient,
            ended_on=asked.last_day,
            reason=asked.reason,
            summary_pointer="/resource/summary",
        )
    ]


def cancel(case: Case[CancelEpisode]) -> list[Fact]:
    """Mark an episode as entered in error, once all its encounters are (rule 42)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    path = "$.resource.episode"
    episode = own_episode(case, actor, asked.episode, asked.patient, path)
    case.require(
        episode.status is not Status.ENTERED_IN_ERROR,
        "episode.already_in_error",
        path,
        expected="an episode that is active or closed",
    )
    case.require(
        not episode.diagnosed,
        "episode.has_live_encounters",
        path,
        expected="an episode whose encounters are all entered in error",
        live=len(episode.diagnosed),
    )
    case.require_code(CANCELLATION_REASONS, asked.reason, case.today, "$.resource.reason")
    return [
        EpisodeCancelled(
            episode=episode.id,
            patient=episode.patient,
            reason=asked.reason,
            letter_pointer="/resource/explanatory_letter",
        )
    ]


def own_episode(
    case: Case[StaffCommand], actor: Employee, wanted: UUID, patient: PatientId, path: str
) -> Episode:
    """Return the patient's episode in the actor's own institution, or refuse (rule 26)."""
    episode = case.get(Episode, wanted, code="episode.unknown", path=path)
    if episode.patient != patient:
        raise RuleBroken("episode.of_other_patient", path, expected="an episode of this patient")
    case.require(
        episode.legal_entity == actor.legal_entity,
        "episode.of_other_entity",
        path,
        expected="an episode of the acting institution",
    )
    return episode


def require_active(case: Case[StaffCommand], episode: Episode, path: str) -> None:
    """Refuse an episode that has ended (rule 26)."""
    case.require(
        episode.status is Status.ACTIVE,
        "episode.not_active",
        path,
        expected="an active episode",
        status=episode.status.value,
    )


def _care_manager(
    case: Case[StaffCommand], actor: Employee, wanted: EmployeeId, path: str
) -> Employee:
    manager = case.get(Employee, wanted, code="episode.care_manager_unknown", path=path)
    case.require(
        manager.legal_entity == actor.legal_entity,
        "episode.care_manager_of_other_entity",
        path,
        expected="an employee of the acting institution",
    )
    case.require(
        manager.status is Employment.APPROVED,
        "episode.care_manager_dismissed",
        path,
        expected="an employment that goes on",
    )
    return manager


def _require_type(
    case: Case[StaffCommand], actor: Employee, manager: Employee, kind: str, path: str
) -> None:
    """Refuse a type that the institution or the care manager may not care for (rule 27)."""
    institution = acting_institution(case, actor)
    allowed = case.texts_by_name(EPISODE_TYPES_BY_ENTITY_KIND, institution.kind)
    case.require(
        kind in allowed,
        "episode.type_not_allowed_for_entity",
        path,
        expected=", ".join(allowed) or "none",
        kind=institution.kind,
    )
    allowed = case.texts_by_name(EPISODE_TYPES_BY_EMPLOYEE_TYPE, manager.type)
    case.require(
        kind in allowed,
        "episode.type_not_allowed_for_employee",
        path,
        expected=", ".join(allowed) or "none",
        type=manager.type,
    )
