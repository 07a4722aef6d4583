"""The laws of an erasure: two people, one record named, nothing left that must be ended first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from ehealth_ledger.aggregates.erased import ERASED
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import LiveDeclaration
from ehealth_ledger.aggregates.patient import OrderedErasure, Patient
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.erasure import ErasureOrdered, PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import PatientDeceased
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)
from tests.laws.bench import BASIS, NOW, Change, Scene, altered, asks, given, without
from tests.laws.lookups import an_id
from tests.laws.scenes import SCENES
from tests.laws.scenes.common import ACTOR, PARTY, PATIENT, REFERRAL
from tests.laws.scenes.erasure import FIRST_PERSON, countersign_erasure, erase_patient, ordered
from tests.laws.scenes.patient import NO_LONGER_ACTIVE, person
from tests.laws.tables import refused, row

_WHOM = "$.resource.patient"
_WRONG = sha256(b"another").hexdigest()


def _declared(*, active: bool) -> Change:
    live = LiveDeclaration(
        DeclarationId(an_id("declaration")),
        PatientId(PATIENT),
        EmployeeId(an_id("doctor")),
        PartyId(PARTY),
        active,
        LegalEntityId(an_id("clinic")),
    )
    return lambda scene: setattr(scene.lookups.declarations, "live", [live])


EITHER = [
    row("nobody is registered so", "patient.unknown", _WHOM, without(PATIENT)),
    row("erased before", "patient.erased", _WHOM, given(PATIENT, ERASED)),
    row("a doctor is paid", "patient.erasure_barred", _WHOM, _declared(active=True)),
    row("a declaration waits", "patient.erasure_barred", _WHOM, _declared(active=False)),
]
SECOND = [
    row(
        "nobody ordered it",
        "patient.erasure_not_ordered",
        _WHOM,
        given(PATIENT, person()),
    ),
    row(
        "the same person in the same job",
        "patient.erasure_by_one_person",
        "$.employee",
        given(PATIENT, person(erasure=ordered(PARTY))),
    ),
    row(
        "another position",
        "patient.erasure_reference_mismatch",
        "$.resource.first",
        asks("resource", "first", "position", value=94),
    ),
    row(
        "another chain value",
        "patient.erasure_reference_mismatch",
        "$.resource.first",
        asks("resource", "first", "chain_value", value=_WRONG),
    ),
    row(
        "other signed content",
        "patient.erasure_reference_mismatch",
        "$.resource.first",
        asks("resource", "first", "content_digest", value=_WRONG),
    ),
    row(
        "an order that a later one replaced",
        "patient.erasure_reference_mismatch",
        "$.resource.first",
        given(PATIENT, person(erasure=replace(ordered(), act_position=96))),
    ),
]


@pytest.mark.parametrize("accepted", [erase_patient, countersign_erasure])
@pytest.mark.parametrize(("change", "code", "path"), EITHER)
def test_neither_signature(
    accepted: Callable[[], Scene], change: Change, code: str, path: str
) -> None:
    """Both people must find a patient who is there and whom no declaration binds."""
    assert refused(accepted, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), SECOND)
def test_the_second_signature(change: Change, code: str, path: str) -> None:
    """The countersignature is another person's, on exactly the order in force."""
    assert refused(countersign_erasure, change) == (code, path)


def test_one_person_with_two_jobs_is_still_one_person() -> None:
    """It is people who are compared, not employments."""
    scene = countersign_erasure()
    given(PATIENT, person(erasure=ordered(PARTY)))(scene)
    altered(ACTOR, id=EmployeeId(an_id("the other job")))(scene)
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert refusal.value.code == "patient.erasure_by_one_person"


def test_the_order_says_who_where_and_what_was_signed() -> None:
    """The fact holds what the second person will have to name."""
    scene = erase_patient()
    (fact,) = scene.judge()
    assert isinstance(fact, ErasureOrdered)
    assert (fact.party, fact.act_position) == (PARTY, BASIS + 1)
    assert fact.content_digest == sha256(scene.wish().signed_bytes).hexdigest()
    assert fact.basis == "court_decision"
    assert fact.subject is None  # under the ledger's key, for it outlives the patient's


def test_the_later_order_is_the_one_in_force() -> None:
    """Whoever orders again corrects the ground; the first order cannot be countersigned then."""
    scene = erase_patient()
    given(PATIENT, person(erasure=ordered()))(scene)
    (fact,) = scene.judge()
    state = evolve(scene.states[PATIENT], fact)
    assert isinstance(state, Patient)
    assert isinstance(fact, ErasureOrdered)
    assert state.erasure == OrderedErasure(PartyId(PARTY), BASIS + 1, fact.content_digest)
    assert state.erasure.party != FIRST_PERSON


def test_the_erasure_settles_what_is_open() -> None:
    """What would fall due, or still counts, is named, so that nothing is asked for in vain."""
    scene = countersign_erasure()
    expiry = ("referral.expire", REFERRAL)
    scene.lookups.open_matters.open = {PatientId(PATIENT): (expiry,)}
    (fact,) = scene.judge()
    assert isinstance(fact, PatientErased)
    assert [(each.kind, each.id) for each in fact.settled] == [expiry]
    assert fact.order == 95


@pytest.mark.parametrize("change", NO_LONGER_ACTIVE.values(), ids=NO_LONGER_ACTIVE)
def test_the_dead_and_the_merged_can_be_erased(change: Change) -> None:
    """A record that takes nothing new is the likeliest whose time of keeping has passed."""
    for accepted in (erase_patient, countersign_erasure):
        scene = accepted()
        change(scene)
        assert scene.judge()


def test_nothing_brings_an_erased_patient_back() -> None:
    """Whatever fact comes after, the state says nothing."""
    dead = PatientDeceased(patient=PatientId(PATIENT), died_on=NOW.date())
    assert evolve(ERASED, dead) is ERASED
    erased = PatientErased(patient=PatientId(PATIENT), order=1, countersigned_by=EmployeeId(ACTOR))
    assert evolve(None, erased) is ERASED


NAMING_PATIENTS = sorted(command for command, scene in SCENES.items() if PATIENT in scene().states)


@pytest.mark.parametrize("command", NAMING_PATIENTS)
def test_no_command_is_taken_about_an_erased_patient(command: str) -> None:
    """Every law that asks for a patient refuses one who is erased, or asks for nothing of his."""
    scene = SCENES[command]()
    given(PATIENT, ERASED)(scene)
    answer = _answer(scene)
    if isinstance(answer, str):
        assert answer == "patient.erased"
    else:
        # What the law lets pass the write path refuses: no key seals it (tests/write_path).
        assert all(fact.subject in (PATIENT, None) for fact in answer)


def _answer(scene: Scene) -> str | list[Fact]:
    try:
        return scene.judge()
    except RuleBroken as refusal:
        return refusal.code
