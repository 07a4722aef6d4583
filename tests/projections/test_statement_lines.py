"""Page through a statement's lines; each leads to the signed record that earned it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.errors import LedgerCorrupt
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from tests.projections.log import HandMadeLog
from tests.projections.money_story import adjust, form_next, resubmit, review
from tests.projections.story import Story

NOBODYS = UUID("739ef551-ffd5-4b7c-87ab-cb9b02536832")  # the id of no statement


@pytest.fixture
def story() -> Story:
    """Begin with nothing recorded."""
    return Story()


@pytest.fixture
def log(story: Story) -> HandMadeLog:
    """Read the story's log."""
    return story.log


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, MODELS).catch_up()


def stated(story: Story, acts: int = 7) -> Any:
    patient = story.patient()
    for _ in range(acts):
        story.treat(patient, story.refer(patient))
    return story.form()


def test_each_line_leads_to_its_signed_record(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Position, chain value, address, command and who did it; the sum is the statement's total."""
    formed = stated(story)
    follow(story, read_url)
    answer = client.get(f"/statements/{formed.statement}/lines").json()
    assert (answer["digest"], answer["next"]) == (formed.digest, None)
    assert sum(each["amount"] for each in answer["lines"]) == formed.total
    for each in answer["lines"]:
        act = story.log.records[each["act"]["position"] - 1]
        assert act.topic == "encounter.recorded.v1"
        assert each["act"] == {
            "log": "records",
            "position": act.position,
            "chain_value": act.chain_value.hex(),
            "record": f"/records/records/{act.position}",
            "command_id": str(act.command_id),
            "performer": str(story.specialist),
        }


def test_a_correction_leads_to_the_act_of_the_line_it_corrects(
    story: Story, read_url: str, client: TestClient
) -> None:
    """A line of a later month names the first act's record, command and performer."""
    formed = stated(story, 2)
    corrected, denied = story.folded().lines
    review(story, formed, denied)
    resubmit(story, denied)
    adjust(story, formed, corrected, -1_000)
    later = form_next(story)
    follow(story, read_url)
    lines = client.get(f"/statements/{later.statement}/lines").json()["lines"]
    assert [each["amount"] for each in lines] == [15_000, -1_000]
    act = story.log.records[corrected.act_position - 1]
    assert lines[1]["act"]["command_id"] == str(act.command_id) != lines[1]["command_id"]
    assert lines[1]["act"]["performer"] == str(story.specialist)
    assert lines[1]["corrects"]["statement"] == str(formed.statement)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_hold_each_line_once_whatever_is_written_meanwhile(
    story: Story, read_url: str, client: TestClient, limit: int
) -> None:
    """A statement's set is closed: acts, denials and corrections that come later shift no page."""
    formed = stated(story)
    expected = [each.position for each in story.folded().lines]
    follow(story, read_url)
    found: list[int] = []
    after: str | None = "0"
    while after is not None:
        answer = client.get(
            f"/statements/{formed.statement}/lines", params={"limit": limit, "after": after}
        ).json()
        assert 0 < len(answer["lines"]) <= limit
        found += [each["position"] for each in answer["lines"]]
        after = None if answer["next"] is None else str(answer["next"])
        patient = story.patient()
        story.treat(patient, story.refer(patient))
        follow(story, read_url)
    assert found == expected


def test_the_lines_of_a_past_moment_are_those_of_then(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Asked as of the forming, no line is denied yet; asked now, one is."""
    formed = stated(story, 2)
    then = len(story.log.records)
    review(story, formed, story.folded().lines[0])
    follow(story, read_url)
    address = f"/statements/{formed.statement}/lines"
    assert "denied" in client.get(address).json()["lines"][0]
    assert "denied" not in client.get(address, params={"at_position": then}).json()["lines"][0]


def test_a_line_whose_record_is_gone_is_corruption(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Nobody is shown a line that leads nowhere."""
    formed = stated(story, 1)
    follow(story, read_url)
    del story.log.records[:]
    with pytest.raises(LedgerCorrupt, match=r"position\.missing"):
        client.get(f"/statements/{formed.statement}/lines")


@pytest.mark.parametrize(
    ("suffix", "status", "said"),
    [
        (f"{NOBODYS}/lines", 404, "read_model.not_found $.id"),
        ("x/lines", 400, "request.invalid_parameter $.id"),
        (f"{NOBODYS}/lines?of=1", 400, "request.unknown_parameter $"),
        (f"{NOBODYS}/lines?limit=1001", 400, "request.invalid_parameter $.limit"),
    ],
)
def test_a_question_with_no_answer_is_refused(
    story: Story, read_url: str, client: TestClient, suffix: str, status: int, said: str
) -> None:
    """An unknown statement and an unknown parameter each have their code."""
    stated(story, 1)
    follow(story, read_url)
    answer = client.get(f"/statements/{suffix}")
    assert (answer.status_code, answer.text) == (status, said)
