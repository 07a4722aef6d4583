"""Ask about the past: the same answer that the same request got when the log ended there."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.events.composition import CompositionSigned
from ehealth_ledger.values.time import from_microseconds
from projections.projectors.catalogue import MODELS
from projections.projectors.difference import difference
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.projectors.replay import fold_as_of
from tests.projections.log import BEGAN_US, RECORD_EVERY_US, HandMadeLog, silent
from tests.projections.story import PERIOD, Story, whole_story

PATIENT = "patient.registered.v1"
COMPOSITION = CompositionSigned.TOPIC


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


# Which stream each route of one thing is asked about. What has no past stands in HAS_NO_PAST.
HAS_NO_PAST = {"/read-models"}
OF_PATIENTS = (
    *("allergies", "clinical-impressions", "conditions", "detected-issues", "devices"),
    *("diagnostic-reports", "diagnostics", "encounters", "episodes", "immunizations"),
    *("medication-administrations", "medication-statements", "observations", "procedures"),
    *("risk-assessments", "specimens", "summary"),
)
BEGUN = {
    "/approvals/{id}": "approval.requested.v1",
    "/care-plans/{id}": "care_plan.created.v1",
    "/charges/{id}": "charge.accrued.v2",
    "/contract-requests/{id}": "contract.requested.v1",
    "/contracts/{id}": "contract.concluded.v1",
    "/declarations/{id}": "declaration.signed.v1",
    "/diagnostics/{id}": "diagnostic_report.recorded.v1",
    "/divisions/{id}": "division.registered.v1",
    "/employees/{id}": "employee.registered.v1",
    "/episodes/{id}": "episode.opened.v1",
    "/legal-entities/{id}": "legal_entity.registered.v1",
    "/prescriptions/{id}": "prescription.issued.v1",
    "/programs/{id}": "medical_program.published.v1",
    "/programs/{id}/provisions": "medical_program.published.v1",
    "/referrals/{id}": "referral.issued.v1",
    **{
        f"/statements/{{id}}{rest}": "statement.formed.v1"
        for rest in (
            *("", "/bytes", "/fhir", "/lines", "/statement.csv", "/statement.json"),
            *("/statement.pdf", "/statement.xlsx"),
        )
    },
}
LISTS = (
    *("/approvals", "/care-plans", "/charges", "/charges/withheld", "/contract-requests"),
    *("/contracts", "/declarations", "/divisions", "/employees", "/healthcare-services"),
    *("/legal-entities", "/months/withheld", "/prescriptions", "/programs", "/referrals"),
    *("/reports/capitation", "/statements", "/statements/changes", "/statements/due"),
)


def requests(story: Story) -> dict[str, list[str]]:
    """List requests of every route that knows the past, by the route's own path."""
    patients = {each.stream_id for each in story.log.records if each.topic == PATIENT}
    number = next(each.fact for each in story.log.records if each.topic == COMPOSITION)
    assert isinstance(number, CompositionSigned)
    asked = {each: [each] for each in LISTS}
    for path, topic in BEGUN.items():
        asked[path] = [path.format(id=begun(story, topic))]
    treated = begun(story, PATIENT)
    for kind in OF_PATIENTS:
        path = f"/patients/{{id}}/{kind}"
        asked[path] = [path.format(id=treated)]
    for kind in ("diagnostics", "summary"):
        path = f"/patients/{{id}}/{kind}"
        asked[path] = [path.format(id=each) for each in sorted(patients)]
    asked["/referrals"] += [f"/referrals?patient={each}" for each in sorted(patients)]
    asked["/contracts"].append("/contracts?in_force_on=2026-11-23")
    asked["/compositions/{number}"] = [f"/compositions/{number.number}"]
    asked["/doctors/{employee}/declarations/count"] = [
        f"/doctors/{story.doctor}/declarations/count"
    ]
    asked["/reports/reimbursement"] = [f"/reports/reimbursement?period={PERIOD}"]
    asked["/feed"] = [
        f"/feed?legal_entity={each}&limit=3&after={after}"
        for each in (story.clinic, story.hospital)
        for after in (0, 20)
    ]
    return asked


def test_no_route_is_forgotten(story: Story, client: TestClient) -> None:
    """A route is asked about the past below, or stands among those that have none."""
    app = client.app
    assert isinstance(app, FastAPI)
    served = app.openapi()["paths"]
    assert set(served) == set(requests(story)) | HAS_NO_PAST
    for path, methods in served.items():
        knows = {each["name"] for each in methods["get"].get("parameters", ())}
        assert ({"at_position", "at_time"} <= knows) is (path not in HAS_NO_PAST), path


def test_the_past_is_what_was_answered_then(
    story: Story, client: TestClient, read_url: str
) -> None:
    """Each request is asked while the log is short, and again with the past in it when it is not.

    The answers are equal to the byte, what was not there yet included.
    """
    records = story.log.records
    asked = [path for each in requests(story).values() for path in each]
    then: dict[tuple[int, str], tuple[int, bytes]] = {}
    stops = [len(records) // 3, 2 * len(records) // 3, len(records) - 1]
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
    assert len(then) == len(stops) * len(asked)
    for (stop, path), answered in then.items():
        mark = "&" if "?" in path else "?"
        again = client.get(f"{path}{mark}at_position={stop}")
        assert (again.status_code, again.content) == answered, (path, stop)
        moment = from_microseconds(BEGAN_US + stop * RECORD_EVERY_US) + timedelta(microseconds=1)
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
    """What is about now alone ignores no past silently."""
    for path in HAS_NO_PAST:
        assert client.get(f"{path}?at_position=1").text.startswith("request.unknown_parameter")


def test_nobody_waits_for_the_past(story: Story, client: TestClient, read_url: str) -> None:
    """Who asks a feed about the past and to wait is told; not to wait is as good as not said."""
    Follower(story.log, read_url, MODELS).catch_up()
    for path in ("/statements/changes?", f"/feed?legal_entity={story.clinic}&"):
        refused = client.get(f"{path}at_position=9&wait=1")
        assert refused.text == "request.invalid_parameter $.wait"
        assert client.get(f"{path}at_position=9&wait=0").status_code == 200


def test_a_feed_of_the_past_ends_where_the_log_ended(
    story: Story, client: TestClient, read_url: str
) -> None:
    """Page after page is what there was then; `next` leads from there into what came since."""
    Follower(story.log, read_url, MODELS).catch_up()
    end = len(story.log.records) // 2
    entries, after, more = [], 0, True
    while more:
        page = client.get(
            f"/feed?legal_entity={story.clinic}&at_position={end}&after={after}&limit=7"
        ).json()
        entries += page["entries"]
        after, more = page["next"], page["more"]
    whole = client.get(f"/feed?legal_entity={story.clinic}&limit=1000").json()["entries"]
    assert entries == [each for each in whole if each["position"] <= end]
    assert (after, page["position"]) == (end, end)
    assert len(whole) > len(entries) > 7


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
