"""Read referrals, care plans and approvals: folded from facts, listed in stable pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.events.care_plan import (
    ActivityCancelled,
    ActivityCompleted,
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanTerminated,
)
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.replay import fold_as_of
from projections.read_models.model import Key
from tests.projections.log import silent
from tests.projections.story import Story


def _row(story: Story, model: str, wanted: UUID) -> dict[str, Any]:
    fold = fold_as_of(story.log, model, len(story.log.records), silent)
    return fold.documents[Key(model, wanted)]


def test_a_referral_given_back_is_in_nobodys_hands() -> None:
    """Who took it stays among the steps alone."""
    story = Story()
    patient = story.patient()
    asked = story.refer(patient)
    story.redeem(patient, asked)
    held = _row(story, "referral_status", asked)
    assert (held["redeemed_by"], held["performer"]) == (str(story.hospital), str(story.specialist))
    story.release(patient, asked)
    free = _row(story, "referral_status", asked)
    assert (free["redeemed_by"], free["performer"]) == (None, None)
    assert [step["legal_entity"] for step in free["steps"][1:]] == [str(story.hospital)] * 2


def test_the_programs_machine_moves_beside_the_referrals_own() -> None:
    """New, in progress, new again after a release, completed with the service."""
    story, program = Story(), uuid4()
    patient = story.patient()
    asked = story.refer(patient, program)
    stood = [_row(story, "referral_status", asked)["program_status"]]
    for happens in (
        lambda: story.qualify(patient, asked, program),
        lambda: story.redeem(patient, asked),
        lambda: story.process(patient, asked),
        lambda: story.release(patient, asked),
        lambda: story.process(patient, asked),
    ):
        happens()
        document = _row(story, "referral_status", asked)
        stood.append(document["program_status"])
        assert document["status"] == "active"
    story.treat(patient, asked)
    document = _row(story, "referral_status", asked)
    assert stood == ["new", "new", "new", "in_progress", "new", "in_progress"]
    assert (document["status"], document["program_status"]) == ("completed", "completed")
    assert document["steps"][1]["answer"] == "VALID"


def test_a_referral_without_a_program_has_no_second_machine() -> None:
    """Nothing of a program is said where none was named."""
    story = Story()
    patient = story.patient()
    asked = story.refer(patient)
    story.redeem(patient, asked)
    story.release(patient, asked)
    assert _row(story, "referral_status", asked)["program_status"] is None


@pytest.mark.parametrize(
    ("uses", "remaining", "kept"),
    [
        ([], 3, {}),
        ([("a", 1, False), ("b", 2, False)], 0, {"a": 1, "b": 2}),
        ([("a", 2, False), ("a", 1, True)], 2, {"a": 1}),
        ([("a", 2, False), ("a", 2, True)], 3, {}),
        ([("a", 1, True)], 3, {}),
    ],
    ids=["unused", "used up", "a part given back", "all given back", "nothing to give back"],
)
def test_what_is_left_of_an_activity_follows_from_its_uses(
    uses: list[tuple[str, int, bool]], remaining: int, kept: dict[str, int]
) -> None:
    """The remaining quantity is a sum of facts, whatever order they came in."""
    story = Story()
    patient = story.patient()
    planned = story.plan(patient, quantity=3)
    requests = {"a": uuid4(), "b": uuid4()}
    for name, quantity, back in uses:
        story.use(patient, planned, requests[name], quantity, back=back)
    (activity,) = _row(story, "care_plans", planned[0])["activities"]
    assert (activity["quantity"], activity["remaining"]) == (3, remaining)
    named = {each["request"]: each["quantity"] for each in activity["uses"]}
    assert named == {str(requests[name]): quantity for name, quantity in kept.items()}


@pytest.mark.parametrize(
    ("kind", "more", "status", "activity"),
    [
        (ActivityCompleted, {"employee": uuid4()}, "active", "completed"),
        (
            ActivityCancelled,
            {"employee": uuid4(), "reason_pointer": "/resource/reason"},
            "active",
            "cancelled",
        ),
        (CarePlanCompleted, {"employee": uuid4()}, "completed", "scheduled"),
        (
            CarePlanCancelled,
            {"employee": uuid4(), "reason_pointer": "/resource/reason"},
            "cancelled",
            "scheduled",
        ),
        (CarePlanTerminated, {"replaced_by": uuid4()}, "terminated", "scheduled"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_care_plan_says_how_it_ended(
    kind: Any, more: dict[str, Any], status: str, activity: str
) -> None:
    """Plan and activity each have their own status."""
    story = Story()
    patient = story.patient()
    planned = story.plan(patient)
    story.settle(patient, planned, kind, **more)
    document = _row(story, "care_plans", planned[0])
    assert (document["status"], document["activities"][0]["status"]) == (status, activity)
    replaced_by = more.get("replaced_by")
    assert document["replaced_by"] == (None if replaced_by is None else str(replaced_by))


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        (lambda *_: None, "new"),
        (Story.confirm_approval, "active"),
        (Story.end_approval, "cancelled"),
        (lambda story, *named: story.end_approval(*named, expired=True), "expired"),
    ],
    ids=["asked for", "confirmed", "cancelled", "expired"],
)
def test_an_approval_says_where_it_stands(happens: Callable[..., Any], status: str) -> None:
    """Nothing is open until the patient agreed, and then until a moment."""
    story = Story()
    patient = story.patient()
    approval = story.ask_approval(patient)
    happens(story, patient, approval)
    document = _row(story, "approvals", approval)
    assert document["status"] == status
    assert (document["method"] == "OTP") == (status == "active")
    assert document["granted_to"] == {"employee": str(story.doctor)}


def test_an_erased_patient_leaves_no_referral_plan_or_approval() -> None:
    """With the key gone nothing of it is left to fold."""
    story = Story()
    patient = story.patient()
    story.refer(patient)
    story.plan(patient)
    story.ask_approval(patient)
    story.log.erase(patient)
    for model in ("referral_status", "care_plans", "approvals"):
        assert not fold_as_of(story.log, model, len(story.log.records), silent).documents


def _follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, MODELS).catch_up()


def _pages(
    client: TestClient, address: str, name: str, between: Callable[[], None]
) -> list[list[str]]:
    """Read a list page by page; something is written after each page."""
    pages: list[list[str]] = []
    after: int | None = None
    key = {"referrals": "referral", "care_plans": "care_plan", "approvals": "approval"}[name]
    while True:
        more = "" if after is None else f"&after={after}"
        body = client.get(f"{address}limit=2{more}").json()
        pages.append([each[key] for each in body[name]])
        after = body["next"]
        if after is None:
            return pages
        between()


@pytest.mark.parametrize(
    ("address", "name", "make"),
    [
        ("/referrals?status=active&", "referrals", Story.refer),
        ("/care-plans?", "care_plans", lambda story, patient: story.plan(patient)[0]),
        ("/approvals?", "approvals", Story.ask_approval),
    ],
    ids=["referrals", "care plans", "approvals"],
)
def test_pages_stay_what_they_are_while_others_write(
    read_url: str,
    client: TestClient,
    address: str,
    name: str,
    make: Callable[[Story, UUID], UUID],
) -> None:
    """Steps of listed things and new ones move no row from one page to another."""
    story = Story()
    patient = story.patient()
    made = [str(make(story, patient)) for _ in range(5)]
    _follow(story, read_url)

    def written() -> None:
        make(story, story.patient())
        if name == "referrals":
            story.redeem(patient, UUID(made[0]))  # the first of all moves on, in place
        _follow(story, read_url)

    pages = _pages(client, f"{address}patient={patient}&", name, written)
    assert pages == [made[:2], made[2:4], made[4:]]


def test_a_referral_is_found_by_its_number_its_holder_and_its_issuer(
    read_url: str, client: TestClient
) -> None:
    """Whoever is told the number finds the referral, and nobody else's with it."""
    story = Story()
    patient = story.patient()
    asked, other = story.refer(patient), story.refer(patient)
    story.redeem(patient, asked)
    _follow(story, read_url)

    def found(**wanted: str) -> list[str]:
        body = client.get("/referrals", params=wanted).json()
        return [each["referral"] for each in body["referrals"]]

    number = client.get(f"/referrals/{asked}").json()["referral"]["requisition"]
    assert found(requisition=number) == [str(asked)]
    assert found(requisition="0000-0000-0000-0000") == []
    assert found(redeemed_by=str(story.hospital)) == [str(asked)]
    assert found(legal_entity=str(story.clinic)) == [str(asked), str(other)]
    assert found(legal_entity=str(story.clinic), redeemed_by=str(story.clinic)) == []


@pytest.mark.parametrize("path", ["/care-plans", "/approvals"])
def test_read_model_not_found_before_anything_happened(
    read_url: str, client: TestClient, path: str
) -> None:
    """An empty list is an answer once the model has read something."""
    story = Story()
    story.patient()
    _follow(story, read_url)
    assert client.get(path).json()[path[1:].replace("-", "_")] == []
