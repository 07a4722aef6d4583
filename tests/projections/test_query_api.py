"""Ask over HTTP: exact decimals, stable pages, and in each answer the position it reflects."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response as Answer

from ehealth_ledger.errors import ReadModelCorrupt
from ehealth_ledger.values.json import canonical
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.query_api.clinical import HISTORIES
from tests.projections.live import execute, standing
from tests.projections.log import silent
from tests.projections.story import PACKAGE, PERIOD, Story, whole_story


def follow(story: Story, read_url: str) -> None:
    Follower(story.log, read_url, MODELS).catch_up()


@pytest.fixture
def story(read_url: str) -> Story:
    """Tell the whole story and bring the read side up to it."""
    story = whole_story()
    follow(story, read_url)
    return story


def ids(story: Story, topic: str) -> list[UUID]:
    """List the streams that began with a topic."""
    return [each.stream_id for each in story.log.records if each.topic == topic]


def addresses(story: Story) -> list[str]:
    (patient, *_), (referral, *_) = (
        ids(story, "patient.registered.v1"),
        ids(story, "referral.issued.v1"),
    )
    (statement,) = ids(story, "statement.formed.v1")
    (episode, *_) = ids(story, "episode.opened.v1")
    (care_plan,), (approval,) = (
        ids(story, "care_plan.created.v1"),
        ids(story, "approval.requested.v1"),
    )
    (prescription, *_), (program, *_) = (
        ids(story, "prescription.issued.v1"),
        ids(story, "medical_program.published.v1"),
    )
    (report, *_), (declaration, *_) = (
        ids(story, "diagnostic_report.recorded.v1"),
        ids(story, "declaration.signed.v1"),
    )
    (contract, *_), (request, *_) = (
        ids(story, "contract.concluded.v1"),
        ids(story, "contract.requested.v1"),
    )
    return [
        f"/patients/{patient}/summary",
        f"/patients/{patient}/conditions",
        f"/patients/{patient}/episodes",
        f"/episodes/{episode}",
        f"/referrals/{referral}",
        "/referrals",
        f"/care-plans/{care_plan}",
        f"/approvals/{approval}",
        "/statements",
        f"/statements/{statement}",
        "/charges",
        "/statements/due",
        "/statements/changes",
        "/contracts",
        f"/contracts/{contract}",
        "/contract-requests",
        f"/contract-requests/{request}",
        "/reports/capitation",
        "/charges/withheld",
        f"/patients/{patient}/diagnostics",
        f"/diagnostics/{report}",
        "/prescriptions",
        f"/prescriptions/{prescription}",
        "/programs",
        f"/programs/{program}",
        f"/programs/{program}/provisions",
        f"/declarations/{declaration}",
        "/declarations",
        "/legal-entities",
        f"/legal-entities/{story.clinic}",
        "/employees",
        f"/employees/{story.doctor}",
        "/divisions",
        "/healthcare-services",
        f"/feed?legal_entity={story.clinic}",
        "/read-models",
    ]


ADDRESSES = range(len(addresses(whole_story())) - 1)  # each but the last, which is of every model


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.text


@pytest.mark.parametrize("at", ADDRESSES)
def test_each_answer_says_which_position_it_reflects(
    story: Story, client: TestClient, at: int
) -> None:
    """Body and headers name the last record read, its chain value and its time."""
    answer = client.get(addresses(story)[at])
    last = story.log.records[-1]
    body = answer.json()
    assert answer.status_code == 200
    assert (body["log"], body["position"]) == ("records", last.position)
    assert body["chain_value"] == last.chain_value.hex()
    assert re.fullmatch(r"2026-11-23T08:00:00\.\d{6}Z", body["recorded_at"])
    assert answer.headers["x-ledger-position"] == str(last.position)
    assert answer.headers["x-ledger-chain-value"] == last.chain_value.hex()
    assert answer.headers["x-ledger-recorded-at"] == body["recorded_at"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_the_bytes_of_an_answer_are_canonical(story: Story, client: TestClient) -> None:
    """Keys are sorted and nothing is spaced, so equal answers are equal bytes."""
    for address in addresses(story):
        body = client.get(address).content
        assert canonical(json.loads(body, parse_float=Decimal)) == body


@pytest.mark.parametrize(
    ("signed", "written"),
    [(Decimal("72.50"), b"72.50"), (Decimal("0.10"), b"0.10"), (10**25, b"1" + b"0" * 25)],
)
def test_decimals_come_out_as_they_were_signed(
    read_url: str, client: TestClient, signed: Decimal | int, written: bytes
) -> None:
    """An observation of 72.50 is 72.50 to whoever asks."""
    story = Story()
    patient = story.treated(value=signed)
    follow(story, read_url)
    answer = client.get(f"/patients/{patient}/summary")
    assert b'"valueQuantity":{"value":' + written + b"}" in answer.content


def test_what_waits_for_a_price_is_a_queue(read_url: str, client: TestClient) -> None:
    """Work is listed by position, of one provider and reason; what is settled leaves the queue."""
    story = Story()
    patient = story.patient()
    waiting = [story.treat(patient, story.refer(patient), price=None) for _ in range(3)]
    story.treat(patient, story.refer(patient))
    story.settle_withheld(waiting[1])
    follow(story, read_url)
    first = client.get("/charges/withheld?limit=1").json()
    (charge,) = first["charges"]
    assert (charge["status"], charge["reason"]) == ("withheld", "no_tariff")
    rest = client.get(f"/charges/withheld?after={first['next']}").json()
    assert [each["command_id"] for each in (*first["charges"], *rest["charges"])] == [
        str(waiting[at].command_id) for at in (0, 2)
    ]
    for asked, count in (
        (f"provider={story.hospital}", 2),
        (f"provider={story.clinic}", 0),
        ("reason=no_tariff", 2),
        (f"reason=no_contract&provider={story.hospital}", 0),
    ):
        assert len(client.get(f"/charges/withheld?{asked}").json()["charges"]) == count, asked
    (settled,) = client.get("/charges?status=settled").json()["charges"]
    (priced,) = [
        each
        for each in client.get("/charges?status=accrued").json()["charges"]
        if each["charge"] == settled["settled"]["successor"]
    ]
    assert priced["act"] == settled["act"]


def test_a_statement_comes_with_its_lines(story: Story, client: TestClient) -> None:
    """Each line names the position and command of the signed act, the performer and the price."""
    (statement,) = ids(story, "statement.formed.v1")
    document = client.get(f"/statements/{statement}").json()["statement"]
    assert [line["amount"] for line in document["lines"]] == [15_000, 20_000, 15_000]
    assert document["total"] == sum(line["amount"] for line in document["lines"])
    flagged = [[flag["rule"] for flag in line.get("flags", [])] for line in document["lines"]]
    assert flagged == [[], [], ["over_ceiling"]]
    for line in document["lines"]:
        act = story.log.records[line["act"]["position"] - 1]
        assert act.topic == "encounter.recorded.v1"
        assert line["command_id"] == str(act.command_id)
        assert line["performer"] == str(story.specialist)
        assert (line["quantity"], line["unit_price"]) == (1, line["amount"])
    assert (document["status"], document["paid"]) == ("paid", 50_000)


def test_the_bytes_of_a_statement_have_its_digest(story: Story, client: TestClient) -> None:
    """What is served is exactly what the provider and the payer signed."""
    (statement,) = ids(story, "statement.formed.v1")
    digest = client.get(f"/statements/{statement}").json()["statement"]["digest"]
    answer = client.get(f"/statements/{statement}/bytes")
    assert sha256(answer.content).hexdigest() == digest
    assert answer.content == story.folded().to_bytes()
    assert answer.headers["x-ledger-position"] == str(len(story.log.records))


def test_bytes_of_altered_charges_are_not_served(
    story: Story, read_url: str, client: TestClient
) -> None:
    """A price changed in the read model does not come out as a signed statement."""
    (statement,) = ids(story, "statement.formed.v1")
    change = "UPDATE payment_charge SET document = replace(document, '15000', '15001')"
    execute(read_url, change)
    with pytest.raises(ReadModelCorrupt, match=r"statement\.digest_mismatch"):
        client.get(f"/statements/{statement}/bytes")


@pytest.fixture
def many(read_url: str) -> Story:
    """State seven contracts, each with one charge."""
    story = Story()
    for _ in range(7):
        story.contract = uuid4()
        story.treated()
        story.form()
    follow(story, read_url)
    return story


def listed(answer: Answer) -> list[str]:
    return [each["statement"] for each in answer.json()["statements"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_hold_each_statement_once(many: Story, client: TestClient, limit: int) -> None:
    """Whatever the page's size, following `next` gives all rows in their order, none twice."""
    found: list[str] = []
    after: str | None = "0"
    while after is not None:
        answer = client.get("/statements", params={"limit": limit, "after": after})
        page = listed(answer)
        assert 0 < len(page) <= limit
        found += page
        following = answer.json()["next"]
        after = None if following is None else str(following)
    assert found == [str(each) for each in ids(many, "statement.formed.v1")]


def test_pages_are_stable_under_writes(many: Story, read_url: str, client: TestClient) -> None:
    """Statements formed, changed or rebuilt while somebody pages shift no page."""
    expected = [str(each) for each in ids(many, "statement.formed.v1")]
    first = client.get("/statements", params={"limit": 3})
    formed = next(each.fact for each in many.log.records if each.topic == "statement.formed.v1")
    many.countersign(formed)  # type: ignore[arg-type]
    many.contract = uuid4()
    many.treated()
    late = many.form()
    follow(many, read_url)
    rebuild(many.log, read_url, "payment_statement", silent)
    rest = client.get("/statements", params={"limit": 100, "after": first.json()["next"]})
    assert listed(first) + listed(rest) == [*expected, str(late.statement)]


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"period": PERIOD}, 7),
        ({"period": "2026-12"}, 0),
        ({"status": "formed"}, 7),
        ({"status": "paid"}, 0),
        ({"provider": "the hospital's"}, 7),
        ({"contract": "the last one's"}, 1),
        ({"contract": "the last one's", "status": "paid"}, 0),
    ],
)
def test_filters_narrow_the_list(
    many: Story, client: TestClient, parameters: dict[str, Any], count: int
) -> None:
    """Each filter keeps the statements that have its value; several apply together."""
    named = {"the hospital's": str(many.hospital), "the last one's": str(many.contract)}
    asked = {name: named.get(value, value) for name, value in parameters.items()}
    assert len(listed(client.get("/statements", params=asked))) == count


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 8),
        ({"status": "withheld"}, 1),
        ({"status": "accrued"}, 5),
        ({"status": "withdrawn"}, 2),
        ({"package": PACKAGE}, 3),
        ({"period": PERIOD, "limit": "1"}, 1),
        ({"after": "999"}, 0),
    ],
)
def test_charges_are_listed_as_they_accrue(
    story: Story, client: TestClient, parameters: dict[str, str], count: int
) -> None:
    """Whoever waits for money sees what is priced and what is withheld, stated or not."""
    answer = client.get("/charges", params=parameters)
    assert len(answer.json()["charges"]) == count


@pytest.fixture
def long_history(read_url: str) -> Story:
    """Treat one patient seven times, and another in between."""
    story = Story()
    patient, other = story.patient(), story.patient()
    for _ in range(7):
        story.treat(patient, story.refer(patient))
        story.treat(other, story.refer(other))
    follow(story, read_url)
    return story


def _codes_of(answer: Answer, name: str) -> list[int]:
    return [each["place"] for each in answer.json()[name]]


@pytest.mark.parametrize("name", ["conditions", "observations", "encounters"])
@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_a_history_is_paged_and_stable(
    long_history: Story, read_url: str, client: TestClient, name: str, limit: int
) -> None:
    """Following `next` gives each row once, though the patient is treated meanwhile."""
    patient = ids(long_history, "patient.registered.v1")[0]
    address = f"/patients/{patient}/{name}"
    whole = _codes_of(client.get(address), name)
    assert len(whole) == 7
    found: list[int] = []
    after: str | None = "0"
    while after is not None and len(found) < len(whole):
        answer = client.get(address, params={"limit": limit, "after": after})
        found += _codes_of(answer, name)
        if answer.json()["next"] is None:
            break
        after = str(answer.json()["next"])
        long_history.treat(patient, long_history.refer(patient))
        follow(long_history, read_url)
    assert found[: len(whole)] == whole


def test_an_episode_answers_with_its_current_diagnoses(read_url: str, client: TestClient) -> None:
    """They are those of the last encounter that still counts; the history keeps the others."""
    story = Story()
    patient = story.patient()
    first = story.treat(patient, story.refer(patient))
    second = story.treat(patient, story.refer(patient))
    address = f"/episodes/{story.episodes[patient]}"
    follow(story, read_url)
    before = client.get(address).json()["episode"]
    story.withdraw(patient, second)
    follow(story, read_url)
    after = client.get(address).json()["episode"]
    history = after["diagnoses_history"]
    assert [each["encounter"] for each in history] == [str(first.stream_id), str(second.stream_id)]
    assert [each["standing"] for each in history] == ["live", "withdrawn"]
    assert before["current_diagnoses"] == before["diagnoses_history"][1]["diagnoses"]
    assert after["current_diagnoses"] == history[0]["diagnoses"]
    (listed,) = client.get(f"/patients/{patient}/episodes").json()["episodes"]
    assert listed["episode"] == str(story.episodes[patient])


def test_a_summary_shows_what_happened_last(long_history: Story, client: TestClient) -> None:
    """Nothing withdrawn is in it, and each part ends with the newest."""
    patient = ids(long_history, "patient.registered.v1")[0]
    summary = client.get(f"/patients/{patient}/summary").json()["patient"]
    for part in ("problems", "observations", "encounters"):
        places = [each["place"] for each in summary[part]]
        assert len(places) == 7
        assert places == sorted(places)
    assert len(summary["referrals"]) == 7


def test_read_models_say_how_old_they_are(story: Story, read_url: str, client: TestClient) -> None:
    """Each model has its own position; the answer reflects the one furthest behind."""
    story.treated()
    Follower(story.log, read_url, ["referral_status"]).catch_up()
    body = client.get("/read-models").json()
    behind = standing(read_url, "payment_statement").position
    assert {each["model"]: each["position"] for each in body["read_models"]} == {
        **dict.fromkeys(MODELS, behind),
        "referral_status": behind + 8,
    }
    assert body["position"] == behind


NOBODY = "00000000-0000-4000-8000-000000000000"
REFUSALS = [
    (f"/patients/{NOBODY}/summary", 404, "read_model.not_found $.id"),
    (f"/referrals/{NOBODY}", 404, "read_model.not_found $.id"),
    (f"/statements/{NOBODY}", 404, "read_model.not_found $.id"),
    (f"/statements/{NOBODY}/bytes", 404, "read_model.not_found $.id"),
    (f"/episodes/{NOBODY}", 404, "read_model.not_found $.id"),
    ("/episodes/1", 400, "request.invalid_parameter $.id"),
    (f"/episodes/{NOBODY}?x=1", 400, "request.unknown_parameter $"),
    *(
        (f"/patients/{NOBODY}/{name}?codes=I10", 400, "request.unknown_parameter $")
        for name in ("episodes", *HISTORIES)
    ),
    (f"/patients/{NOBODY}/conditions?limit=0", 400, "request.invalid_parameter $.limit"),
    ("/patients/x/conditions", 400, "request.invalid_parameter $.id"),
    ("/patients/1/summary", 400, "request.invalid_parameter $.id"),
    ("/referrals/00000000000040008000000000000000", 400, "request.invalid_parameter $.id"),
    ("/referrals?requisition=12", 400, "request.invalid_parameter $.requisition"),
    ("/referrals?requisition=0000-0000-0000-000I", 400, "request.invalid_parameter $.requisition"),
    ("/referrals?patient=x", 400, "request.invalid_parameter $.patient"),
    ("/referrals?status=redeemed", 400, "request.invalid_parameter $.status"),
    ("/referrals?legal_entity=", 400, "request.invalid_parameter $.legal_entity"),
    ("/referrals?redeemed_by=1", 400, "request.invalid_parameter $.redeemed_by"),
    ("/referrals?number=1", 400, "request.unknown_parameter $"),
    ("/care-plans?status=draft", 400, "request.invalid_parameter $.status"),
    ("/care-plans?diagnosis=I10", 400, "request.unknown_parameter $"),
    (f"/care-plans/{NOBODY}", 404, "read_model.not_found $.id"),
    (f"/care-plans/{NOBODY}?x=1", 400, "request.unknown_parameter $"),
    ("/approvals?patient=x", 400, "request.invalid_parameter $.patient"),
    ("/approvals?employee=x", 400, "request.unknown_parameter $"),
    (f"/approvals/{NOBODY}", 404, "read_model.not_found $.id"),
    ("/referrals/ABCDEF00-0000-4000-8000-000000000000", 400, "request.invalid_parameter $.id"),
    ("/statements/x", 400, "request.invalid_parameter $.id"),
    ("/statements?contract=x", 400, "request.invalid_parameter $.contract"),
    ("/statements?provider=x", 400, "request.invalid_parameter $.provider"),
    ("/statements?period=2026-13", 400, "request.invalid_parameter $.period"),
    ("/statements?period=", 400, "request.invalid_parameter $.period"),
    ("/statements?status=open", 400, "request.invalid_parameter $.status"),
    ("/statements?limit=0", 400, "request.invalid_parameter $.limit"),
    ("/statements?limit=1001", 400, "request.invalid_parameter $.limit"),
    ("/statements?limit=-1", 400, "request.invalid_parameter $.limit"),
    ("/statements?limit=%D9%A1", 400, "request.invalid_parameter $.limit"),
    ("/statements?after=9223372036854775808", 400, "request.invalid_parameter $.after"),
    ("/statements?after=" + "9" * 5000, 400, "request.invalid_parameter $.after"),
    ("/statements?period=2026-11&period=2026-12", 400, "request.invalid_parameter $.period"),
    ("/statements?perod=2026-11", 400, "request.unknown_parameter $"),
    ("/charges?package=a%00b", 400, "request.invalid_parameter $.package"),
    ("/charges?status=formed", 400, "request.invalid_parameter $.status"),
    ("/charges/withheld?reason=whim", 400, "request.invalid_parameter $.reason"),
    ("/charges/withheld?status=withheld", 400, "request.unknown_parameter $"),
    (f"/referrals/{NOBODY}?x=1", 400, "request.unknown_parameter $"),
    (f"/patients/{NOBODY}/summary?x=1", 400, "request.unknown_parameter $"),
    ("/read-models?x", 400, "request.unknown_parameter $"),
]


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    ("address", "status", "said"), REFUSALS, ids=[address[:60] for address, *_ in REFUSALS]
)
def test_a_question_with_no_answer_is_refused_by_its_code(
    client: TestClient, address: str, status: int, said: str
) -> None:
    """Nothing is guessed: a malformed id, an unknown filter and an absent row each have a code."""
    assert refusal(client.get(address)) == (status, said)


@pytest.mark.parametrize("at", ADDRESSES)
def test_read_model__not_ready_before_the_first_batch(
    read_url: str, client: TestClient, at: int
) -> None:
    """A model that has read nothing does not say that there is nothing."""
    address = addresses(whole_story())[at]
    assert refusal(client.get(address)) == (503, "read_model.not_ready $")
    assert standing(read_url, "referral_status").position == 0


@pytest.mark.parametrize("address", ["/statements", f"/referrals/{NOBODY}", "/read-models"])
def test_read_model__not_ready_before_the_tables_are_made(client: TestClient, address: str) -> None:
    """A read side that was never prepared asks for patience."""
    assert refusal(client.get(address)) == (503, "read_model.not_ready $")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_query_api_only_reads(story: Story, client: TestClient, method: str) -> None:
    """No address here takes anything in."""
    for address in addresses(story):
        assert getattr(client, method)(address).status_code == 405
