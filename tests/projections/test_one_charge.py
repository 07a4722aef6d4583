"""Whoever hears of a charge asks for it by its id, and is led to all that it names."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.events.statement import Formed
from ehealth_ledger.pricing.statement import AnyLine
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from tests.projections.log import HandMadeLog
from tests.projections.money_story import adjust, form_next, name_parties, resubmit, review
from tests.projections.story import Story

LISTED_ALIKE = {"act", "adjustments"}  # told at more length of one charge than in a list


@pytest.fixture
def story() -> Story:
    """Begin with two institutions that have names."""
    story = Story()
    name_parties(story, "Лікарня", "НСЗУ")
    return story


@pytest.fixture
def log(story: Story) -> HandMadeLog:
    """Read the story's log."""
    return story.log


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, MODELS).catch_up()


def asked(client: TestClient, charge: UUID | str) -> dict[str, Any]:
    answer = client.get(f"/charges/{charge}")
    assert answer.status_code == 200
    assert answer.headers["x-ledger-position"] == str(answer.json()["position"])
    told: dict[str, Any] = answer.json()["charge"]
    return told


def stated(story: Story, acts: int) -> tuple[Formed, list[AnyLine]]:
    patient = story.patient()
    for _ in range(acts):
        story.treat(patient, story.refer(patient))
    lines = list(story.folded().lines)
    return story.form(), lines


def test_a_charge_says_what_its_list_says_and_more(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Every member of the list's row is there; the act has its chain value, its proof a link."""
    formed, lines = stated(story, 1)
    follow(story, read_url)
    (row,) = client.get("/charges").json()["charges"]
    told = asked(client, lines[0].charge)
    assert {name: told[name] for name in row.keys() - LISTED_ALIKE} == {
        name: row[name] for name in row.keys() - LISTED_ALIKE
    }
    act = story.log.records[row["act"]["position"] - 1]
    assert told["act"] == {
        "log": "records",
        "position": act.position,
        "chain_value": act.chain_value.hex(),
        "record": f"/records/records/{act.position}",
        "command_id": str(act.command_id),
        "performer": str(story.specialist),
    }
    assert (told["statement"]["statement"], told["statement"]["status"]) == (
        *(str(formed.statement), "formed"),
    )
    assert told["links"] == {
        "act": f"/records/records/{act.position}",
        "proof": f"/log/records/proof/{act.position}",
        "statement": f"/statements/{formed.statement}",
    }


def test_a_denied_charge_says_why_and_who_comes_after_it(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Reason, rule and the payer's words; claimed again, it leads to the claim."""
    formed, lines = stated(story, 2)
    story.countersign(formed)
    review(story, formed, lines[0])
    resubmit(story, lines[0])
    follow(story, read_url)
    told = asked(client, lines[0].charge)
    assert {name: told["denied"][name] for name in ("reason", "rule", "rule_version")} == {
        "reason": "duplicate_service",
        "rule": "duplicate",
        "rule_version": 1,
    }
    assert told["denied"]["explanation"] == "Та сама послуга того ж дня"
    successor = asked(client, told["links"]["successor"].rpartition("/")[2])
    assert (successor["attempt"], successor["statement"]) == (2, None)
    assert told["statement"]["status"] == "accepted"


def test_a_corrected_charge_and_its_correction_lead_to_each_other(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Each names the statement that it stands in itself."""
    formed, lines = stated(story, 2)
    adjustments = [adjust(story, formed, lines[1], amount) for amount in (-1_000, -50)]
    later = form_next(story)
    follow(story, read_url)
    told = asked(client, lines[1].charge)
    assert [each["amount"] for each in told["adjustments"]] == [-1_000, -50]
    assert {each["reason"] for each in told["adjustments"]} == {"price_corrected"}
    assert told["links"]["adjustments"] == [f"/charges/{each}" for each in adjustments]
    correction = asked(client, adjustments[0])
    assert correction["links"]["corrects"] == f"/charges/{lines[1].charge}"
    assert correction["statement"]["statement"] == str(later.statement)
    assert correction["corrects"]["statement"] == str(formed.statement)
    assert correction["act"]["performer"] == str(story.specialist)
    assert told["statement"]["statement"] == str(formed.statement)


def test_a_withheld_charge_says_what_is_missing_and_then_what_settled_it(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Nothing prices it, so it is on no statement; settled, it leads to what it became."""
    patient = story.patient()
    said = story.treat(patient, story.refer(patient), price=None)
    withheld = next(r.stream_id for r in story.log.records if r.topic == "charge.withheld.v2")
    follow(story, read_url)
    told = asked(client, withheld)
    assert (told["status"], told["reason"], told["statement"]) == ("withheld", "no_tariff", None)
    assert told["links"].keys() == {"act", "proof"}
    then = len(story.log.records)
    settled = story.settle_withheld(said)
    follow(story, read_url)
    led = asked(client, withheld)["links"]["successor"].rpartition("/")[2]
    assert asked(client, led)["position"] == settled.position + 1
    past = client.get(f"/charges/{withheld}", params={"at_position": then}).json()["charge"]
    assert past == told


def test_what_a_rule_found_stands_with_the_charge(
    story: Story, read_url: str, client: TestClient
) -> None:
    """The rule, its version and its evidence: whoever reads the feed learns why it was told."""
    patient = story.patient()
    said = story.treat(patient, story.refer(patient))
    story.flag(said)
    follow(story, read_url)
    about = [
        each["about"]
        for each in client.get(f"/feed?legal_entity={story.hospital}").json()["entries"]
        if each["topic"] == "charge.flagged.v1"
    ]
    assert [each["kind"] for each in about] == ["charge"]
    (flag,) = asked(client, about[0]["id"])["flags"]
    assert (flag["rule"], flag["version"], flag["evidence"]) == (
        *("over_ceiling", 1, {"planned": "10000"}),
    )


NOBODYS: Final = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        (f"/charges/{NOBODYS}", 404, "read_model.not_found $.id"),
        ("/charges/x", 400, "request.invalid_parameter $.id"),
        (f"/charges/{NOBODYS}?x=1", 400, "request.unknown_parameter $"),
    ],
)
def test_a_charge_that_is_not_there_is_refused(
    story: Story, read_url: str, client: TestClient, address: str, status: int, said: str
) -> None:
    """An unknown charge, a malformed id and an unknown parameter each have their code."""
    stated(story, 1)
    follow(story, read_url)
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (status, said)
    assert client.get("/charges/withheld").status_code == 200
