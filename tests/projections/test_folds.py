"""Fold hand-made facts: no database, no clock, one row after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.errors import ReadModelCorrupt
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.charge import ChargeWithheld, ChargeWithheldV1
from projections.projectors.catalogue import MODELS
from projections.projectors.fold import Fold
from projections.projectors.replay import fold_as_of
from projections.read_models import document as documents
from projections.read_models.model import Key
from tests.projections.log import silent
from tests.projections.story import PACKAGE, PERIOD, Story, whole_story


def folded(model: str, story: Story) -> Fold:
    return fold_as_of(story.log, model, len(story.log.records), silent)


def referral(story: Story, referral_id: UUID) -> dict[str, Any]:
    return folded("referral_status", story).documents[Key("referral_status", referral_id)]


def summary(story: Story, patient: UUID) -> dict[str, Any]:
    return folded("patient_summary", story).documents[Key("patient_summary", patient)]


def history(story: Story, patient: UUID, kind: str) -> list[dict[str, Any]]:
    """List what is left of a patient's resources of a kind, in their order."""
    documents = folded("patient_summary", story).documents
    found = [
        each
        for key, each in documents.items()
        if key.table == "patient_resource" and each["patient"] == str(patient)
    ]
    return sorted((each for each in found if each["kind"] == kind), key=lambda each: each["place"])


def statement(story: Story, statement_id: UUID) -> dict[str, Any]:
    return folded("payment_statement", story).documents[Key("payment_statement", statement_id)]


def _treat(story: Story, patient: UUID, asked: UUID) -> None:
    story.redeem(patient, asked)
    story.treat(patient, asked)


def _give_back(story: Story, patient: UUID, asked: UUID) -> None:
    story.redeem(patient, asked)
    story.release(patient, asked)


@pytest.mark.parametrize(
    ("happens", "status", "steps"),
    [
        (lambda *_: None, "active", ["issued"]),
        (Story.redeem, "active", ["issued", "redeemed"]),
        (_give_back, "active", ["issued", "redeemed", "released"]),
        (Story.expire, "recalled", ["issued", "expired"]),
        (_treat, "completed", ["issued", "redeemed", "completed"]),
        (Story.recall, "recalled", ["issued", "recalled"]),
        (Story.cancel, "entered_in_error", ["issued", "cancelled"]),
    ],
)
def test_a_referral_says_where_it_stands_and_how_it_came_there(
    happens: Callable[..., Any], status: str, steps: list[str]
) -> None:
    """Each step carries its position and time, and the last one gives the status."""
    story = Story()
    patient = story.patient()
    asked = story.refer(patient)
    happens(story, patient, asked)
    document = referral(story, asked)
    assert (document["status"], [step["step"] for step in document["steps"]]) == (status, steps)
    positions = [
        each.position
        for each in story.log.records
        if each.fact is not None and each.fact.stream_id == asked
    ]
    assert [step["position"] for step in document["steps"]] == positions
    assert document["position"] == positions[-1]
    shown = folded("patient_summary", story).documents[Key("patient_referral", asked)]
    assert (shown["patient"], shown["status"]) == (str(patient), status)


def test_a_summary_gathers_what_was_signed() -> None:
    """Resources stand in the summary as they were signed, each with its encounter and position."""
    story = Story()
    patient = story.treated()
    document = summary(story, patient)
    assert document["registered"]["resource"]["name"] == [{"family": "Шевченко"}]
    (encounter,) = history(story, patient, "Encounter")
    (problem,) = history(story, patient, "Condition")
    assert problem["primary"] is True
    assert problem["resource"]["code"] == {"coding": [{"code": "J06.9"}]}
    assert problem["encounter"] == encounter["encounter"]
    assert problem["position"] == encounter["position"] == 5
    assert encounter["place"] < problem["place"]


def test_what_is_entered_in_error_leaves_the_history() -> None:
    """A withdrawn package is in no list any more; the one before it stands as it stood."""
    story = Story()
    patient = story.patient()
    story.treat(patient, story.refer(patient))
    before = folded("patient_summary", story).documents
    before = {key: each for key, each in before.items() if key.table == "patient_resource"}
    story.withdraw(patient, story.treat(patient, story.refer(patient)))
    after = folded("patient_summary", story).documents
    assert {key: each for key, each in after.items() if key.table == "patient_resource"} == before


def test_a_history_is_folded_part_by_part() -> None:
    """A record touches the rows of its own package and no row that grows with the history."""
    projector = MODELS["patient_summary"]
    story = Story()
    patient = story.patient()
    for _ in range(20):
        story.treat(patient, story.refer(patient))
    for record in story.log.records:
        assert len(projector.keys(record)) <= 3  # type: ignore[arg-type]
    sizes = {len(text) for _, text in folded("patient_summary", story).texts()}
    assert max(sizes) < 1_000


def _episode(story: Story, patient: UUID) -> dict[str, Any]:
    documents = folded("episodes", story).documents
    return documents[Key("episode", story.episodes[patient])]


def test_an_episode_passes_through_its_statuses() -> None:
    """Opened, amended, closed; or opened and entered in error."""
    story = Story()
    patient, other = story.patient(), story.patient()
    story.episode(patient)
    opened = _episode(story, patient)
    assert (opened["status"], opened["name"]) == ("active", "Лікування")
    story.amend(patient)
    amended = _episode(story, patient)
    assert (amended["name"], amended["care_manager"]) == ("Інша назва", str(story.doctor))
    story.close(patient)
    closed = _episode(story, patient)
    assert (closed["status"], closed["closed"]["summary"]) == ("closed", "Одужав")
    story.episode(other)
    story.annul(other)
    assert _episode(story, other)["status"] == "entered_in_error"


def test_an_episode_keeps_the_history_of_its_diagnoses() -> None:
    """Each encounter's diagnoses stand with role and code; withdrawn ones stay, marked."""
    story = Story()
    patient = story.patient()
    first = story.treat(patient, story.refer(patient))
    second = story.treat(patient, story.refer(patient))
    story.withdraw(patient, second)
    documents = folded("episodes", story).documents
    stands = {key.id: each for key, each in documents.items() if key.table == "episode_diagnoses"}
    assert [stands[each.stream_id]["standing"] for each in (first, second)] == ["live", "withdrawn"]
    (made,) = stands[first.stream_id]["diagnoses"]
    assert (made["role"], made["rank"]) == ("primary", 1)
    assert made["code"] == {"coding": [{"code": "J06.9"}]}


def test_a_withdrawn_charge_is_in_no_statement() -> None:
    """The statement is what is left; the charge says what it had stood in, and that it is gone."""
    story = Story()
    patient = story.patient()
    story.treat(patient, story.refer(patient))
    story.withdraw(patient, story.treat(patient, story.refer(patient), price=20_000))
    formed = story.form()
    assert (formed.count, formed.total) == (1, 15_000)
    document = statement(story, formed.statement)
    assert (document["count"], document["total"]) == (1, 15_000)
    charges = [
        each
        for key, each in folded("payment_statement", story).documents.items()
        if key.table == "payment_charge"
    ]
    gone = next(each for each in charges if each["amount"] == 20_000)
    assert (gone["status"], gone["contract"]) == ("withdrawn", None)
    assert gone["withdrawn"]["period"] == PERIOD


def test_a_questioned_charge_stays_in_its_statement() -> None:
    """A closed period is never rewritten: the line stands and carries the question."""
    story = Story()
    patient = story.patient()
    said = story.treat(patient, story.refer(patient))
    formed = story.form()
    story.withdraw(patient, said, closed=True)
    assert statement(story, formed.statement)["count"] == 1
    (charge,) = [
        each
        for key, each in folded("payment_statement", story).documents.items()
        if key.table == "payment_charge"
    ]
    assert (charge["status"], charge["questioned"]["reason"]) == ("accrued", "act_in_error")


def test_a_replaced_declaration_gives_way_to_its_successor() -> None:
    """A patient has one family doctor at a time."""
    story = Story()
    patient = story.patient()
    first = story.declare(patient)
    assert summary(story, patient)["declaration"]["declaration"] == str(first)
    second = story.declare(patient, replaced=first)
    assert summary(story, patient)["declaration"]["declaration"] == str(second)


@pytest.mark.parametrize(
    ("signed", "written"),
    [
        (Decimal("72.50"), "72.50"),
        (Decimal("72.5"), "72.5"),
        (Decimal("-0.0"), "-0.0"),
        (Decimal("1E+5"), "1E+5"),
        (72, "72"),
        (2**63 - 1, "9223372036854775807"),
        (2**63, "9223372036854775808"),
        (-(10**30), "-1" + "0" * 30),
        (Decimal("0." + "1" * 300), "0." + "1" * 300),
    ],
)
def test_a_number_is_written_as_it_was_signed(signed: Decimal | int, written: str) -> None:
    """No digit is lost or added, in the row and in a row that was read and written again."""
    story = Story()
    (observation,) = history(story, story.treated(value=signed), "Observation")
    text = documents.write(observation)
    assert f'"valueQuantity":{{"value":{written}}}' in text
    assert documents.write(documents.read(text)) == text


@pytest.mark.parametrize("model", MODELS)
def test_the_same_record_twice_changes_nothing(model: str) -> None:
    """A record that a row reflects already leaves it as it is, whichever record and row."""
    projector = MODELS[model]
    story = whole_story()
    fold = Fold(projector)
    for record in story.log.records:
        fold.apply([record])
        before = dict(fold.texts())
        fold.apply([record])
        assert dict(fold.texts()) == before


@pytest.mark.parametrize("model", MODELS)
def test_the_whole_log_twice_changes_nothing(model: str) -> None:
    """Beginning again over rows that are there gives the same rows."""
    story = whole_story()
    fold = folded(model, story)
    before = dict(fold.texts())
    fold.apply(story.log.records)
    assert dict(fold.texts()) == before
    assert before


def test_every_fact_a_projector_names_is_published() -> None:
    """A projector reads topics of the closed catalogue only."""
    for projector in MODELS.values():
        assert {fact.TOPIC for fact in projector.facts} <= set(FACTS)


def test_an_erased_patient_disappears() -> None:
    """With the key gone nothing of the person is left to fold; the money stays."""
    story = Story()
    gone, kept = story.treated(), story.treated()
    money = dict(folded("payment_statement", story).texts())
    story.log.erase(gone)
    left = folded("patient_summary", story).documents.values()
    assert {each["patient"] for each in left} == {str(kept)}
    assert {each.table for each in folded("episodes", story).documents} == {
        "episode",
        "episode_diagnoses",
    }
    assert len(folded("referral_status", story).documents) == 1
    assert dict(folded("payment_statement", story).texts()) == money


def test_content_erased_between_fact_and_content_removes_the_row() -> None:
    """A key destroyed while a record is being folded takes the row away and breaks nothing."""
    story = Story()
    patient = story.treated()
    story.log.records = [replace(each, signed=None) for each in story.log.records]
    documents = folded("patient_summary", story).documents
    assert Key("patient_summary", patient) not in documents
    assert not history(story, patient, "Encounter")


def test_a_pointer_that_leads_nowhere_stops_the_fold() -> None:
    """What cannot be folded is not skipped."""
    story = Story()
    story.treated()
    story.log.records = [replace(each, signed={}) for each in story.log.records]
    with pytest.raises(KeyError):
        folded("patient_summary", story)


def test_a_statement_is_what_its_charges_add_up_to() -> None:
    """Count, total and digest come from the charges; the reference from the record."""
    story = Story()
    story.treated()
    story.treated(price=20_000)
    formed = story.form()
    record, document = story.log.records[-1], statement(story, formed.statement)
    assert (document["count"], document["total"]) == (2, 35_000)
    assert document["digest"] == story.folded().digest()
    assert document["first"] == {
        "log": "records",
        "position": record.position,
        "chain_value": record.chain_value.hex(),
        "content_digest": "ab" * 32,
    }
    assert (document["status"], document["paid"], document["payments"]) == ("formed", 0, [])


def test_a_statement_passes_through_its_statuses() -> None:
    """Formed, countersigned, accepted, and paid when the last kopiyka is."""
    story = Story()
    story.treated()
    formed = story.form()
    found = [statement(story, formed.statement)["status"]]
    for happens in (
        lambda: story.countersign(formed),
        lambda: story.accept(formed),
        lambda: story.pay(formed, 14_999),
        lambda: story.pay(formed, 1),
    ):
        happens()
        found.append(statement(story, formed.statement)["status"])
    assert found == ["formed", "countersigned", "accepted", "accepted", "paid"]
    document = statement(story, formed.statement)
    assert document["paid"] == 15_000
    assert [each["amount"] for each in document["payments"]] == [14_999, 1]


def test_a_statement_that_comes_to_nothing_is_paid_as_soon_as_it_is_accepted() -> None:
    """Nobody is to pay a zero before its month is over."""
    story = Story()
    story.treated(price=0)
    formed = story.form()
    story.countersign(formed)
    story.accept(formed)
    document = statement(story, formed.statement)
    assert (document["status"], document["owed"], document["remaining"]) == ("paid", 0, 0)


@pytest.mark.parametrize(
    "told",
    [
        {"digest": "00" * 32},
        {"total": 15_001},
        {"count": 2},
        {"as_of": 1},
        {"provider": uuid4()},
        {"payer": uuid4()},
        {"period": "2026-10"},
        {"package": "package-8"},
        {"contract": uuid4()},
    ],
    ids=lambda told: next(iter(told)),
)
def test_a_statement_that_its_charges_contradict_is_corruption(told: dict[str, Any]) -> None:
    """A formed statement is held against the charges, never believed."""
    story = Story()
    story.treated()
    story.form(**told)
    with pytest.raises(
        ReadModelCorrupt, match=r"^statement\.(digest|totals)_mismatch at records/9"
    ):
        folded("payment_statement", story)


def test_a_withheld_charge_says_why() -> None:
    """An act without a price stands as a work item, in no statement."""
    story = Story()
    story.treated(price=None)
    (document,) = folded("payment_statement", story).documents.values()
    assert (document["status"], document["reason"]) == ("withheld", "no_tariff")
    assert (document["contract"], document["period"]) == (None, None)
    assert document["kind"] == "service"


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, "no_group"),
        ({"service": "ehealth/groups/2026|A1", "package": "surgery"}, "no_price"),
    ],
    ids=["not grouped", "grouped"],
)
def test_a_withheld_case_tells_as_much_as_is_known(known: dict[str, str], reason: str) -> None:
    """Before a group is found a case has neither service nor package; a work item all the same."""
    story = Story()
    story.treated(price=None)
    was = story.log.records[-1].fact
    assert isinstance(was, ChargeWithheld)
    unknown = {"service": None, "package": None}
    case = {"kind": "case", "charge": uuid4(), "reason": reason, **unknown, **known}
    story.log.add(was.model_copy(update=case))
    document = list(folded("payment_statement", story).documents.values())[-1]
    assert (document["status"], document["kind"], document["reason"]) == (
        "withheld",
        "case",
        reason,
    )
    assert (document["service"], document["package"]) == (
        known.get("service"),
        known.get("package"),
    )


def test_a_charge_withheld_under_version_1_is_read_for_ever() -> None:
    """The old topic folds into the same row as the new one says of a service."""
    story = Story()
    story.treated(price=None)
    was = story.log.records[-1].fact
    assert isinstance(was, ChargeWithheld)
    later = set(ChargeWithheld.model_fields) - set(ChargeWithheldV1.model_fields)
    fields = was.model_dump(exclude=later)
    story.log.add(ChargeWithheldV1(**fields | {"charge": uuid4()}))
    new, old = list(folded("payment_statement", story).documents.values())[-2:]
    told = ("status", "kind", "reason", "service", "package", "contract", "period", "act")
    assert [old[name] for name in told] == [new[name] for name in told]


def test_a_flag_stands_beside_its_charge_and_not_in_the_statement() -> None:
    """What a rule found is told with the line; the bytes that are signed stay as they were."""
    story = Story()
    patient = story.patient()
    treated = story.treat(patient, story.refer(patient))
    before = story.folded().digest()
    flagged = story.flag(treated)
    formed = story.form()
    assert formed.digest == before
    assert statement(story, formed.statement)["digest"] == before
    documents = folded("payment_statement", story).documents
    (charge,) = (each for key, each in documents.items() if key.table == "payment_charge")
    (flag,) = charge["flags"]
    assert (flag["rule"], flag["version"]) == ("over_ceiling", 1)
    assert flag["evidence"] == {"planned": "10000"}
    assert flag["position"] == story.log.records[-2].position
    assert story.log.records[-2].command_id == flagged.command_id


def test_a_charge_leads_back_to_the_signed_act() -> None:
    """A line names the position and the command of the act that earned it."""
    story = Story()
    story.treated()
    found = folded("payment_statement", story).documents.items()
    (document,) = (each for key, each in found if key.table == "payment_charge")
    act = story.log.records[document["act"]["position"] - 1]
    assert act.topic == "encounter.recorded.v1"
    assert document["command_id"] == str(act.command_id)
    assert (document["package"], document["period"]) == (PACKAGE, PERIOD)
