"""The laws of the choice of a family doctor: rules 6 to 10, 13 and 15."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ehealth_ledger.aggregates.declaration import LIVE, Status
from ehealth_ledger.aggregates.lookups import LiveDeclaration
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationSigned,
    DeclarationTerminated,
)
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)
from ehealth_ledger.values.time import KYIV, day_begins
from tests.laws.bench import NOW, Change, Scene, altered, asks, at, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, DIGEST, ENTITY, NEW, PARTY, PATIENT, employee
from tests.laws.scenes.declaration import (
    DECLARATION,
    activate_declaration,
    approve_declaration,
    close_declaration,
    declaration,
    end_declaration_by_patient,
    reject_declaration,
    sign_declaration,
    terminate_declaration,
    waiting,
)
from tests.laws.scenes.patient import CHILD, NO_LONGER_ACTIVE, PARENT, child, person, relationship
from tests.laws.scenes.registry import DIVISION
from tests.laws.tables import refused, row

OTHER = an_id("other")


def _holding(*specialities: str) -> Change:
    return altered(ACTOR, specialities=specialities)


def _chosen(speciality: str, *also: str) -> Change:
    return both(asks("resource", "speciality", value=speciality), _holding(speciality, *also))


def _held(count: int) -> Change:
    return lambda scene: scene.lookups.declarations.held.update({PartyId(PARTY): count})


def _live(scene: Scene, *, party: Any = PARTY, active: bool = True) -> DeclarationId:
    before = DeclarationId(an_id("declaration before"))
    scene.lookups.declarations.live.append(
        LiveDeclaration(
            before,
            PatientId(PATIENT),
            EmployeeId(OTHER),
            PartyId(party),
            active,
            LegalEntityId(ENTITY),
        )
    )
    return before


def _employed_elsewhere(*specialities: str) -> Change:
    """Let the doctor have another job, in other specialities."""
    return lambda scene: scene.lookups.employees.specialities.__setitem__(
        PartyId(PARTY), frozenset(specialities)
    )


SIGNING = [
    row(
        "another doctor is declared than signs",
        "declaration.signer_not_doctor",
        "$.resource.doctor",
        asks("resource", "doctor", value=str(OTHER)),
    ),
    row("no such patient", "patient.unknown", "$.resource.patient", without(PATIENT)),
    row(
        "the patient is dead",
        "patient.not_active",
        "$.resource.patient",
        altered(PATIENT, active=False, deceased=True),
    ),
    row(
        "the patient is merged",
        "patient.not_active",
        "$.resource.patient",
        altered(PATIENT, active=False, merged_into=PatientId(OTHER)),
    ),
    row(
        "nobody knows who the patient is",
        "patient.unidentified",
        "$.resource.patient",
        altered(PATIENT, identified=False),
    ),
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "another chain value at the position",
        "declaration.seed_unknown",
        "$.resource.seed",
        asks("resource", "seed", "chain_value", value=DIGEST),
    ),
    row(
        "a position to come",
        "declaration.seed_unknown",
        "$.resource.seed",
        asks("resource", "seed", "position", value=4000),
    ),
    row(
        "a hospital",
        "declaration.legal_entity_kind",
        "$.legal_entity",
        altered(ENTITY, kind="INPATIENT"),
    ),
    row(
        "an institution the payer has not verified",
        "declaration.legal_entity_not_verified",
        "$.legal_entity",
        altered(ENTITY, nhs_verified=False),
    ),
    row("no such division", "division.unknown", "$.resource.division", without(DIVISION)),
    row(
        "another institution's division",
        "division.of_other_entity",
        "$.resource.division",
        altered(DIVISION, legal_entity=OTHER),
    ),
    row(
        "a closed division",
        "division.not_active",
        "$.resource.division",
        altered(DIVISION, active=False),
    ),
    row(
        "the parent is not known",
        "declaration.unknown",
        "$.resource.parent_declaration",
        asks("resource", "parent_declaration", value=str(DECLARATION)),
    ),
    row(
        "the parent is another patient's",
        "declaration.of_other_patient",
        "$.resource.parent_declaration",
        both(
            asks("resource", "parent_declaration", value=str(DECLARATION)),
            given(DECLARATION, declaration(patient=PatientId(OTHER))),
        ),
    ),
    row(
        "a young child without a confidant",
        "declaration.confidant_missing",
        "$.resource.patient",
        given(PATIENT, child(confidants=())),
    ),
    row(
        "the confidant's last day was yesterday",
        "declaration.confidant_missing",
        "$.resource.patient",
        given(PATIENT, child(confidants=(relationship(last_day=date(2026, 11, 22)),))),
    ),
    row(
        "a young child that confirms by a code",
        "declaration.confidant_missing",
        "$.resource.patient",
        given(PATIENT, child(authentication="OTP")),
    ),
    row(
        "a grown-up who confirms by a confidant and has none",
        "declaration.confidant_missing",
        "$.resource.patient",
        altered(PATIENT, authentication="THIRD_PERSON"),
    ),
    row(
        "the confidant died",
        "declaration.confidant_not_active",
        "$.resource.patient",
        both(given(PATIENT, child()), altered(PARENT, active=False, deceased=True)),
    ),
    row(
        "the confidant was registered in error",
        "declaration.confidant_not_active",
        "$.resource.patient",
        both(given(PATIENT, child()), altered(PARENT, active=False, deactivated=True)),
    ),
    row(
        "it would end on the 18th birthday",
        "declaration.end_date_out_of_term",
        "$.resource.end_date",
        both(
            _chosen("PEDIATRICIAN"),
            given(PATIENT, child()),
            asks("resource", "end_date", value=f"{CHILD.year + 18}-05-01"),
        ),
    ),
    row(
        "it would end a day after its term",
        "declaration.end_date_out_of_term",
        "$.resource.end_date",
        asks("resource", "end_date", value="2125-11-23"),
    ),
    row(
        "it would have ended yesterday",
        "declaration.end_date_out_of_term",
        "$.resource.end_date",
        asks("resource", "end_date", value="2026-11-22"),
    ),
    row(
        "the doctor is a therapist",
        "declaration.speciality_not_held",
        "$.resource.speciality",
        _holding("THERAPIST"),
    ),
    row(
        "a therapist for a child",
        "declaration.speciality_of_other_age",
        "$.resource.speciality",
        both(_chosen("THERAPIST"), given(PATIENT, child())),
    ),
    row(
        "a therapist on the day before the 18th birthday",
        "declaration.speciality_of_other_age",
        "$.resource.speciality",
        both(_chosen("THERAPIST"), altered(PATIENT, birth_date=date(2008, 11, 24))),
    ),
    row(
        "a paediatrician on the 18th birthday",
        "declaration.speciality_of_other_age",
        "$.resource.speciality",
        both(_chosen("PEDIATRICIAN"), altered(PATIENT, birth_date=date(2008, 11, 23))),
    ),
    row(
        "a family doctor with 1,800",
        "declaration.limit_reached",
        "$.resource.doctor",
        _held(1_800),
    ),
    row(
        "a therapist with 2,000",
        "declaration.limit_reached",
        "$.resource.doctor",
        both(_chosen("THERAPIST"), _held(2_000)),
    ),
    row(
        "a paediatrician with 900",
        "declaration.limit_reached",
        "$.resource.doctor",
        both(_chosen("PEDIATRICIAN"), given(PATIENT, child()), _held(900)),
    ),
    row(
        "a therapist who is a paediatrician in another job, with 900",
        "declaration.limit_reached",
        "$.resource.doctor",
        both(_chosen("THERAPIST"), _held(900), _employed_elsewhere("PEDIATRICIAN")),
    ),
    row(
        "a therapist who is a paediatrician too, with 900",
        "declaration.limit_reached",
        "$.resource.doctor",
        both(_chosen("THERAPIST", "PEDIATRICIAN"), _held(900)),
    ),
]
_UNKNOWN = row(
    "no such declaration", "declaration.unknown", "$.resource.declaration", without(DECLARATION)
)
_OTHERS = row(
    "another patient's",
    "declaration.of_other_patient",
    "$.resource.patient",
    asks("resource", "patient", value=str(OTHER)),
)
DECIDING = [
    _UNKNOWN,
    _OTHERS,
    *(
        row(
            f"it is {status.value}",
            "declaration.not_pending",
            "$.resource.declaration",
            altered(DECLARATION, status=status),
        )
        for status in Status
        if status is not Status.PENDING
    ),
]
ENDING = [
    _UNKNOWN,
    _OTHERS,
    *(
        row(
            f"it is {status.value}",
            "declaration.not_live",
            "$.resource.declaration",
            altered(DECLARATION, status=status),
        )
        for status in (Status.REJECTED, Status.TERMINATED, Status.CLOSED)
    ),
    row(
        "another doctor of the institution",
        "declaration.not_yours",
        "$.employee",
        altered(DECLARATION, doctor=EmployeeId(OTHER)),
    ),
    row(
        "the head of another institution",
        "declaration.not_yours",
        "$.employee",
        both(
            given(ACTOR, employee("OWNER")),
            altered(DECLARATION, doctor=EmployeeId(OTHER), legal_entity=OTHER),
        ),
    ),
]
ACTIVATING = [
    *DECIDING,
    row(
        "its time is not over",
        "declaration.not_due",
        "$.resource.declaration",
        given(DECLARATION, waiting(activates_at=day_begins(date(2026, 11, 24)))),
    ),
    row(
        "without a tax id it waits for the payer",
        "declaration.not_due",
        "$.resource.declaration",
        given(DECLARATION, waiting(pending="no_tax_id", activates_at=None)),
    ),
]
CLOSING = [
    _UNKNOWN,
    _OTHERS,
    *(
        row(
            f"it is {status.value}",
            "declaration.not_live",
            "$.resource.declaration",
            altered(DECLARATION, status=status),
        )
        for status in Status
        if status is not Status.ACTIVE
    ),
    row(
        "its last day is today",
        "declaration.not_due",
        "$.resource.declaration",
        altered(DECLARATION, last_day=date(2026, 11, 23)),
    ),
]
_TABLES = (
    (sign_declaration, SIGNING),
    (approve_declaration, DECIDING),
    (reject_declaration, DECIDING),
    (terminate_declaration, ENDING),
    (activate_declaration, ACTIVATING),
    (close_declaration, CLOSING),
)
LAWS = [(accepted, *each.values) for accepted, table in _TABLES for each in table]
NAMES = [f"{each.id} ({accepted.__name__})" for accepted, table in _TABLES for each in table]


@pytest.mark.parametrize(("accepted", "change", "code", "path"), LAWS, ids=NAMES)
def test_the_law_of_declarations(accepted: Any, change: Change, code: str, path: str) -> None:
    """Each row differs from an accepted act by one thing, and is refused for it, at its place."""
    assert refused(accepted, change) == (code, path)


@pytest.mark.parametrize("active", [True, False], ids=["active", "pending"])
def test_rule_6_a_new_declaration_ends_the_old(active: bool) -> None:
    """What holds or waits ends in the commit in which the next begins, and names it."""
    scene = sign_declaration()
    before = _live(scene, active=active)
    ended, begun = scene.judge()
    assert isinstance(ended, DeclarationTerminated)
    assert isinstance(begun, DeclarationSigned)
    assert (ended.declaration, ended.successor) == (before, begun.declaration)
    assert (ended.reason, ended.last_day) == ("replaced", begun.first_day)


@pytest.mark.parametrize(
    ("speciality", "born", "accepted"),
    [
        ("FAMILY_DOCTOR", date(2026, 11, 23), True),
        ("FAMILY_DOCTOR", date(1930, 1, 1), True),
        ("THERAPIST", date(2008, 11, 23), True),
        ("THERAPIST", date(2008, 11, 24), False),
        ("PEDIATRICIAN", date(2008, 11, 24), True),
        ("PEDIATRICIAN", date(2008, 11, 23), False),
    ],
)
def test_rule_7_the_speciality_matches_the_age(speciality: str, born: date, accepted: bool) -> None:
    """A therapist takes the grown-up, a paediatrician the others, a family doctor everybody."""
    scene = sign_declaration()
    _chosen(speciality)(scene)
    scene.states[PATIENT] = child(birth_date=born)
    if accepted:
        assert scene.judge()
        return
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert refusal.value.code == "declaration.speciality_of_other_age"


def test_rule_8_a_paediatricians_declaration_ends_before_the_18th_birthday() -> None:
    """Its last day is the day before; a family doctor's holds for 99 years."""
    scene = sign_declaration()
    _chosen("PEDIATRICIAN")(scene)
    scene.states[PATIENT] = child()
    (with_paediatrician,) = scene.judge()
    assert isinstance(with_paediatrician, DeclarationSigned)
    assert with_paediatrician.last_day == date(CHILD.year + 18, 4, 30)
    (with_family_doctor,) = sign_declaration().judge()
    assert isinstance(with_family_doctor, DeclarationSigned)
    assert with_family_doctor.last_day == date(2125, 11, 22)


def test_rule_8_the_last_day_that_the_patient_was_shown_is_the_last() -> None:
    """It may be earlier than the law's own."""
    scene = sign_declaration()
    asks("resource", "end_date", value="2030-12-31")(scene)
    (begun,) = scene.judge()
    assert isinstance(begun, DeclarationSigned)
    assert begun.last_day == date(2030, 12, 31)


def test_rule_10_a_confidant_whose_record_was_joined_to_another_confirms_still() -> None:
    """The person lives, under another id."""
    scene = sign_declaration()
    scene.states[PATIENT] = child()
    altered(PARENT, active=False, merged_into=PatientId(OTHER))(scene)
    assert scene.judge()


def test_rule_9_a_patient_is_not_counted_twice() -> None:
    """Who is declared with the doctor already takes no further place, in whichever job."""
    scene = sign_declaration()
    _held(1_799)(scene)
    _live(scene)
    _, begun = scene.judge()
    assert isinstance(begun, DeclarationSigned)
    assert (begun.held, begun.limit) == (1_799, 1_800)


def test_rule_9_overlimit_lets_in_and_the_fact_says_so() -> None:
    """The fact keeps how many were held and how many were allowed."""
    scene = sign_declaration()
    both(_held(1_900), asks("resource", "overlimit", value=True))(scene)
    (begun,) = scene.judge()
    assert isinstance(begun, DeclarationSigned)
    assert (begun.held, begun.limit) == (1_900, 1_800)


def test_rule_10_a_childs_declaration_is_confirmed_by_the_confidant() -> None:
    """With a relationship that holds today a child is declared like anybody."""
    scene = sign_declaration()
    scene.states[PATIENT] = child()
    assert scene.judge()


@pytest.mark.parametrize("ago_years", [0, 1, 30])
def test_a_preview_frozen_at_any_past_record_is_signed_whenever(ago_years: int) -> None:
    """However late a preview is signed, what it was frozen at stands."""
    scene = sign_declaration()
    at(NOW + timedelta(days=365 * ago_years))(scene)
    (begun,) = scene.judge()
    assert isinstance(begun, DeclarationSigned)
    assert begun.seed.position == 40


@pytest.mark.parametrize(
    ("change", "reason", "by_itself"),
    [
        ({}, None, None),
        ({"authentication": "OFFLINE"}, "offline", date(2026, 12, 23)),
        ({"authentication": "OFFLINE", "tax_index": None}, "offline", date(2026, 12, 23)),
        ({"tax_index": None}, "no_tax_id", None),
    ],
    ids=["code and tax id", "scans", "scans, no tax id", "no tax id"],
)
def test_rule_15_how_a_declaration_is_born(
    change: dict[str, Any], reason: str | None, by_itself: date | None
) -> None:
    """A code and a tax id make it hold at once; scans or no tax id make it wait."""
    scene = sign_declaration()
    scene.states[PATIENT] = person(**change)
    (begun,) = scene.judge()
    assert isinstance(begun, DeclarationSigned)
    assert begun.pending == reason
    assert begun.activates_at == (None if by_itself is None else day_begins(by_itself))


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        ("DOCTOR", {}, "by_doctor"),
        ("OWNER", {"doctor": EmployeeId(OTHER)}, "by_legal_entity"),
        ("NHS_ADMIN_SIGNER", {"doctor": EmployeeId(OTHER), "legal_entity": OTHER}, "by_payer"),
        ("DOCTOR", {"status": Status.PENDING}, "by_doctor"),
    ],
)
def test_rule_15_who_ends_a_declaration(kind: Any, changes: dict[str, Any], reason: str) -> None:
    """The fact says in which capacity it was ended; a pending one can be ended too."""
    scene = terminate_declaration()
    scene.states[ACTOR] = employee(kind)
    scene.states[DECLARATION] = declaration(**changes)
    (ended,) = scene.judge()
    assert isinstance(ended, DeclarationTerminated)
    assert ended.reason == reason


def test_rule_15_a_pending_declaration_comes_to_hold() -> None:
    """By the payer's word, or by itself once its time is over."""
    assert [type(each) for each in approve_declaration().judge()] == [DeclarationApproved]
    assert [type(each) for each in activate_declaration().judge()] == [DeclarationActivated]


BY_PATIENT = [
    row("no such patient", "patient.unknown", "$.patient", without(PATIENT)),
    *(
        row(name, "patient.not_active", "$.patient", change)
        for name, change in NO_LONGER_ACTIVE.items()
    ),
    row(
        "somebody else signs",
        "patient.not_signer",
        "$.patient",
        lambda scene: setattr(scene, "tax_id", "2000000025"),
    ),
    row(
        "a patient without a tax id",
        "patient.not_signer",
        "$.patient",
        altered(PATIENT, tax_index=None),
    ),
    row(
        "with an institution's certificate",
        "patient.certificate_of_entity",
        "$.patient",
        lambda scene: setattr(scene, "edrpou", "30000001"),
    ),
    row(
        "no such declaration",
        "declaration.unknown",
        "$.resource.declaration",
        without(DECLARATION),
    ),
    row(
        "another patient's",
        "declaration.of_other_patient",
        "$.resource.declaration",
        altered(DECLARATION, patient=OTHER),
    ),
    *(
        row(
            status.value,
            "declaration.not_live",
            "$.resource.declaration",
            altered(DECLARATION, status=status),
        )
        for status in Status
        if status not in LIVE
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), BY_PATIENT)
def test_rule_15_a_patient_ends_what_is_the_patients(change: Change, code: str, path: str) -> None:
    """Who signs is the patient, by a certificate of a person, and the declaration is live."""
    assert refused(end_declaration_by_patient, change) == (code, path)


@pytest.mark.parametrize("status", sorted(LIVE, key=lambda each: each.value))
def test_rule_15_a_patient_ends_a_declaration_that_holds_or_waits(status: Status) -> None:
    """With a reason or without one; nobody is asked."""
    scene = end_declaration_by_patient()
    altered(DECLARATION, status=status)(scene)
    (ended,) = scene.judge()
    assert isinstance(ended, DeclarationTerminated)
    assert (ended.reason, ended.reason_pointer) == ("by_patient", "/resource/reason")
    del scene.content["resource"]["reason"]
    (ended,) = scene.judge()
    assert isinstance(ended, DeclarationTerminated)
    assert ended.reason_pointer is None


def test_rule_15_the_last_day_counts_to_its_end_in_kyiv() -> None:
    """It is closed from midnight in Kyiv on, not from midnight elsewhere."""
    last = date(2026, 11, 22)
    for moment, accepted in (
        (datetime(2026, 11, 22, 23, 59, tzinfo=KYIV), False),
        (datetime(2026, 11, 23, 0, 0, tzinfo=KYIV), True),
    ):
        scene = close_declaration()
        both(at(moment), altered(DECLARATION, last_day=last))(scene)
        if accepted:
            assert scene.judge()
            continue
        with pytest.raises(RuleBroken) as refusal:
            scene.judge()
        assert refusal.value.code == "declaration.not_due"
