"""A statement as FHIR R4: what the standard allows, and amounts to the kopiyka."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.events.statement import Formed
from ehealth_ledger.pricing.statement import Statement
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from tests.projections import fhir_r4
from tests.projections.log import HandMadeLog
from tests.projections.money_story import adjust, form_next, name_parties, resubmit, review
from tests.projections.story import DAY, Story


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


def asked(story: Story, read_url: str, client: TestClient, formed: Formed) -> Any:
    """Ask for the resource, hold it against the standard, and return it with decimals exact."""
    Follower(story.log, read_url, MODELS).catch_up()
    answer = client.get(f"/statements/{formed.statement}/fhir")
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["x-ledger-position"] == str(len(story.log.records))
    fhir_r4.PaymentReconciliation.model_validate_json(answer.content)
    amounts = re.findall(rb'"value":(-?[0-9.eE+]+)', answer.content)
    assert all(re.fullmatch(rb"-?(0|[1-9][0-9]*)\.[0-9]{2}", each) for each in amounts)
    return json.loads(answer.content, parse_float=Decimal)


def stated(story: Story, *prices: int) -> tuple[Formed, Statement]:
    patient = story.patient()
    for price in prices:
        story.treat(patient, story.refer(patient), price=price)
    folded = story.folded()
    return story.form(), folded


def test_each_step_of_a_statement_is_a_valid_resource(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Queued until something is paid, partial until all is; who pays whom for which month."""
    formed, folded = stated(story, 15_000, 5, 123_456_789)
    first = asked(story, read_url, client, formed)
    assert (first["outcome"], first["paymentAmount"]["value"]) == ("queued", Decimal("0.00"))
    assert first["_paymentDate"]["extension"][0]["valueCode"] == "not-applicable"
    assert first["paymentIssuer"]["display"] == "НСЗУ"
    assert first["requestor"]["identifier"] == {
        "system": "urn:oid:1.2.804.2.1.1.1.11.1.4.2.1",
        "value": "20000001",
    }
    assert first["period"] == {"start": "2026-11-01", "end": "2026-11-30"}
    assert formed.digest in first["identifier"][1]["value"]
    assert [each["amount"]["value"] for each in first["detail"]] == [
        *(Decimal("150.00"), Decimal("0.05"), Decimal("1234567.89"))
    ]
    assert [each["request"]["display"] for each in first["detail"]] == [
        f"records/{each.act_position}" for each in folded.lines
    ]
    assert first["disposition"] == "formed, not signed by the provider yet"
    story.countersign(formed)
    signed = asked(story, read_url, client, formed)
    assert signed["disposition"] == "signed by the provider, not accepted yet"
    story.accept(formed)
    accepted = asked(story, read_url, client, formed)
    assert (accepted["outcome"], accepted["disposition"]) == (
        "queued",
        "accepted whole; 1234717.94 UAH are owed",
    )
    story.pay(formed, 100)
    partly = asked(story, read_url, client, formed)
    assert (partly["outcome"], partly["paymentAmount"]["value"]) == ("partial", Decimal("1.00"))
    story.pay(formed, formed.total - 100)
    paid = asked(story, read_url, client, formed)
    assert (paid["outcome"], paid["paymentDate"]) == ("complete", DAY.isoformat())
    assert paid["paymentAmount"]["value"] == Decimal(formed.total) / 100
    assert sum(each["amount"]["value"] for each in paid["detail"]) * 100 == formed.total
    assert len(paid["processNote"]) == 3  # the contract, and each payment


def test_a_statement_below_zero_says_that_it_is_owed_back(
    story: Story, read_url: str, client: TestClient
) -> None:
    """Details below zero are no payment: the disposition says which side owes."""
    formed, folded = stated(story, 15_000)
    adjust(story, formed, folded.lines[0], -2_050)
    following = form_next(story)
    assert following.total == -2_050
    story.countersign(following)
    story.accept(following)
    found = asked(story, read_url, client, following)
    assert (found["outcome"], found["disposition"]) == (
        "queued",
        "accepted whole; 20.50 UAH are owed back by the provider",
    )
    assert [each["amount"]["value"] for each in found["detail"]] == [Decimal("-20.50")]
    assert found["paymentAmount"]["value"] == Decimal("0.00")


def test_a_denied_line_stands_with_nothing_and_a_note_says_why(
    story: Story, read_url: str, client: TestClient
) -> None:
    """The details add up to what is owed, whatever was denied; also when it was claimed again."""
    formed, folded = stated(story, 15_000, 20_000)
    review(story, formed, folded.lines[0])
    resubmit(story, folded.lines[0])
    told = asked(story, read_url, client, formed)
    assert [each["amount"]["value"] for each in told["detail"]] == [
        *(Decimal("0.00"), Decimal("200.00"))
    ]
    assert told["disposition"] == "accepted but for 1 of its lines; 200.00 UAH are owed"
    _, note = told["processNote"]  # the first names the contract
    assert "duplicate_service, found by duplicate 1" in note["text"]


def test_a_correction_names_the_charge_it_corrects(
    story: Story, read_url: str, client: TestClient
) -> None:
    """An adjustment of the standard: negative where money is taken back."""
    formed, folded = stated(story, 15_000, 20_000)
    review(story, formed, folded.lines[0])
    resubmit(story, folded.lines[0])
    adjustment = adjust(story, formed, folded.lines[1], -1_050)
    told = asked(story, read_url, client, form_next(story))
    again, corrected = told["detail"]
    assert again["type"]["coding"][0]["code"] == "payment"
    assert corrected["type"]["coding"][0]["code"] == "adjustment"
    assert corrected["amount"]["value"] == Decimal("-10.50")
    assert corrected["identifier"]["value"] == f"urn:uuid:{adjustment}"
    assert corrected["predecessor"]["value"] == f"urn:uuid:{folded.lines[1].charge}"
