"""The law of encounter packages: rules 24 to 39 and 49, and what an act earns."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import Status as Employment
from ehealth_ledger.aggregates.episode import Episode
from ehealth_ledger.aggregates.episode import Status as EpisodeStatus
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import ClinicalResource
from ehealth_ledger.aggregates.referral import Status
from ehealth_ledger.commands.encounter import Child
from ehealth_ledger.commands.fhir.member import Member
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.entrypoints.demo.resources.encounter import everything_else
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.encounter import EncounterRecorded
from ehealth_ledger.events.episode import EpisodeDiagnosed
from ehealth_ledger.values.identifiers import DivisionId, LegalEntityId, directory_stream
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.parameters.encounter import (
    ENCOUNTER_DIVISION_CLASSES,
    ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND,
)
from ehealth_ledger.values.time import Month, microseconds
from tests.laws.bench import (
    BASIS,
    NOW,
    Change,
    Scene,
    altered,
    asks,
    both,
    given,
    taken,
    without,
)
from tests.laws.directories import listed
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    ACTOR,
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
    employee,
    moment,
    reference,
)
from tests.laws.scenes.encounter import record_encounter
from tests.laws.scenes.episode import EPISODE, episode
from tests.laws.tables import refused, row

OTHER = an_id("other")
CHILDREN: Final[dict[str, type[Member]]] = {
    get_args(kind.model_fields["resource_type"].annotation)[0]: kind for kind in get_args(Child)
}
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


def _hospital(**stay: Any) -> Change:
    """Turn the scene into an inpatient encounter, with a stay where one is given."""

    def change(scene: Scene) -> None:
        encounter = scene.content["resources"][0]
        encounter["class"]["code"] = "INPATIENT"
        encounter["priority"] = coded("eHealth/encounter_priority", "urgent")
        if stay:
            encounter["type"] = [coded("eHealth/encounter_types", "discharge")]
            encounter["hospitalization"] = {name: each for name, each in stay.items() if each}

    return change


def _primary_care(**other: Any) -> Change:
    """Turn the scene into one of primary care, without a referral; `other` fields differ."""

    def change(scene: Scene) -> None:
        scene.states[ACTOR] = employee("DOCTOR")
        encounter = scene.content["resources"][0]
        del encounter["basedOn"], encounter["serviceType"]
        encounter["class"]["code"] = "PHC"
        encounter["reasonCode"] = [coded("eHealth/ICPC2/reasons", "A04")]
        encounter["extension"] = [_ACTION]
        encounter.update(other)

    return change


def _without(*fields: str) -> Change:
    def change(scene: Scene) -> None:
        for name in fields:
            del scene.content["resources"][0][name]

    return change


def _paper(day: str) -> Json:
    return {
        "url": "eHealth/paper_referral",
        "extension": [
            {"url": "requester_edrpou", "valueString": "30000001"},
            {"url": "requester_name", "valueString": "Поліклініка"},
            {"url": "date", "valueDate": day},
        ],
    }


def _dated(place: int, name: str, **ago: float) -> Change:
    return asks("resources", place, name, value=moment(**ago))


def _rests_on(kind: str, wanted: UUID) -> Change:
    evidence = [{"detail": [reference(kind, wanted)]}]
    return asks("resources", 1, "evidence", value=evidence)


def _on_record(**other: Any) -> Change:
    """Let the condition rest on an observation recorded earlier."""
    fields: dict[str, Any] = {
        "kind": "Observation",
        "patient": PATIENT,
        "encounter": an_id("earlier encounter"),
        "in_error": False,
        "episode": EPISODE,
    }

    def change(scene: Scene) -> None:
        _rests_on("Observation", OTHER)(scene)
        scene.lookups.resources.known[OTHER] = ClinicalResource(**(fields | other))

    return change


def _at_second_hand(place: int) -> Change:
    return both(
        asks("resources", place, "extension", value=[_ORIGIN]),
        lambda scene: scene.content["resources"][place].pop(_ASSERTER[place]),
    )


def _reserved(code: str) -> Change:
    """Diagnose what the shipped parameters reserve for psychiatrists."""
    return asks("resources", 1, "code", "coding", value=[{"system": ICD, "code": code}])


def _at_division(division: Division | None) -> Change:
    place = [{"location": reference("Location", OTHER)}]
    return both(_encounter("location", value=place), given(OTHER, division))


def _sets(name: str, value: Any) -> Change:
    return lambda scene: scene.states.update([valued(name, value)])


_ASSERTER = {1: "asserter", 2: "performer"}
_ACTION = {
    "url": "eHealth/extensions/action",
    "valueCodeableConcept": coded("eHealth/ICPC2/actions", "A31"),
}
_ORIGIN = {
    "url": "eHealth/extensions/report_origin",
    "valueCodeableConcept": coded("eHealth/report_origins", "patient"),
}
_DEPARTMENT = {
    "url": "eHealth/extensions/discharge_department",
    "valueCodeableConcept": coded("eHealth/encounter_discharge_department", "cardiology"),
}
_STAY: dict[str, Any] = {
    "admitSource": coded("eHealth/encounter_admit_source", "1"),
    "dischargeDisposition": coded("eHealth/encounter_discharge_disposition", "1"),
    "extension": [_DEPARTMENT],
}
_DIVISION_AT = "$.resources[0].location[0].location.reference"
_EPISODE_AT = "$.resources[0].episodeOfCare[0].reference"
_STAY_AT = "$.resources[0].hospitalization"
_EVIDENCE_AT = "$.resources[1].evidence[0].detail[0].reference"
_COMORBID = {"use": coded("eHealth/diagnosis_roles", "comorbidity")}
_RETIRED = listed(ICD, "I10")[1].retired(["I10"], date(2026, 11, 1))
_SYSTOLIC = coded("http://loinc.org", "8480-6")


def _observed(**found: Any) -> Change:
    """Observe something else than a pressure."""

    def change(scene: Scene) -> None:
        scene.content = deepcopy(scene.content)
        observation: Any = scene.content["resources"][2]
        del observation["valueQuantity"]
        observation.update(found)

    return change


_NESTED: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "a unit that no directory lists",
        "code.unknown",
        "valueQuantity.code",
        {
            "valueQuantity": {
                "value": 142,
                "system": "http://unitsofmeasure.org",
                "code": "furlong",
            }
        },
    ),
    (
        "a component that no directory lists",
        "code.unknown",
        "component[0].code.coding[0].code",
        {
            "component": [
                {"code": coded("http://loinc.org", "0000-0"), "valueQuantity": {"value": 142}}
            ]
        },
    ),
    (
        "a component coded as a diagnosis",
        "encounter.code_system_unexpected",
        "component[0].code.coding[0].system",
        {"component": [{"code": coded(ICD, "I10"), "valueQuantity": {"value": 142}}]},
    ),
    (
        "a component's value of no directory",
        "code.directory_unknown",
        "component[0].valueCodeableConcept.coding[0].code",
        {
            "component": [
                {"code": _SYSTOLIC, "valueCodeableConcept": coded("eHealth/nowhere", "high")}
            ]
        },
    ),
]
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
        "a patient who died",
        "patient.not_active",
        "$.resources[0].subject.reference",
        altered(PATIENT, active=False, deceased=True),
    ),
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
        both(_codings(ICPC), _hospital()),
    ),
    row("ICPC-2 beside ICD-10", "encounter.code_system_not_allowed", _CODING, _codings(ICD, ICPC)),
    row("two codes of ICD-10", "encounter.code_system_repeated", _CODING, _codings(ICD, ICD)),
    row(
        "a diagnosis of no directory's",
        "code.unknown",
        f"{_CODING}[0].code",
        asks("resources", 1, "code", "coding", 0, "code", value="I99.8"),
    ),
    row(
        "a diagnosis that was retired before the visit",
        "code.not_active",
        f"{_CODING}[0].code",
        given(directory_stream(ICD), _RETIRED),
    ),
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
    row("no such episode", "episode.unknown", _EPISODE_AT, without(EPISODE)),
    row(
        "an episode of another patient",
        "episode.of_other_patient",
        _EPISODE_AT,
        altered(EPISODE, patient=OTHER),
    ),
    row(
        "an episode of another institution",
        "episode.of_other_entity",
        _EPISODE_AT,
        altered(EPISODE, legal_entity=OTHER),
    ),
    *(
        row(status.value, "episode.not_active", _EPISODE_AT, altered(EPISODE, status=status))
        for status in (EpisodeStatus.CLOSED, EpisodeStatus.ENTERED_IN_ERROR)
    ),
    row(
        "on the day before the episode",
        "encounter.before_episode",
        "$.resources[0].period.start",
        altered(EPISODE, started_on=date(2026, 11, 24)),
    ),
    row(
        "a specialist in primary care",
        "encounter.class_not_allowed",
        "$.resources[0].class.code",
        both(_primary_care(), given(ACTOR, employee("SPECIALIST"))),
    ),
    row(
        "a discharge from a clinic",
        "encounter.type_not_allowed",
        "$.resources[0].type[0].coding[0].code",
        _encounter("type", value=[coded("eHealth/encounter_types", "discharge")]),
    ),
    row(
        "primary care without a reason",
        "encounter.reasons_required",
        "$.resources[0].reasonCode",
        _primary_care(reasonCode=[]),
    ),
    row(
        "primary care without an action",
        "encounter.actions_required",
        "$.resources[0].extension",
        _primary_care(extension=[]),
    ),
    row(
        "primary care with a service",
        "encounter.service_not_allowed",
        "$.resources[0].serviceType",
        _primary_care(serviceType=coded("eHealth/services", "A67003")),
    ),
    row(
        "no service in AMB",
        "encounter.service_required",
        "$.resources[0].serviceType",
        _without("serviceType"),
    ),
    row(
        "an action of ICPC-2 in AMB",
        "encounter.actions_not_allowed",
        "$.resources[0].extension",
        _encounter("extension", value=[_ACTION]),
    ),
    row(
        "inpatient without a priority",
        "encounter.priority_required",
        "$.resources[0].priority",
        both(_hospital(), _without("priority")),
    ),
    row(
        "a hospital stay in AMB",
        "encounter.hospitalization_not_inpatient",
        _STAY_AT,
        _encounter("hospitalization", value=_STAY),
    ),
    *(
        row(
            f"a discharge without {name}",
            "encounter.discharge_incomplete",
            f"{_STAY_AT}.{name}",
            _hospital(**{**_STAY, name: None}),
        )
        for name in _STAY
    ),
    row(
        "a condition nobody asserts",
        "encounter.asserter_required",
        "$.resources[1].asserter.reference",
        lambda scene: scene.content["resources"][1].pop("asserter"),
    ),
    row(
        "an observation nobody asserts",
        "encounter.asserter_required",
        "$.resources[2].performer[0].reference",
        lambda scene: scene.content["resources"][2].pop("performer"),
    ),
    row(
        "asserted, and from the patient's words",
        "encounter.two_sources",
        "$.resources[1].asserter.reference",
        asks("resources", 1, "extension", value=[_ORIGIN]),
    ),
    row(
        "asserted by nobody who works",
        "encounter.asserter_unknown",
        "$.resources[1].asserter.reference",
        asks("resources", 1, "asserter", value=reference("PractitionerRole", OTHER)),
    ),
    row(
        "asserted in another institution",
        "encounter.asserter_of_other_entity",
        "$.resources[1].asserter.reference",
        both(
            asks("resources", 1, "asserter", value=reference("PractitionerRole", OTHER)),
            given(OTHER, employee("SPECIALIST", entity=OTHER)),
        ),
    ),
    row(
        "asserted by who was dismissed",
        "encounter.asserter_dismissed",
        "$.resources[1].asserter.reference",
        both(
            asks("resources", 1, "asserter", value=reference("PractitionerRole", OTHER)),
            given(OTHER, replace(employee("SPECIALIST"), status=Employment.DISMISSED)),
        ),
    ),
    row(
        "schizophrenia asserted by a cardiologist",
        "encounter.speciality_not_allowed",
        "$.resources[1].code.coding[0].code",
        both(_reserved("F20.0"), altered(ACTOR, specialities=("CARDIOLOGY",))),
    ),
    row(
        "without a division in a class that asks for one",
        "encounter.division_required",
        "$.resources[0].location",
        given(*valued(ENCOUNTER_DIVISION_CLASSES, ("INPATIENT", "AMB"))),
    ),
    row("in no division", "encounter.division_unknown", _DIVISION_AT, _at_division(None)),
    row(
        "in a division of another institution",
        "encounter.division_of_other_entity",
        _DIVISION_AT,
        _at_division(Division(DivisionId(OTHER), LegalEntityId(OTHER), "CLINIC")),
    ),
    row(
        "in a closed division",
        "encounter.division_not_active",
        _DIVISION_AT,
        _at_division(Division(DivisionId(OTHER), LegalEntityId(ENTITY), "CLINIC", active=False)),
    ),
    row(
        "recorded a microsecond from now",
        "encounter.moment_in_future",
        "$.resources[1].recordedDate",
        _dated(1, "recordedDate", microseconds=-1),
    ),
    row(
        "measured a microsecond from now",
        "encounter.moment_in_future",
        "$.resources[2].effectiveDateTime",
        _dated(2, "effectiveDateTime", microseconds=-1),
    ),
    row(
        "begun eight days ago, where conditions are of the week",
        "encounter.moment_too_old",
        "$.resources[1].onsetDateTime",
        both(
            _dated(1, "onsetDateTime", days=8),
            given(*valued(ENCOUNTER_MEMBER_DAYS_MAX_BY_KIND, {"Condition": 7})),
        ),
    ),
    row(
        "begun 54 751 days ago",
        "encounter.moment_too_old",
        "$.resources[1].onsetDateTime",
        _dated(1, "onsetDateTime", days=54_751),
    ),
    row(
        "no such evidence",
        "encounter.evidence_unknown",
        _EVIDENCE_AT,
        _rests_on("Observation", OTHER),
    ),
    row(
        "evidence of another kind in the package",
        "encounter.evidence_unknown",
        _EVIDENCE_AT,
        _rests_on("DiagnosticReport", OBSERVATION),
    ),
    row(
        "evidence of another kind on record",
        "encounter.evidence_unknown",
        _EVIDENCE_AT,
        _on_record(kind="Condition"),
    ),
    row(
        "evidence about another patient",
        "encounter.evidence_of_other_patient",
        _EVIDENCE_AT,
        _on_record(patient=OTHER),
    ),
    row(
        "evidence entered in error",
        "encounter.evidence_in_error",
        _EVIDENCE_AT,
        _on_record(in_error=True),
    ),
    row(
        "an observation's code from another system",
        "encounter.code_system_unexpected",
        "$.resources[2].code.coding[0].system",
        asks("resources", 2, "code", value=coded("eHealth/vaccine_codes", "BCG")),
    ),
    row(
        "an observation's code that no directory lists",
        "code.unknown",
        "$.resources[2].code.coding[0].code",
        asks("resources", 2, "code", value=coded("http://loinc.org", "0000-0")),
    ),
    *(
        row(name, code, f"$.resources[2].{place}", _observed(**found))
        for name, code, place, found in _NESTED
    ),
    row(
        "a diagnosis that no directory lists",
        "code.unknown",
        "$.resources[1].code.coding[0].code",
        asks("resources", 1, "code", "coding", value=[{"system": ICD, "code": "I99.9"}]),
    ),
    row(
        "a service of no catalogue",
        "catalogue.service_unknown",
        "$.resources[0].serviceType.coding[0].code",
        _encounter("serviceType", value=coded("eHealth/services", "X00001")),
    ),
    row(
        "a type from another system",
        "encounter.code_system_unexpected",
        "$.resources[0].type[0].coding[0].system",
        _encounter("type", value=[coded("eHealth/episode_types", "service_delivery_location")]),
    ),
    row(
        "a reason from another system",
        "encounter.code_system_unexpected",
        "$.resources[0].reasonCode[0].coding[0].system",
        _primary_care(reasonCode=[coded("eHealth/ICPC2/actions", "A31")]),
    ),
    row(
        "electronic and on paper",
        "encounter.two_referrals",
        "$.resources[0].basedOn",
        _encounter("extension", value=[_paper("2026-11-20")]),
    ),
    row(
        "on paper of the day after",
        "encounter.paper_referral_later",
        "$.resources[0].extension",
        both(_without("basedOn"), _encounter("extension", value=[_paper("2026-11-24")])),
    ),
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


_PSYCHIATRY = ("CARDIOLOGY", "PSYCHIATRY")
_OWN = Division(DivisionId(OTHER), LegalEntityId(ENTITY), "CLINIC")
_RANKS = _sets("encounter.diagnosis_rank_max", 11)
_DAYS = _sets("encounter.days_passed_max", 8)
_LONG_AGO = _encounter("period", "start", value=moment(days=8))
_ALLOWED: list[tuple[str, Change]] = [
    ("it ends now", _encounter("period", "end", value=moment(seconds=0))),
    ("it began seven days ago", _encounter("period", "start", value=moment(days=7))),
    ("it lasted no time", _encounter("period", "start", value=moment(minutes=5))),
    ("rank 10", _diagnoses({"rank": 10})),
    ("no rank", _diagnoses({"rank": None})),
    ("a comorbidity beside the primary", _diagnoses({}, _COMORBID)),
    ("on the day of the episode", altered(EPISODE, started_on=date(2026, 11, 23))),
    ("inpatient", _hospital()),
    ("a whole discharge", _hospital(**_STAY)),
    ("a condition from the patient's words", _at_second_hand(1)),
    ("an observation from the patient's words", _at_second_hand(2)),
    ("begun 54 750 days ago", _dated(1, "onsetDateTime", days=54_750)),
    ("a psychiatrist's code", both(_reserved("F20.0"), altered(ACTOR, specialities=_PSYCHIATRY))),
    ("a code beside the reserved ones", _reserved("F21")),
    ("in a division of its own", _at_division(_OWN)),
    ("evidence of the package", _rests_on("Observation", OBSERVATION)),
    ("evidence on record", _on_record()),
    ("rank 11 where the parameter allows it", both(_diagnoses({"rank": 11}), _RANKS)),
    ("eight days where the parameter allows them", both(_LONG_AGO, _DAYS)),
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
    assert len(scene.judge()) == 4


def test_an_encounter_without_a_referral_earns_nothing() -> None:
    """Without a referral the act stands alone: no completion, no charge."""
    scene = record_encounter()
    del scene.content["resources"][0]["basedOn"]
    recorded, diagnosed = scene.judge()
    assert isinstance(recorded, EncounterRecorded)
    assert isinstance(diagnosed, EpisodeDiagnosed)
    assert recorded.referral is None


@pytest.mark.parametrize(
    "change",
    [
        _primary_care(),
        both(_primary_care(), _codings(ICD, ICPC)),
        both(_without("basedOn"), _encounter("extension", value=[_paper("2026-11-23")])),
    ],
    ids=["primary care", "both systems in primary care", "a referral on paper"],
)
def test_what_is_recorded_without_an_electronic_referral(change: Change) -> None:
    """Primary care, and care referred on paper, is recorded and earns no charge."""
    scene = record_encounter()
    change(scene)
    assert [fact.TOPIC for fact in scene.judge()] == [
        "encounter.recorded.v1",
        "episode.diagnosed.v1",
    ]


def test_an_episode_gets_the_diagnoses_with_role_and_rank() -> None:
    """The diagnoses stand on the episode's stream, and the last encounter's are the current."""
    facts = record_encounter().judge()
    diagnosed = next(fact for fact in facts if isinstance(fact, EpisodeDiagnosed))
    (made,) = diagnosed.diagnoses
    assert (made.condition, made.role, made.rank) == (CONDITION, "primary", 1)
    assert made.pointer == "/resources/1"
    state = evolve(episode(), diagnosed)
    assert isinstance(state, Episode)
    assert state.current_diagnoses == (CONDITION,)


def test_a_whole_package_is_accepted() -> None:
    """One of each member the national system knows is recorded, each with its kind and pointer."""
    scene = record_encounter()
    package = scene.content["resources"]
    performer = Actor(ACTOR, ENTITY, None)  # type: ignore[arg-type]
    package += everything_else(package, PATIENT, performer, at=NOW - timedelta(minutes=5))
    recorded = scene.judge()[0]
    assert isinstance(recorded, EncounterRecorded)
    assert [each.kind for each in recorded.members] == [
        each["resourceType"] for each in package[1:]
    ]
    assert len({each.kind for each in recorded.members}) == 13


@pytest.mark.parametrize("kind", sorted(set(CHILDREN)))
def test_rule_35_holds_for_every_member(kind: str) -> None:
    """Whatever FHIR calls patient and encounter there, another's is refused at its own path."""
    for field, code in (("about", "subject_mismatch"), ("within", "context_mismatch")):
        scene = record_encounter()
        package = scene.content["resources"]
        performer = Actor(ACTOR, ENTITY, None)  # type: ignore[arg-type]
        rest = everything_else(package, PATIENT, performer, at=NOW - timedelta(minutes=5))
        package += json.loads(canonical(rest))  # no two of them share a part
        at = next(n for n, each in enumerate(package) if each["resourceType"] == kind)
        member = CHILDREN[kind]
        path = f"{member.SUBJECT_AT}.reference" if field == "about" else member.ENCOUNTER_AT
        target = f"{'Patient' if field == 'about' else 'Encounter'}/{OTHER}"
        _put(package[at], path, target)
        with pytest.raises(RuleBroken) as refusal:
            scene.judge()
        assert refusal.value.code == f"encounter.{code}"
        assert refusal.value.path == f"$.resources[{at}].{path}"


def _put(resource: Any, path: str, value: str) -> None:
    """Change what a path such as `extension[0].valueReference.reference` leads to."""
    *steps, last = re.findall(r"[A-Za-z]+|[0-9]+", path)
    place = resource
    for step in steps:
        place = place[int(step) if step.isdecimal() else step]
    place[last] = value


_VACCINE = {
    "resourceType": "Immunization",
    "id": str(an_id("immunization")),
    "status": "completed",
    "vaccineCode": coded("eHealth/vaccine_codes", "BCG"),
    "patient": reference("Patient", PATIENT),
    "encounter": reference("Encounter", ENCOUNTER),
    "occurrenceDateTime": moment(minutes=6),
}
_GIVEN = [{"actor": reference("PractitionerRole", ACTOR)}]
_TOLD = coded("eHealth/report_origins", "patient")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param(
            {"primarySource": True},
            "encounter.asserter_required",
            id="rule 34: encounter.asserter_required: given here, by nobody",
        ),
        pytest.param(
            {"primarySource": False},
            "encounter.report_origin_required",
            id="rule 34: encounter.report_origin_required: given elsewhere, told by nobody",
        ),
        pytest.param(
            {"primarySource": False, "reportOrigin": _TOLD, "performer": _GIVEN},
            "encounter.two_sources",
            id="rule 34: encounter.two_sources: given elsewhere, and here",
        ),
        pytest.param({"primarySource": True, "performer": _GIVEN}, None, id="given here"),
        pytest.param({"primarySource": False, "reportOrigin": _TOLD}, None, id="told"),
    ],
)
def test_a_vaccination_says_where_it_is_known_from(source: Json, code: str | None) -> None:
    """An immunization states its primary source itself, and must keep to it (rule 34)."""
    scene = record_encounter()
    scene.content["resources"].append({**_VACCINE, **source})
    if code is None:
        assert scene.judge()
        return
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert refusal.value.code == code


def _charge(scene: Scene) -> ChargeAccrued:
    charge = scene.judge()[3]
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
    charge = scene.judge()[3]
    assert isinstance(charge, ChargeWithheld)
    assert charge.reason == {"tariffs": "no_tariff", "contracts": "no_contract"}[missing]


def test_the_tariff_of_the_acts_day_prices_it() -> None:
    """A tariff that ended the day before the act prices nothing, whatever holds today."""
    scene = record_encounter()
    (year,) = scene.lookups.tariffs.known[SERVICE]
    scene.lookups.tariffs.known[SERVICE] = [(date(2026, 11, 24), date(2026, 12, 31), year[2])]
    assert isinstance(scene.judge()[3], ChargeWithheld)


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
    altered(EPISODE, started_on=date(2026, 1, 1))(scene)
    for at, name in ((1, "recordedDate"), (2, "effectiveDateTime")):
        scene.content["resources"][at][name] = start.isoformat()
    scene.content["resources"][0]["period"] = {
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=10)).isoformat(),
    }
    assert _charge(scene).day == day
    assert _charge(scene).period == f"{day:%Y-%m}"
