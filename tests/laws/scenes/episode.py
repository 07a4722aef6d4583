"""Set accepted scenes of episodes of care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from ehealth_ledger.aggregates.episode import Episode, Status
from ehealth_ledger.values.identifiers import EmployeeId, EpisodeId, LegalEntityId, PatientId
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, ENTITY, NEW, PATIENT, coded, reference, scene
from tests.laws.scenes.patient import person

EPISODE: Final = an_id("episode")
TYPE: Final = "treatment"
STARTED: Final = date(2026, 11, 1)


def episode(status: Status = Status.ACTIVE, **other: Any) -> Episode:
    """Make an episode's state, of the acting institution."""
    fields: dict[str, Any] = {
        "id": EpisodeId(EPISODE),
        "patient": PatientId(PATIENT),
        "legal_entity": LegalEntityId(ENTITY),
        "care_manager": EmployeeId(ACTOR),
        "type": TYPE,
        "started_on": STARTED,
        "status": status,
    }
    return Episode(**(fields | other))


def open_episode() -> Scene:
    resource = {
        "resourceType": "EpisodeOfCare",
        "id": str(NEW),
        "extension": [{"url": "eHealth/extensions/episode_name", "valueString": "Гіпертонія"}],
        "status": "active",
        "type": [coded("eHealth/episode_types", TYPE)],
        "patient": reference("Patient", PATIENT),
        "managingOrganization": reference("Organization", ENTITY),
        "period": {"start": "2026-11-23"},
        "careManager": reference("PractitionerRole", ACTOR),
    }
    states = {PATIENT: person()}
    return scene("SPECIALIST", "episode.open", states=states, resource=resource)


def update_episode() -> Scene:
    resource = {
        "episode": str(EPISODE),
        "patient": str(PATIENT),
        "name": "Інша назва",
        "care_manager": str(ACTOR),
    }
    states = {EPISODE: episode()}
    return scene("SPECIALIST", "episode.update", states=states, resource=resource)


def close_episode() -> Scene:
    resource = {
        "episode": str(EPISODE),
        "patient": str(PATIENT),
        "last_day": "2026-11-23",
        "reason": "resolved",
        "summary": "Одужав",
    }
    states = {EPISODE: episode()}
    return scene("SPECIALIST", "episode.close", states=states, resource=resource)


def cancel_episode() -> Scene:
    resource = {
        "episode": str(EPISODE),
        "patient": str(PATIENT),
        "reason": "typo",
        "explanatory_letter": "Відкрито помилково",
    }
    states = {EPISODE: episode()}
    return scene("SPECIALIST", "episode.cancel", states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "episode.open": open_episode,
    "episode.update": update_episode,
    "episode.close": close_episode,
    "episode.cancel": cancel_episode,
}
