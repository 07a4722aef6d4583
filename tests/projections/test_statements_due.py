"""The payer asks which closed months want a statement, and forms each once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.events.cut_off import CutOffSet
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from tests.projections.live import findings
from tests.projections.log import BEGAN_US, HandMadeLog, silent
from tests.projections.money_story import NEXT_PERIOD, adjust, form_next
from tests.projections.story import PACKAGE, PERIOD, Story

MODEL = "payment_statement"
PASSED_US, FAR_US = BEGAN_US, 4_000_000_000_000_000  # of the year 2096


@pytest.fixture
def story() -> Story:
    """Begin with nobody."""
    return Story()


@pytest.fixture
def log(story: Story) -> HandMadeLog:
    """Read the story's log."""
    return story.log


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, [MODEL]).catch_up()


def asked(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/statements/due", params=parameters).json()
    return answer


def close(story: Story, at_us: int = PASSED_US, period: str = PERIOD) -> None:
    story.log.add(CutOffSet(cut_off=uuid4(), period=period, at=at_us))


def earn(story: Story, acts: int = 1) -> UUID:
    """Earn under a contract of its own; return it."""
    story.contract, patient = uuid4(), story.patient()
    for _ in range(acts):
        story.treat(patient, story.refer(patient))
    return story.contract


def test_a_closed_month_with_charges_wants_a_statement(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Whose it is, how many lines, how much, the oldest; once formed it wants none."""
    contract = earn(story, 2)
    close(story)
    follow(story, read_url)
    lines = story.folded().lines
    assert asked(client)["due"] == [
        {
            "contract": str(contract),
            "package": PACKAGE,
            "period": PERIOD,
            "provider": str(story.hospital),
            "payer": str(story.payer),
            "closed_at": "2026-11-23T08:00:00.000000Z",
            "count": 2,
            "corrections": 0,
            "amount": sum(each.amount for each in lines),
            "oldest_position": lines[0].position,
        }
    ]
    then = len(story.log.records)
    story.form()
    follow(story, read_url)
    assert asked(client)["due"] == []
    assert len(asked(client, at_position=then)["due"]) == 1
    assert findings(story.log, read_url, MODEL) == []


def test_an_open_month_wants_none(story: Story, read_url: str, client: TestClient) -> None:
    """Without a cut-off, or before it: a set that still grows is not stated."""
    earn(story)
    follow(story, read_url)
    assert asked(client)["due"] == []
    close(story, FAR_US)
    follow(story, read_url)
    assert asked(client)["due"] == []
    close(story)  # moved, before it passed
    follow(story, read_url)
    assert len(asked(client)["due"]) == 1
    close(story, FAR_US, "2026-12")  # another month's
    follow(story, read_url)
    assert len(asked(client)["due"]) == 1


def test_a_past_moment_is_told_by_the_ledgers_time(
    story: Story, read_url: str, client: TestClient
) -> None:
    """As of a position before the cut-off passed, nothing was due, however late it is asked."""
    earn(story)
    cut_off_us = story.log.records[-1].recorded_at + 5_000_000
    close(story, cut_off_us)
    then = len(story.log.records)
    while story.log.records[-1].recorded_at < cut_off_us:
        story.patient()
    follow(story, read_url)
    assert asked(client, at_position=then)["due"] == []
    assert len(asked(client, at_position=len(story.log.records))["due"]) == 1
    assert len(asked(client)["due"]) == 1


def test_corrections_alone_want_a_statement(
    story: Story, read_url: str, client: TestClient
) -> None:
    """A month that holds a line taken back is stated too, below zero."""
    contract = earn(story)
    lines, formed = story.folded().lines, story.form()
    adjustment = adjust(story, formed, lines[0], -1_050)
    close(story)
    close(story, period=NEXT_PERIOD)
    follow(story, read_url)
    (told,) = asked(client)["due"]
    assert (told["contract"], told["period"]) == (str(contract), NEXT_PERIOD)
    assert (told["count"], told["corrections"], told["amount"]) == (1, 1, -1_050)
    row = client.get(f"/charges/{adjustment}").json()["charge"]
    assert told["oldest_position"] == row["position"]
    form_next(story)
    follow(story, read_url)
    assert asked(client)["due"] == []


def test_what_was_withdrawn_in_time_is_not_due(
    story: Story, read_url: str, client: TestClient
) -> None:
    """A set counts what it holds now, and one that holds nothing wants no statement."""
    story.contract, patient = uuid4(), story.patient()
    first, second = (story.treat(patient, story.refer(patient)) for _ in range(2))
    close(story)
    story.withdraw(patient, first)
    follow(story, read_url)
    (told,) = asked(client)["due"]
    assert (told["count"], told["amount"]) == (1, 15_000)
    assert told["oldest_position"] > second.position
    story.withdraw(patient, second)
    follow(story, read_url)
    assert asked(client)["due"] == []


def test_each_provider_and_contract_is_asked_for(
    story: Story, read_url: str, client: TestClient
) -> None:
    """A provider sees his own, the payer one contract or one month."""
    mine, provider = earn(story), story.hospital
    story.hospital = uuid4()
    other = earn(story)
    close(story)
    follow(story, read_url)

    def contracts(**parameters: Any) -> list[str]:
        return [each["contract"] for each in asked(client, **parameters)["due"]]

    assert contracts() == [str(mine), str(other)]
    assert contracts(provider=str(provider)) == [str(mine)]
    assert contracts(contract=str(other)) == [str(other)]
    assert contracts(period=PERIOD) == [str(mine), str(other)]
    assert contracts(period="2026-12") == []


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_are_stable_while_statements_are_formed(
    story: Story, read_url: str, client: TestClient, limit: int
) -> None:
    """Following `next` gives each set once, though those of earlier pages are formed meanwhile."""
    expected = [str(earn(story)) for _ in range(5)]
    close(story)
    follow(story, read_url)
    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = asked(client, after=after, limit=limit)
        found += [each["contract"] for each in page["due"]]
        story.contract = UUID(found[-1])
        story.form()
        follow(story, read_url)
        after = page["next"]
    assert found == expected
    rebuild(story.log, read_url, MODEL, silent)
    left = [each["contract"] for each in asked(client)["due"]]
    assert len(left) == 5 - len(range(limit - 1, 5, limit)) - (5 % limit > 0)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("contract=x", "request.invalid_parameter $.contract"),
        ("provider=x", "request.invalid_parameter $.provider"),
        ("period=2026-13", "request.invalid_parameter $.period"),
        ("status=formed", "request.unknown_parameter $"),
        ("limit=0", "request.invalid_parameter $.limit"),
    ],
)
def test_a_question_that_means_nothing_is_refused(
    client: TestClient, query: str, said: str
) -> None:
    """A misspelt filter is not read as none."""
    answer = client.get(f"/statements/due?{query}")
    assert (answer.status_code, answer.text) == (400, said)
