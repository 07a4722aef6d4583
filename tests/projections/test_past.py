"""Ask about the past: the same answer that the same request got when the log ended there."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.values.time import from_microseconds
from projections.projectors.catalogue import MODELS
from projections.projectors.difference import difference
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.projectors.replay import fold_as_of
from tests.projections.log import BEGAN_US, RECORD_EVERY_US, HandMadeLog, silent
from tests.projections.story import Story, whole_story


@pytest.fixture(scope="module")
def story() -> Story:
    """Tell the whole story once."""
    return whole_story()


@pytest.fixture
def log(story: Story) -> HandMadeLog:
    """Read the story's log."""
    return story.log


def begun(story: Story, topic: str) -> UUID:
    """Return the first stream that began with a topic."""
    return next(each.stream_id for each in story.log.records if each.topic == topic)


def paths(story: Story) -> list[str]:
    """List one request of each shape that knows the past."""
    patient = begun(story, "patient.registered.v1")
    referral = begun(story, "referral.issued.v1")
    episode = begun(story, "episode.opened.v1")
    statement = begun(story, "statement.formed.v1")
    return [
        f"/patients/{patient}/summary",
        f"/patients/{patient}/conditions",
        f"/patients/{patient}/episodes",
        f"/episodes/{episode}",
        f"/referrals/{referral}",
        f"/referrals?patient={patient}",
        "/referrals",
        "/declarations",
        f"/statements/{statement}",
        f"/statements/{statement}/lines",
        f"/statements/{statement}/statement.json",
        f"/contracts/{begun(story, 'contract.concluded.v1')}",
        f"/contract-requests/{begun(story, 'contract.requested.v1')}",
        "/contracts?in_force_on=2026-11-23",
        "/statements",
        "/charges",
        "/legal-entities",
    ]


def test_the_past_is_what_was_answered_then(
    story: Story, client: TestClient, read_url: str
) -> None:
    """Each request is asked while the log is short, and again with the past in it when it is not.

    The answers are equal to the byte, what was not there yet included.
    """
    records = story.log.records
    asked = paths(story)
    then: dict[tuple[int, str], tuple[int, bytes]] = {}
    stops = range(max(1, len(records) // 5), len(records), max(1, len(records) // 5))
    whole = list(records)
    try:
        for stop in stops:
            records[:] = whole[:stop]
            Follower(story.log, read_url, MODELS).catch_up()
            for path in asked:
                answer = client.get(path)
                then[stop, path] = answer.status_code, answer.content
    finally:
        records[:] = whole
    Follower(story.log, read_url, MODELS).catch_up()
    assert len(then) > 3 * len(asked)
    for (stop, path), answered in then.items():
        mark = "&" if "?" in path else "?"
        again = client.get(f"{path}{mark}at_position={stop}")
        assert (again.status_code, again.content) == answered, (path, stop)
        moment = from_microseconds(BEGAN_US + stop * RECORD_EVERY_US) + timedelta(microseconds=1)
        timed = client.get(path, params={**dict(again.request.url.params), "at_time": moment})
        assert timed.text == "request.invalid_parameter $.at_time", "both are one too many"
        asking = moment.isoformat().replace("+", "%2B")
        timed = client.get(f"{path}{mark}at_time={asking}")
        assert (timed.status_code, timed.content) == answered, (path, moment)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_one_patients_records_make_all_of_the_patients_rows(story: Story, model: str) -> None:
    """Reading one key alone gives each row about its patient as reading everything does."""
    past = FoldedPast(story.log)
    found = 0
    for position in range(1, len(story.log.records) + 1, 7):
        whole = fold_as_of(story.log, model, position, silent).documents
        patients = {each["patient"] for each in whole.values() if each.get("patient")}
        for patient in patients:
            mine = {key: each for key, each in whole.items() if each.get("patient") == patient}
            read = past.documents(MODELS[model].model, position, UUID(patient))
            assert mine.items() <= read.items()
            found += len(mine)
    about_patients = {
        *("approvals", "care_plans", "declarations", "episodes", "patient_summary"),
        "referral_status",
    }
    assert found or model not in about_patients


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("at_position=0", "$.at_position"),
        ("at_position=-1", "$.at_position"),
        ("at_position=x", "$.at_position"),
        ("at_position=99999", "$.at_position"),
        ("at_time=2020-01-01T00:00:00Z", "$.at_time"),
        ("at_time=2026-11-23", "$.at_time"),
        ("at_time=yesterday", "$.at_time"),
        ("at_position=1&at_time=2026-11-23T00:00:00Z", "$.at_time"),
        ("at_position=1&at_position=2", "$.at_position"),
    ],
)
def test_a_past_that_is_none_is_refused(client: TestClient, asked: str, path: str) -> None:
    """A moment before the first record, after the last, or in no known form, names its place."""
    assert client.get(f"/referrals?{asked}").text == f"request.invalid_parameter {path}"


def test_a_past_over_a_read_side_that_is_not_prepared(story: Story, client: TestClient) -> None:
    """Whose thing it is cannot be looked up yet: undecided, to be asked again."""
    referral = begun(story, "referral.issued.v1")
    answer = client.get(f"/referrals/{referral}?at_position={len(story.log.records)}")
    assert (answer.status_code, answer.text) == (503, "read_model.not_ready $")


def test_what_has_no_past_says_so(client: TestClient) -> None:
    """The feed and the list of models are about now alone: no past is silently ignored."""
    for path in ("/read-models", f"/feed?legal_entity={UUID(int=1)}"):
        mark = "&" if "?" in path else "?"
        answer = client.get(f"{path}{mark}at_position=1")
        assert answer.text.startswith("request.unknown_parameter")


def test_a_difference_names_rows_and_places(story: Story) -> None:
    """From nothing all is added; from the same position nothing; a redemption is a change."""
    end = len(story.log.records)
    whole = fold_as_of(story.log, "referral_status", end, silent).documents
    added = difference(story.log, "referral_status", 0, end, silent)
    assert [each.key for each in added] == sorted(whole, key=lambda key: str(key.id))
    assert {each.change for each in added} == {"added"}
    assert difference(story.log, "referral_status", end, end, silent) == []
    redeemed = next(r for r in story.log.records if r.topic == "referral.redeemed.v1")
    (changed,) = difference(
        story.log, "referral_status", redeemed.position - 1, redeemed.position, silent
    )
    assert (changed.key.id, changed.change) == (redeemed.stream_id, "changed")
    assert "$.redeemed_by" in changed.paths
    assert "$.position" not in changed.paths
    with pytest.raises(LookupError):
        difference(story.log, "referral_status", 0, end + 1, silent)
