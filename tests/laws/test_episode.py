"""The law of episodes of care: rules 26, 27 and 42."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.employee import Status as Employment
from ehealth_ledger.aggregates.episode import Diagnosed, Episode, Status
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.events.episode import EpisodeClosed, EpisodeOpened, EpisodeUpdated
from ehealth_ledger.values.identifiers import EncounterId
from tests.laws.bench import Change, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, CONDITION, ENCOUNTER, NEW, PATIENT, employee, reference
from tests.laws.scenes.episode import (
    EPISODE,
    cancel_episode,
    close_episode,
    episode,
    open_episode,
    update_episode,
)
from tests.laws.tables import refused, row

OTHER: UUID = an_id("other")
_AT = "$.resource.episode"
_TYPE = "$.resource.type[0].coding[0].code"
_LIVE = (Diagnosed(EncounterId(ENCOUNTER), (CONDITION,)),)


def _resource(*path: str | int, value: object) -> Change:
    return asks("resource", *path, value=value)


def _manager(entity: UUID | None = None) -> Change:
    if entity is None:
        return _resource("careManager", value=reference("PractitionerRole", OTHER))
    return both(_manager(), given(OTHER, employee("SPECIALIST", entity=entity)))


OPENING = [
    row(
        "for another institution",
        "actor.other_legal_entity",
        "$.resource.managingOrganization.reference",
        _resource("managingOrganization", value=reference("Organization", OTHER)),
    ),
    row("its id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("no such patient", "patient.unknown", "$.resource.patient.reference", without(PATIENT)),
    row(
        "a patient who died",
        "patient.not_active",
        "$.resource.patient.reference",
        altered(PATIENT, active=False, deceased=True),
    ),
    row(
        "from tomorrow on",
        "episode.starts_in_future",
        "$.resource.period.start",
        _resource("period", "start", value="2026-11-24"),
    ),
    row(
        "no such care manager",
        "episode.care_manager_unknown",
        "$.resource.careManager.reference",
        _manager(),
    ),
    row(
        "a care manager from elsewhere",
        "episode.care_manager_of_other_entity",
        "$.resource.careManager.reference",
        _manager(entity=OTHER),
    ),
    row(
        "a care manager who was dismissed",
        "episode.care_manager_dismissed",
        "$.resource.careManager.reference",
        both(
            _manager(),
            given(OTHER, replace(employee("SPECIALIST"), status=Employment.DISMISSED)),
        ),
    ),
    row(
        "primary care in a hospital",
        "episode.type_not_allowed_for_entity",
        _TYPE,
        _resource("type", 0, "coding", 0, "code", value="primary_care"),
    ),
    row(
        "managed by a receptionist",
        "episode.type_not_allowed_for_employee",
        _TYPE,
        both(
            _resource("careManager", value=reference("PractitionerRole", OTHER)),
            given(OTHER, employee("RECEPTIONIST")),
        ),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), OPENING)
def test_open(change: Change, code: str, path: str) -> None:
    """An episode is opened in one's own institution, by who may care for it."""
    assert refused(open_episode, change) == (code, path)


COMMON = [
    row("no such episode", "episode.unknown", _AT, without(EPISODE)),
    row("another patient's", "episode.of_other_patient", _AT, altered(EPISODE, patient=OTHER)),
    row(
        "another institution's",
        "episode.of_other_entity",
        _AT,
        altered(EPISODE, legal_entity=OTHER),
    ),
]
ENDED = [
    row(status.value, "episode.not_active", _AT, altered(EPISODE, status=status))
    for status in (Status.CLOSED, Status.ENTERED_IN_ERROR)
]
UPDATES = [
    row(
        "to an unknown care manager",
        "episode.care_manager_unknown",
        "$.resource.care_manager",
        _resource("care_manager", value=str(OTHER)),
    ),
    row(
        "to a care manager from elsewhere",
        "episode.care_manager_of_other_entity",
        "$.resource.care_manager",
        both(
            _resource("care_manager", value=str(OTHER)),
            given(OTHER, employee("SPECIALIST", entity=OTHER)),
        ),
    ),
    row(
        "to a receptionist",
        "episode.type_not_allowed_for_employee",
        "$.resource.care_manager",
        both(_resource("care_manager", value=str(OTHER)), given(OTHER, employee("RECEPTIONIST"))),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), [*COMMON, *ENDED, *UPDATES])
def test_update(change: Change, code: str, path: str) -> None:
    """An active episode of one's own institution gets another name or care manager."""
    assert refused(update_episode, change) == (code, path)


CLOSING = [
    row(
        "on the day before its first",
        "episode.end_before_start",
        "$.resource.last_day",
        _resource("last_day", value="2026-10-31"),
    ),
    row(
        "tomorrow",
        "episode.end_in_future",
        "$.resource.last_day",
        _resource("last_day", value="2026-11-24"),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), [*COMMON, *ENDED, *CLOSING])
def test_close(change: Change, code: str, path: str) -> None:
    """An active episode ends on a day between its first and today."""
    assert refused(close_episode, change) == (code, path)


CANCELLING = [
    row(
        "entered in error already",
        "episode.already_in_error",
        _AT,
        altered(EPISODE, status=Status.ENTERED_IN_ERROR),
    ),
    row(
        "with an encounter that counts",
        "episode.has_live_encounters",
        _AT,
        altered(EPISODE, diagnosed=_LIVE),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), [*COMMON, *CANCELLING])
def test_cancel(change: Change, code: str, path: str) -> None:
    """An episode is entered in error only when nothing of it counts any more."""
    assert refused(cancel_episode, change) == (code, path)


def test_what_is_opened() -> None:
    """The fact holds what later laws ask: whose, where, which kind, since when."""
    (opened,) = open_episode().judge()
    assert isinstance(opened, EpisodeOpened)
    state = evolve(None, opened)
    assert isinstance(state, Episode)
    assert (state.patient, state.type, state.started_on) == (
        PATIENT,
        "treatment",
        date(2026, 11, 23),
    )
    assert (state.status, state.care_manager) == (Status.ACTIVE, ACTOR)


@pytest.mark.parametrize("day", ["2026-11-01", "2026-11-23"])
def test_an_episode_may_end_on_its_first_day_and_today(day: str) -> None:
    """The last allowed days are allowed."""
    scene = close_episode()
    _resource("last_day", value=day)(scene)
    (closed,) = scene.judge()
    assert isinstance(closed, EpisodeClosed)
    state = evolve(episode(), closed)
    assert isinstance(state, Episode)
    assert state.status is Status.CLOSED


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.CLOSED])
def test_an_episode_without_live_encounters_can_be_cancelled(status: Status) -> None:
    """Active or closed, an empty episode may have been a mistake."""
    scene = cancel_episode()
    altered(EPISODE, status=status)(scene)
    (cancelled,) = scene.judge()
    state = evolve(episode(status), cancelled)
    assert isinstance(state, Episode)
    assert state.status is Status.ENTERED_IN_ERROR


@pytest.mark.parametrize("left_out", ["name", "care_manager"])
def test_an_update_leaves_alone_what_it_does_not_name(left_out: str) -> None:
    """A name alone keeps the care manager; a care manager alone keeps the name."""
    scene = update_episode()
    del scene.content["resource"][left_out]
    (updated,) = scene.judge()
    assert isinstance(updated, EpisodeUpdated)
    assert (updated.name_pointer is None) == (left_out == "name")
    state = evolve(episode(), updated)
    assert isinstance(state, Episode)
    assert state.care_manager == ACTOR
