"""The laws of medications and of medical programs: what the payer publishes, and from when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.aggregates.medication import Medication
from ehealth_ledger.errors import Refused
from ehealth_ledger.events.medical_program import MedicalProgramPublished
from ehealth_ledger.values.identifiers import MedicationId
from tests.laws.bench import Change, altered, asks, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import NEW, SERVICE
from tests.laws.scenes.medication import (
    GENERIC,
    LAST_DAY,
    PRODUCT,
    PROGRAM,
    add_medications,
    add_services,
    deactivate_medication,
    deactivate_program,
    end_medication,
    end_service,
    generic,
    participation,
    product,
    program,
    publish_generic,
    publish_medication,
    publish_program,
    service_program,
)
from tests.laws.tables import refused, row

_MEDICATION = "$.resource.medication"
_PROGRAM = "$.resource.program"
_FIRST = "$.resource.participants[0]"
_ENDED = program(active=False)

PUBLICATIONS = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "its last day before its first",
        "medication.period_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2019-12-31"),
    ),
    row(
        "thirty do not divide by seven",
        "medication.package_invalid",
        "$.resource.package_minimum",
        asks("resource", "package_minimum", value=7),
    ),
    row("of no generic", "medication.unknown", "$.resource.generic", without(GENERIC)),
    row(
        "of another product",
        "medication.not_a_generic",
        "$.resource.generic",
        given(GENERIC, product(id=GENERIC)),
    ),
    row(
        "of a generic that was ended",
        "medication.not_active",
        "$.resource.generic",
        altered(GENERIC, active=False),
    ),
    row(
        "of a generic whose last day was yesterday",
        "medication.not_active",
        "$.resource.generic",
        altered(GENERIC, last_day=date(2026, 11, 22)),
    ),
]
DEACTIVATIONS = [
    row("no such medication", "medication.unknown", _MEDICATION, without(PRODUCT)),
    row("ended already", "medication.not_active", _MEDICATION, altered(PRODUCT, active=False)),
]
PROGRAMS = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "its last day before its first",
        "medical_program.period_invalid",
        "$.resource.last_day",
        asks("resource", "last_day", value="2019-12-31"),
    ),
]
ENDINGS = [
    row("no such program", "medical_program.unknown", _PROGRAM, without(PROGRAM)),
    row("ended already", "medical_program.not_active", _PROGRAM, altered(PROGRAM, active=False)),
]
ADDITIONS = [
    *ENDINGS,
    row(
        "a program of services",
        "medical_program.other_kind",
        _PROGRAM,
        altered(PROGRAM, kind="SERVICE"),
    ),
    row("no such product", "medication.unknown", f"{_FIRST}.medication", without(PRODUCT)),
    row(
        "a generic",
        "medication.not_a_product",
        f"{_FIRST}.medication",
        given(PRODUCT, generic(id=PRODUCT)),
    ),
    row(
        "its last day before its first",
        "medical_program.period_invalid",
        f"{_FIRST}.last_day",
        asks("resource", "participants", 0, "last_day", value="2019-12-31"),
    ),
    row(
        "on its last day it takes part already",
        "medical_program.participation_overlaps",
        f"{_FIRST}.first_day",
        given(PROGRAM, program(participation(first_day=date(2099, 12, 31), last_day=date.max))),
    ),
]
DEPARTURES = [
    *ENDINGS,
    row(
        "it never took part",
        "medical_program.participant_unknown",
        _MEDICATION,
        given(PROGRAM, program()),
    ),
    row(
        "its part ended yesterday",
        "medical_program.participant_unknown",
        _MEDICATION,
        given(PROGRAM, program(participation(last_day=date(2026, 11, 22)))),
    ),
    row(
        "from yesterday on",
        "medical_program.day_passed",
        "$.resource.last_day",
        asks("resource", "last_day", value="2026-11-22"),
    ),
]
SERVICES = [
    row(
        "a program of medications",
        "medical_program.other_kind",
        _PROGRAM,
        altered(PROGRAM, kind="MEDICATION"),
    ),
    row(
        "it takes part already",
        "medical_program.participation_overlaps",
        f"{_FIRST}.first_day",
        given(PROGRAM, service_program()),
    ),
]
SERVICE_DEPARTURES = [
    row(
        "it never took part",
        "medical_program.participant_unknown",
        "$.resource.service",
        given(PROGRAM, program(kind="SERVICE")),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), PUBLICATIONS)
def test_publish_medication(change: Change, code: str, path: str) -> None:
    """A product is one of a generic in force, in packages that divide into their least parts."""
    assert refused(publish_medication, change) == (code, path)


def test_rule_48_a_program_for_nobodys_age_is_no_program() -> None:
    """The least age is not above the greatest."""
    scene = publish_program()
    scene.content["resource"] |= {"patient_age_min": 18, "patient_age_max": 18}
    (fact,) = scene.judge()
    assert isinstance(fact, MedicalProgramPublished)
    assert (fact.patient_age_min, fact.patient_age_max) == (18, 18)
    scene.content["resource"]["patient_age_max"] = 17
    with pytest.raises(Refused, match=r"content\.field_invalid"):
        scene.judge()


@pytest.mark.parametrize(
    ("accepted", "place", "path"),
    [
        (publish_generic, ("form",), "form"),
        (publish_generic, ("ingredients", 0, "substance"), "ingredients[0].substance"),
        (publish_medication, ("container", "kind"), "container.kind"),
    ],
)
def test_rule_38_what_a_medication_is_made_of_is_coded(
    accepted: Any, place: tuple[Any, ...], path: str
) -> None:
    """Form, substances and container are codes that a directory lists."""
    change = asks("resource", *place, "code", value="whim")
    assert refused(accepted, change) == ("code.unknown", f"$.resource.{path}.code")


@pytest.mark.parametrize(("change", "code", "path"), DEACTIVATIONS)
def test_deactivate_medication(change: Change, code: str, path: str) -> None:
    """A medication ends once."""
    assert refused(deactivate_medication, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), PROGRAMS)
def test_publish_program(change: Change, code: str, path: str) -> None:
    """A program has an id of its own and days in order."""
    assert refused(publish_program, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ENDINGS)
def test_deactivate_program(change: Change, code: str, path: str) -> None:
    """A program ends once."""
    assert refused(deactivate_program, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ADDITIONS)
def test_add_medications(change: Change, code: str, path: str) -> None:
    """A product takes part once on a day, in a live program of medications."""
    assert refused(add_medications, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), DEPARTURES)
def test_end_medication(change: Change, code: str, path: str) -> None:
    """A product's part ends today or later: what was dispensed stands."""
    assert refused(end_medication, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), SERVICES)
def test_add_services(change: Change, code: str, path: str) -> None:
    """A service takes part once on a day, in a program of services."""
    assert refused(add_services, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), SERVICE_DEPARTURES)
def test_end_service(change: Change, code: str, path: str) -> None:
    """A service's part ends where it has one."""
    assert refused(end_service, change) == (code, path)


def _after(state: Any, facts: Any, wanted: Any) -> Any:
    for fact in facts:
        if fact.stream_id == wanted:
            state = evolve(state, fact)
    return state


def test_a_generic_lists_its_products() -> None:
    """A published product tells its generic in which parts it comes; a deactivated one leaves."""
    empty = generic(products={})
    assert not empty.can_be_packed(20)
    scene = publish_medication()
    listed: Medication = _after(empty, scene.judge(), GENERIC)
    assert listed.can_be_packed(20)
    assert not listed.can_be_packed(25)
    delisted: Medication = _after(generic(), deactivate_medication().judge(), GENERIC)
    assert not delisted.can_be_packed(20)


def test_a_generic_needs_no_other_medication() -> None:
    """A generic stands by itself."""
    state: Medication = _after(None, publish_generic().judge(), NEW)
    assert (state.type, state.unit) == ("INNM_DOSAGE", "PILL")
    assert state.in_force(date(2020, 1, 1))
    assert not state.in_force(date(2019, 12, 31))


def test_a_product_takes_part_between_its_days() -> None:
    """Both days are included; what ends on a day still holds on it."""
    state: MedicalProgram = _after(program(), add_medications().judge(), PROGRAM)
    medication = MedicationId(PRODUCT)
    assert state.product(medication, date(2099, 12, 31)) is not None
    assert state.product(medication, date(2100, 1, 1)) is None
    assert state.covers(MedicationId(GENERIC), date(2026, 11, 23))
    assert not state.covers(MedicationId(an_id("another generic")), date(2026, 11, 23))
    ended: MedicalProgram = _after(program(participation()), end_medication().judge(), PROGRAM)
    assert ended.product(medication, date(2026, 11, 23)) is not None
    assert ended.product(medication, date(2026, 11, 24)) is None


def test_what_ends_before_it_begins_never_takes_part() -> None:
    """A later part is gone when the participant's part ends before it."""
    later = participation(first_day=date(2026, 12, 1), last_day=LAST_DAY)
    ended: MedicalProgram = _after(program(later), end_medication().judge(), PROGRAM)
    assert ended.product(MedicationId(PRODUCT), date(2026, 12, 1)) is None


def test_rule_48_a_service_takes_part_between_its_days() -> None:
    """A program offers a service from its first to its last day."""
    state: MedicalProgram = _after(program(kind="SERVICE"), add_services().judge(), PROGRAM)
    assert state.offers(SERVICE, date(2026, 11, 23))
    assert not state.offers(SERVICE, date(2019, 12, 31))
    ended: MedicalProgram = _after(service_program(), end_service().judge(), PROGRAM)
    assert not ended.offers(SERVICE, date(2026, 11, 24))


def test_a_program_holds_between_its_days_until_it_is_ended() -> None:
    """Both days are included, and an ended program holds on none."""
    state = program()
    assert [state.in_force(day) for day in (state.first_day, state.last_day)] == [True, True]
    assert not state.in_force(date(2027, 1, 1))
    ended: MedicalProgram = _after(state, deactivate_program().judge(), PROGRAM)
    assert not ended.in_force(state.first_day)
    assert replace(ended, active=True) == state


def test_one_order_adds_many_or_none() -> None:
    """A second participant of the same product and day refuses the whole order."""
    scene = add_medications()
    twice = scene.content["resource"]["participants"] * 2
    assert refused(add_medications, asks("resource", "participants", value=twice)) == (
        "medical_program.participation_overlaps",
        "$.resource.participants[1].first_day",
    )
