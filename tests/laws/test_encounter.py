"""The law of encounter packages: rules 24, 25, 29, 31, 35, 39 and 49, and what an act earns."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ehealth_ledger.aggregates.referral import Status
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.encounter import EncounterRecorded
from ehealth_ledger.values.time import Month, microseconds
from tests.laws.bench import BASIS, NOW, Change, Scene, altered, asks, both, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    CONDITION,
    ENCOUNTER,
    ENTITY,
    ICD,
    ICPC,
    OBSERVATION,
    PATIENT,
    REFERRAL,
    SERVICE,
    coded,
    moment,
    reference,
)
from tests.laws.scenes.encounter import record_encounter
from tests.laws.tables import refused, row

OTHER = an_id("other")
_BASED_ON = "$.resources[0].basedOn[0].reference"
_DIAGNOSIS = "$.resources[0].diagnosis"
_CODING = "$.resources[1].code.coding"


def _encounter(*path: str | int, value: Any) -> Change:
    return asks("resources", 0, *path, value=value)


def _diagnoses(*changes: dict[str, Any]) -> Change:
    def change(scene: Scene) -> None:
        (one,) = scene.content["resources"][0]["diagnosis"]
        scene.content["resources"][0]["diagnosis"] = [{**deepcopy(one), **each} for each in changes]

    return change


def _codings(*systems: str) -> Change:
    codes = {ICD: "I10", ICPC: "K86"}
    coding = [{"system": system, "code": codes[system]} for system in systems]
    return asks("resources", 1, "code", "coding", value=coding)


_COMORBID = {"use": coded("eHealth/diagnosis_roles", "comorbidity")}
ROWS = [
    row(
        "another performer than signs",
        "encounter.performer_not_signer",
        "$.resources[0].participant[0].individual.reference",
        _encounter("participant", 0, "individual", value=reference("PractitionerRole", OTHER)),
    ),
    row(
        "in another institution's name",
        "actor.other_legal_entity",
        "$.resources[0].serviceProvider.reference",
        _encounter("serviceProvider", value=reference("Organization", OTHER)),
    ),
    row("no such patient", "patient.unknown", "$.resources[0].subject.reference", without(PATIENT)),
    row(
        "two members share an id",
        "encounter.id_repeated",
        "$.resources[2].id",
        asks("resources", 2, "id", value=str(CONDITION)),
    ),
    row("the encounter's id is taken", "id.not_new", "$.resources[0].id", taken(ENCOUNTER)),
    row("the condition's id is taken", "id.not_new", "$.resources[1].id", taken(CONDITION)),
    row("the observation's id is taken", "id.not_new", "$.resources[2].id", taken(OBSERVATION)),
    row(
        "it ends before it starts",
        "encounter.period_reversed",
        "$.resources[0].period",
        _encounter("period", "start", value=moment(minutes=4)),
    ),
    row(
        "it ends a microsecond from now",
        "encounter.period_in_future",
        "$.resources[0].period.end",
        _encounter("period", "end", value=moment(microseconds=-1)),
    ),
    row(
        "it began seven days and a microsecond ago",
        "encounter.period_too_old",
        "$.resources[0].period.start",
        _encounter("period", "start", value=moment(days=7, microseconds=1)),
    ),
    row(
        "a condition of another patient",
        "encounter.subject_mismatch",
        "$.resources[1].subject.reference",
        asks("resources", 1, "subject", value=reference("Patient", OTHER)),
    ),
    row(
        "an observation of another patient",
        "encounter.subject_mismatch",
        "$.resources[2].subject.reference",
        asks("resources", 2, "subject", value=reference("Patient", OTHER)),
    ),
    row(
        "a condition of another encounter",
        "encounter.context_mismatch",
        "$.resources[1].encounter.reference",
        asks("resources", 1, "encounter", value=reference("Encounter", OTHER)),
    ),
    row(
        "an observation of another encounter",
        "encounter.context_mismatch",
        "$.resources[2].encounter.reference",
        asks("resources", 2, "encounter", value=reference("Encounter", OTHER)),
    ),
    row("ICPC-2 in AMB", "encounter.code_system_not_allowed", _CODING, _codings(ICPC)),
    row(
        "ICPC-2 in INPATIENT",
        "encounter.code_system_not_allowed",
        _CODING,
        both(_codings(ICPC), _encounter("class", "code", value="INPATIENT")),
    ),
    row("ICPC-2 beside ICD-10", "encounter.code_system_not_allowed", _CODING, _codings(ICD, ICPC)),
    row("two codes of ICD-10", "encounter.code_system_repeated", _CODING, _codings(ICD, ICD)),
    row(
        "no condition of the package",
        "encounter.diagnosis_unresolved",
        f"{_DIAGNOSIS}[0].condition.reference",
        _diagnoses({"condition": reference("Condition", OTHER)}),
    ),
    row("rank 0", "encounter.diagnosis_rank", f"{_DIAGNOSIS}[0].rank", _diagnoses({"rank": 0})),
    row("rank 11", "encounter.diagnosis_rank", f"{_DIAGNOSIS}[0].rank", _diagnoses({"rank": 11})),
    row("no diagnosis", "encounter.primary_diagnosis_count", _DIAGNOSIS, _diagnoses()),
    row("no primary one", "encounter.primary_diagnosis_count", _DIAGNOSIS, _diagnoses(_COMORBID)),
    row("two primary ones", "encounter.primary_diagnosis_count", _DIAGNOSIS, _diagnoses({}, {})),
    row("no such referral", "referral.unknown", _BASED_ON, without(REFERRAL)),
    row(
        "another patient's",
        "referral.of_other_patient",
        _BASED_ON,
        altered(REFERRAL, patient=OTHER),
    ),
    row(
        "its last moment has come",
        "referral.expired",
        _BASED_ON,
        altered(REFERRAL, expires_at=microseconds(NOW)),
    ),
    row(
        "not for counselling",
        "referral.other_category",
        _BASED_ON,
        altered(REFERRAL, category="108252007"),
    ),
    *(
        row(status.value, "referral.not_active", _BASED_ON, altered(REFERRAL, status=status))
        for status in (Status.COMPLETED, Status.RECALLED, Status.ENTERED_IN_ERROR)
    ),
    row(
        "another institution redeemed it",
        "referral.of_other_entity",
        _BASED_ON,
        altered(REFERRAL, redeemed_by=OTHER),
    ),
    row(
        "another service",
        "referral.other_service",
        "$.resources[0].serviceType",
        altered(REFERRAL, services=("eHealth/services|OTHER",)),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), ROWS)
def test_record(change: Change, code: str, path: str) -> None:
    """A package is whole, timely, about one patient, and closes the referral that asked for it."""
    assert refused(record_encounter, change) == (code, path)


_ALLOWED: list[tuple[str, Change]] = [
    ("it ends now", _encounter("period", "end", value=moment(seconds=0))),
    ("it began seven days ago", _encounter("period", "start", value=moment(days=7))),
    ("it lasted no time", _encounter("period", "start", value=moment(minutes=5))),
    ("rank 10", _diagnoses({"rank": 10})),
    ("no rank", _diagnoses({"rank": None})),
    ("a comorbidity beside the primary", _diagnoses({}, _COMORBID)),
    (
        "both systems in PHC",
        both(_codings(ICD, ICPC), _encounter("class", "code", value="PHC")),
    ),
    ("nobody redeemed it before", altered(REFERRAL, redeemed_by=None)),
    ("one of two services", altered(REFERRAL, services=("eHealth/services|OTHER", SERVICE))),
]


@pytest.mark.parametrize(
    "change", [change for _, change in _ALLOWED], ids=[name for name, _ in _ALLOWED]
)
def test_what_lies_just_inside_the_rules(change: Change) -> None:
    """The last allowed value of each rule is allowed."""
    scene = record_encounter()
    change(scene)
    assert len(scene.judge()) == 3


def test_an_encounter_without_a_referral_earns_nothing() -> None:
    """Without a referral the act stands alone: no completion, no charge."""
    scene = record_encounter()
    del scene.content["resources"][0]["basedOn"]
    (recorded,) = scene.judge()
    assert isinstance(recorded, EncounterRecorded)
    assert recorded.referral is None


def _charge(scene: Scene) -> ChargeAccrued:
    charge = scene.judge()[2]
    assert isinstance(charge, ChargeAccrued)
    return charge


def test_an_act_is_priced_in_its_own_commit() -> None:
    """The charge names the act's position, its day, the tariff's price, and balances."""
    charge = _charge(record_encounter())
    assert charge.act_position == BASIS + 1
    assert (charge.quantity, charge.unit_price, charge.amount) == (1, 15_000, 15_000)
    assert (charge.provider, charge.day, charge.period) == (ENTITY, date(2026, 11, 23), "2026-11")
    assert [posting.amount for posting in charge.postings] == [15_000, -15_000]
    assert str(PATIENT).encode() not in charge.to_bytes()


@pytest.mark.parametrize("missing", ["tariffs", "contracts"])
def test_care_is_never_refused_for_money(missing: str) -> None:
    """Without a tariff or contract on the day, the act stands and the charge is withheld with
    why.
    """
    scene = record_encounter()
    getattr(scene.lookups, missing).known.clear()
    charge = scene.judge()[2]
    assert isinstance(charge, ChargeWithheld)
    assert charge.reason == {"tariffs": "no_tariff", "contracts": "no_contract"}[missing]


def test_the_tariff_of_the_acts_day_prices_it() -> None:
    """A tariff that ended the day before the act prices nothing, whatever holds today."""
    scene = record_encounter()
    (year,) = scene.lookups.tariffs.known[SERVICE]
    scene.lookups.tariffs.known[SERVICE] = [(date(2026, 11, 24), date(2026, 12, 31), year[2])]
    assert isinstance(scene.judge()[2], ChargeWithheld)


@pytest.mark.parametrize(
    ("closed", "period"),
    [
        ({}, "2026-11"),
        ({"2026-11": NOW + timedelta(microseconds=1)}, "2026-11"),
        ({"2026-11": NOW}, "2026-12"),
        ({"2026-11": NOW, "2026-12": NOW}, "2027-01"),
        ({"2026-10": NOW}, "2026-11"),
    ],
    ids=["none set", "a microsecond to go", "at the cut-off", "two closed", "only the one before"],
)
def test_a_late_act_falls_into_the_next_open_month(
    closed: dict[str, datetime], period: Month
) -> None:
    """The act's month while it is open, afterwards the first open one; never one that is closed."""
    scene = record_encounter()
    scene.lookups.cut_offs.known = {month: microseconds(when) for month, when in closed.items()}
    assert _charge(scene).period == period


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2026, 3, 28, 21, 59, 59, tzinfo=UTC), date(2026, 3, 28)),  # UTC+2, 23:59:59
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 20, 59, 59, tzinfo=UTC), date(2026, 3, 29)),  # UTC+3 since 3 a.m.
        (datetime(2026, 3, 29, 21, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 21, 59, 59, tzinfo=UTC), date(2026, 10, 25)),  # UTC+2 again
        (datetime(2026, 10, 25, 22, 0, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 10, 31, 22, 0, tzinfo=UTC), date(2026, 11, 1)),
    ],
)
def test_the_day_of_an_act_is_kyivs(start: datetime, day: date) -> None:
    """A day ends at Kyiv's midnight, through both changes of the clock."""
    scene = record_encounter()
    scene.now = start + timedelta(hours=1)
    scene.content["resources"][0]["period"] = {
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=10)).isoformat(),
    }
    assert _charge(scene).day == day
    assert _charge(scene).period == f"{day:%Y-%m}"
