"""Each institution reads what became of its own, for ever from where it left off."""

from __future__ import annotations

import time
from threading import Timer
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.events.catalogue import FACTS
from projections.projectors.catalogue import MODELS
from projections.projectors.feed import named_by
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.projectors.replay import fold_as_of
from tests.projections.log import silent
from tests.projections.story import Story, whole_story

OTHER_CLINIC = UUID("83062d55-97a7-43d1-94e2-0bfab916c9e6")


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, ["feed"]).catch_up()


def entries_of(story: Story, legal_entity: UUID) -> list[dict[str, Any]]:
    documents = fold_as_of(story.log, "feed", len(story.log.records), silent).documents
    found = [
        each
        for key, each in documents.items()
        if key.table == "feed" and each["legal_entity"] == str(legal_entity)
    ]
    return sorted(found, key=lambda each: int(each["position"]))


def told(story: Story, legal_entity: UUID) -> list[tuple[str, str]]:
    return [(each["topic"], each["because"]) for each in entries_of(story, legal_entity)]


def test_what_others_do_to_an_own_referral_arrives() -> None:
    """The clinic that referred hears that the hospital redeemed and closed the referral."""
    story = Story()
    patient = story.patient()
    referral = story.refer(patient)
    story.redeem(patient, referral)
    story.treat(patient, referral)
    assert told(story, story.clinic) == [
        ("patient.registered.v1", "named"),
        ("referral.issued.v1", "named"),
        ("referral.redeemed.v1", "followed"),
        ("referral.completed.v1", "followed"),
    ]
    assert told(story, story.hospital) == [
        ("referral.redeemed.v1", "named"),
        ("episode.opened.v1", "named"),
        ("encounter.recorded.v1", "named"),
        ("episode.diagnosed.v1", "followed"),
        ("referral.completed.v1", "named"),
        ("charge.accrued.v2", "named"),
    ]


def test_what_a_command_of_others_ends_arrives() -> None:
    """A declaration replaced elsewhere reaches the clinic that signed it; the new clinic too."""
    story = Story()
    patient = story.patient()
    first = story.declare(patient)
    former, story.clinic = story.clinic, OTHER_CLINIC
    story.declare(patient, replaced=first)
    assert told(story, former)[-1] == ("declaration.terminated.v1", "followed")
    assert ("declaration.signed.v1", "named") in told(story, OTHER_CLINIC)


def test_whoever_ordered_an_act_is_told_so() -> None:
    """The signed content names the institution that acted, where the fact does not."""
    story = Story()
    patient = story.patient()
    referral = story.refer(patient)
    story.recall(patient, referral)
    *kept, last = story.log.records
    signed = {**last.__dict__, "signed": {"legal_entity": str(OTHER_CLINIC)}}
    story.log.records = [*kept, type(last)(**signed)]
    assert told(story, OTHER_CLINIC) == [("referral.recalled.v1", "ordered")]
    assert told(story, story.clinic)[-1] == ("referral.recalled.v1", "followed")


def test_an_entry_says_where_and_about_what_and_nothing_clinical() -> None:
    """Position, command, topic and id: what happened in full is asked elsewhere."""
    story = whole_story()
    for each in entries_of(story, story.clinic):
        record = story.log.records[each["position"] - 1]
        assert set(each) == {
            *("position", "recorded_at", "legal_entity", "because", "command_id", "topic"),
            "about",
        }
        assert each["about"] == {
            "kind": record.topic.partition(".")[0],
            "id": str(record.stream_id),
        }
        assert each["command_id"] == str(record.command_id)


def test_a_stranger_hears_nothing() -> None:
    """An institution that nothing concerns has an empty feed."""
    assert entries_of(whole_story(), uuid4()) == []


def test_the_fields_that_name_institutions_are_found_by_their_type() -> None:
    """A provider, a payer or a legal entity is an institution whatever its field is called."""
    story = whole_story()
    named = {each.topic: set(named_by(each.fact)) for each in story.log.records if each.fact}
    assert named["statement.formed.v1"] == {story.hospital, story.payer}
    assert named["charge.accrued.v2"] == {story.clinic, story.payer}  # of capitation, told last
    assert named["capitation.counted.v1"] == {story.clinic, story.payer}
    assert named["referral.redeemed.v1"] == {story.hospital}
    assert named["referral.completed.v1"] == {story.hospital}
    assert named["referral.recalled.v1"] == set()
    for kind in FACTS.values():
        for field in kind.model_fields:
            if field in {"legal_entity", "provider", "payer"}:
                assert field in _named_fields(kind), f"{kind.TOPIC} {field}"


def _named_fields(kind: Any) -> set[str]:
    from projections.projectors.feed import _fields

    return set(_fields(kind))


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_the_feed_is_read_in_pages_without_a_gap(
    read_url: str, client: TestClient, limit: int
) -> None:
    """Following `next` gives every entry once, in the log's order, also those of later writes."""
    story = whole_story()
    follow(story, read_url)
    asked = {"legal_entity": str(story.clinic), "limit": str(limit)}
    found: list[int] = []
    after = 0
    for round_ in range(2):
        more = True
        while more:
            answer = client.get("/feed", params={**asked, "after": str(after)}).json()
            found += [each["position"] for each in answer["entries"]]
            assert len(answer["entries"]) <= limit
            assert answer["next"] > after or not answer["entries"]
            more, after = answer["more"], answer["next"]
        assert after == answer["position"] == len(story.log.records)
        if round_ == 0:
            story.treated()
            follow(story, read_url)
            rebuild(story.log, read_url, "feed", silent)
    assert found == [each["position"] for each in entries_of(story, story.clinic)]


def test_a_page_read_again_is_the_same(read_url: str, client: TestClient) -> None:
    """What was given once for a position is given for ever: an old `after` still works."""
    story = whole_story()
    follow(story, read_url)
    asked = {"legal_entity": str(story.clinic), "limit": "4", "after": "2"}
    before = client.get("/feed", params=asked).json()["entries"]
    story.treated()
    follow(story, read_url)
    assert client.get("/feed", params=asked).json()["entries"] == before


def test_whoever_waits_is_answered_when_something_happens(
    read_url: str, client: TestClient
) -> None:
    """A long poll ends with the entry it waited for, and with nothing when its time is up."""
    story = whole_story()
    follow(story, read_url)
    end = str(len(story.log.records))
    asked = {"legal_entity": str(story.clinic), "after": end}
    began = time.monotonic()
    assert client.get("/feed", params={**asked, "wait": "1"}).json()["entries"] == []
    assert 0.9 < time.monotonic() - began < 10

    def happens() -> None:
        story.treated()
        follow(story, read_url)

    timer = Timer(0.5, happens)
    timer.start()
    answer = client.get("/feed", params={**asked, "wait": "30"}).json()
    timer.join()
    assert answer["entries"]
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/feed", "request.invalid_parameter $.legal_entity"),
        ("/feed?legal_entity=x", "request.invalid_parameter $.legal_entity"),
        (f"/feed?legal_entity={OTHER_CLINIC}&after=-1", "request.invalid_parameter $.after"),
        (f"/feed?legal_entity={OTHER_CLINIC}&limit=0", "request.invalid_parameter $.limit"),
        (f"/feed?legal_entity={OTHER_CLINIC}&wait=31", "request.invalid_parameter $.wait"),
        (f"/feed?legal_entity={OTHER_CLINIC}&client=x", "request.unknown_parameter $"),
    ],
)
def test_a_malformed_question_is_refused(client: TestClient, address: str, said: str) -> None:
    """Nothing is guessed: a feed is somebody's, and a filter it does not know is no filter."""
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (400, said)


def test_read_model__not_ready_before_the_first_batch(client: TestClient) -> None:
    """A feed that has read nothing does not say that nothing happened."""
    assert client.get("/feed", params={"legal_entity": str(uuid4())}).status_code == 503


def test_rebuilt_equals_live_in_batches_of_any_size(read_url: str) -> None:
    """The entries do not depend on how the log was cut into batches."""
    story = whole_story()
    for _ in range(3):
        story.treated()
        follow(story, read_url)
    assert rebuild(story.log, read_url, "feed", silent).equal
    assert "feed" in MODELS
