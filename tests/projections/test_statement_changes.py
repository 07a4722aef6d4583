"""The payer reads what changed on statements, for ever from where it left off."""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from tests.projections.live import findings
from tests.projections.log import silent
from tests.projections.money_story import month
from tests.projections.story import PACKAGE, PERIOD, Story

MODEL = "statement_changes"


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, [MODEL]).catch_up()


def asked(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/statements/changes", params=parameters).json()
    return answer


def test_each_change_of_a_statement_is_told_once(read_url: str, client: TestClient) -> None:
    """In the order of the log, with its record, its set, and the statement it is about."""
    story = Story()
    happened = month(story)
    follow(story, read_url)
    answer = asked(client)
    changes = answer["changes"]
    assert [(each["change"], each["position"]) for each in changes] == happened
    (statement,) = {r.stream_id for r in story.log.records if r.topic == "statement.formed.v1"}
    withdrawn, formed, *later = changes
    # What leaves an open month was on no statement yet.
    assert withdrawn["statement"] is None
    assert formed["statement"] == str(statement)
    assert {each["statement"] for each in later} == {str(statement)}
    for each in changes:
        record = story.log.records[each["position"] - 1]
        assert (each["contract"], each["package"], each["period"]) == (
            *(str(story.contract), PACKAGE, PERIOD),
        )
        assert (each["topic"], each["command_id"]) == (record.topic, str(record.command_id))
        assert each["chain_value"] == record.chain_value.hex()
    assert answer["next"] == len(story.log.records)
    assert answer["more"] is False


def test_a_change_of_a_line_names_the_line(read_url: str, client: TestClient) -> None:
    """Which charge, where its line stands, how much, and why."""
    story = Story()
    month(story)
    follow(story, read_url)
    told = {each["change"]: each for each in asked(client)["changes"]}
    accrued = {r.stream_id: r.position for r in story.log.records if r.topic == "charge.accrued.v2"}
    for change in ("line_denied", "line_resubmitted", "line_adjusted", "line_withdrawn"):
        assert (
            told[change]["line"]
            == accrued[next(each for each in accrued if str(each) == told[change]["charge"])]
        )
    denied = told["line_denied"]
    assert (denied["reason"], denied["rule"], denied["rule_version"]) == (
        *("duplicate_service", "duplicate", 1),
    )
    assert "explanation" not in denied  # signed words: the charge itself tells them
    assert (told["line_denied"]["amount"], told["line_adjusted"]["amount"]) == (15_000, -1_000)
    assert told["line_adjusted"]["into"]["period"] == "2026-12"
    assert told["reviewed"]["accepted"] == told["reviewed"]["total"] - 15_000


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_missed_and_nothing_comes_twice(
    read_url: str, client: TestClient, seed: int
) -> None:
    """Whatever the page and whenever the log grows, following `next` gives each change once.

    The model is rebuilt in between too: a position read once never changes.
    """
    chance = random.Random(seed)
    story = Story()
    expected: list[tuple[str, int]] = []
    found: list[dict[str, Any]] = []
    after = 0
    for turn in range(4):
        story.contract = uuid4()
        before = len(story.log.records)
        expected += [each for each in month(story) if each[1] > before]
        cut = chance.randint(before + 1, len(story.log.records))
        whole, story.log.records = story.log.records, story.log.records[:cut]
        follow(story, read_url)  # only a part has been recorded when somebody asks
        page = asked(client, after=after, limit=chance.randint(1, 4))
        found += page["changes"]
        after = page["next"]
        story.log.records = whole
        follow(story, read_url)
        if turn == 2:
            rebuild(story.log, read_url, MODEL, silent)
    while True:
        page = asked(client, after=after, limit=chance.randint(1, 4))
        found += page["changes"]
        after = page["next"]
        if not page["more"]:
            break
    assert [(each["change"], each["position"]) for each in found] == expected
    assert found == asked(client, limit=1000)["changes"]
    assert findings(story.log, read_url, MODEL) == []


def test_filters_keep_one_contract_or_one_provider(read_url: str, client: TestClient) -> None:
    """A payer may follow one contract; what is left is in the same order."""
    story = Story()
    month(story)
    first, story.contract = story.contract, uuid4()
    month(story)
    follow(story, read_url)
    whole = asked(client)["changes"]
    mine = asked(client, contract=str(first))["changes"]
    assert mine == [each for each in whole if each["contract"] == str(first)]
    assert 0 < len(mine) < len(whole)
    assert asked(client, provider=str(story.hospital))["changes"] == whole
    assert asked(client, provider=str(uuid4()))["changes"] == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=1", "request.unknown_parameter $"),
        ("at_position=0", "request.invalid_parameter $.at_position"),
        ("after=-1", "request.invalid_parameter $.after"),
        ("contract=x", "request.invalid_parameter $.contract"),
        ("provider=x", "request.invalid_parameter $.provider"),
        ("wait=31", "request.invalid_parameter $.wait"),
        ("limit=0", "request.invalid_parameter $.limit"),
    ],
)
def test_a_question_that_means_nothing_is_refused(
    client: TestClient, query: str, said: str
) -> None:
    """A misspelt parameter is not read as none; a feed has no past, it is the past."""
    answer = client.get(f"/statements/changes?{query}")
    assert (answer.status_code, answer.text) == (400, said)
