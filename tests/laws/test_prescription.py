"""The laws of prescriptions: rules 52 to 57, blocks, rejections, and the end of a treatment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.care_plan import ActivityStatus
from ehealth_ledger.aggregates.care_plan import Status as PlanStatus
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import LiveDeclaration
from ehealth_ledger.aggregates.planned import Planned
from ehealth_ledger.aggregates.prescription.state import (
    Dispense,
    DispenseStatus,
    Prescription,
    Status,
)
from ehealth_ledger.events.care_plan import ActivityReleased, ActivityUsed
from ehealth_ledger.events.dispense import DispenseExpired
from ehealth_ledger.events.prescription import (
    PrescriptionBlocked,
    PrescriptionExpired,
    PrescriptionIssued,
    PrescriptionRejected,
)
from ehealth_ledger.values.identifiers import (
    ActivityId,
    CarePlanId,
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    MedicalProgramId,
    MedicationId,
    PartyId,
    PatientId,
)
from ehealth_ledger.values.numbers import ALPHABET, prescription_number
from ehealth_ledger.values.time import day_begins, microseconds
from tests.laws.bench import NOW, Change, Scene, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.approval import APPROVAL
from tests.laws.scenes.care_plan import ACTIVITY, CARE_PLAN, plan
from tests.laws.scenes.common import (
    ACTOR,
    ENCOUNTER,
    ENTITY,
    LEDGER,
    NEW,
    PATIENT,
    coded,
    employee,
    institution,
    moment,
    reference,
)
from tests.laws.scenes.medication import (
    GENERIC,
    PROGRAM,
    participation,
    product,
    program,
)
from tests.laws.scenes.prescription import (
    DIVISION,
    PRESCRIPTION,
    TODAY,
    block_prescription,
    blocked,
    dispense,
    encountered,
    expire_prescription,
    issue_planned_prescription,
    issue_prescription,
    planned_medicine,
    prescription,
    reject_at_pharmacy,
    reject_prescription,
    unblock_prescription,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
_PERIOD = "$.resource.dispenseRequest.validityPeriod"
_VALIDITY = ("resource", "dispenseRequest", "validityPeriod")
_DIVISION = "$.resource.extension[0].valueId"
_PROGRAM = "$.resource.extension[1].valueId"
_MEDICATION = "$.resource.medicationReference.reference"
_QUANTITY = "$.resource.dispenseRequest.quantity"
_NAMED = "$.resource.prescription"


def _program(**fields: Any) -> Change:
    return given(PROGRAM, program(participation(), **fields))


def _treated(first: str, last: str) -> Change:
    """Let an earlier order of the same patient, medication and program cover these days."""
    key = (PatientId(PATIENT), MedicationId(GENERIC), MedicalProgramId(PROGRAM))
    days = (date.fromisoformat(first), date.fromisoformat(last))

    def change(scene: Scene) -> None:
        scene.lookups.prescriptions.running[key] = (days,)

    return change


def _declared(doctor: UUID, entity: UUID, *, active: bool = True) -> Change:
    """Let the patient have a declaration with somebody."""

    def change(scene: Scene) -> None:
        scene.lookups.declarations.live.append(
            LiveDeclaration(
                DeclarationId(an_id("declaration")),
                PatientId(PATIENT),
                EmployeeId(doctor),
                PartyId(an_id("party")),
                active=active,
                legal_entity=LegalEntityId(entity),
            )
        )

    return change


_OF_DOCTOR = _program(settings=frozenset())
_OF_ENTITY = _program(settings=frozenset({"skip_employment_declaration_verify"}))


def _category(code: str) -> Change:
    def change(scene: Scene) -> None:
        extension = [
            *scene.content["resource"]["extension"],
            {"url": "eHealth/extensions/patient_category", "valueCode": code},
        ]
        asks("resource", "extension", value=extension)(scene)

    return change


PRESCRIBERS = [
    row(
        "another requester than signs",
        "prescription.requester_not_signer",
        "$.resource.requester.reference",
        asks("resource", "requester", value=reference("PractitionerRole", OTHER)),
    ),
    row(
        "in a pharmacy",
        "prescription.legal_entity_kind",
        "$.legal_entity",
        given(ENTITY, institution(kind="PHARMACY")),
    ),
    row(
        "an institution the payer has not verified",
        "prescription.legal_entity_not_verified",
        "$.legal_entity",
        altered(ENTITY, nhs_verified=False),
    ),
    row("no such division", "prescription.division_not_active", _DIVISION, without(DIVISION)),
    row(
        "a division that is closed",
        "prescription.division_not_active",
        _DIVISION,
        altered(DIVISION, active=False),
    ),
    row(
        "a division of another institution",
        "prescription.division_not_active",
        _DIVISION,
        altered(DIVISION, legal_entity=OTHER),
    ),
    row("no such patient", "patient.unknown", "$.resource.subject.reference", without(PATIENT)),
    row(
        "no such encounter",
        "prescription.encounter_unknown",
        "$.resource.encounter.reference",
        without(ENCOUNTER),
    ),
    row(
        "at another patient's encounter",
        "prescription.encounter_of_other_patient",
        "$.resource.encounter.reference",
        given(ENCOUNTER, encountered(OTHER)),
    ),
    row(
        "at an encounter entered in error",
        "prescription.encounter_in_error",
        "$.resource.encounter.reference",
        altered(ENCOUNTER, in_error=frozenset({ENCOUNTER})),
    ),
    row(
        "a patient who died",
        "patient.not_active",
        "$.resource.subject.reference",
        altered(PATIENT, active=False, deceased=True),
    ),
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("no declaration", "prescription.declaration_missing", _PROGRAM, _OF_DOCTOR),
    row(
        "a colleague's declaration",
        "prescription.declaration_missing",
        _PROGRAM,
        both(_OF_DOCTOR, _declared(OTHER, ENTITY)),
    ),
    row(
        "the doctor's own declaration, which waits for the payer",
        "prescription.declaration_missing",
        _PROGRAM,
        both(_OF_DOCTOR, _declared(ACTOR, ENTITY, active=False)),
    ),
    row(
        "another institution's declaration",
        "prescription.declaration_missing",
        _PROGRAM,
        both(_OF_ENTITY, _declared(OTHER, OTHER)),
    ),
]
PERIODS = [
    row(
        "dated a second ahead",
        "prescription.authored_in_future",
        "$.resource.authoredOn",
        asks("resource", "authoredOn", value=moment(seconds=-1)),
    ),
    row(
        "written four days ago",
        "prescription.authored_too_long_ago",
        "$.resource.authoredOn",
        asks("resource", "authoredOn", value=moment(days=4)),
    ),
    row(
        "it starts yesterday",
        "prescription.starts_too_early",
        f"{_PERIOD}.start",
        asks(*_VALIDITY, "start", value="2026-11-22"),
    ),
    row(
        "it ends the day before it starts",
        "prescription.period_reversed",
        f"{_PERIOD}.end",
        asks(*_VALIDITY, "end", value="2026-11-22"),
    ),
    row(
        "ninety-one days",
        "prescription.period_too_long",
        f"{_PERIOD}.end",
        asks(*_VALIDITY, "end", value=(TODAY + timedelta(days=90)).isoformat()),
    ),
    row(
        "a day longer than the program covers",
        "prescription.period_too_long",
        f"{_PERIOD}.end",
        _program(request_days_max=29),
    ),
]
TREATMENTS = [
    row(
        "a course of thirty days runs for eight more",
        "prescription.treatment_running",
        _MEDICATION,
        _treated("2026-11-02", "2026-12-01"),
    ),
    row(
        "a course of twenty days runs for four more",
        "prescription.treatment_running",
        _MEDICATION,
        _treated("2026-11-08", "2026-11-27"),
    ),
    row(
        "a course has been prescribed that begins within these days",
        "prescription.treatment_running",
        _MEDICATION,
        _treated("2026-12-22", "2027-01-20"),
    ),
]
QUANTITIES = [
    row(
        "sixty-five, where parts are of ten",
        "prescription.quantity_not_packable",
        f"{_QUANTITY}.value",
        asks("resource", "dispenseRequest", "quantity", "value", value=65),
    ),
    row(
        "no product is published",
        "prescription.quantity_not_packable",
        f"{_QUANTITY}.value",
        altered(GENERIC, products={}),
    ),
    row(
        "millilitres of tablets",
        "prescription.unit_differs",
        f"{_QUANTITY}.code",
        asks("resource", "dispenseRequest", "quantity", "code", value="ML"),
    ),
]
PROGRAMS = [
    row("no such program", "medical_program.unknown", _PROGRAM, without(PROGRAM)),
    row("a program of services", "medical_program.other_kind", _PROGRAM, _program(kind="SERVICE")),
    row("the program was ended", "medical_program.not_active", _PROGRAM, _program(active=False)),
    row(
        "the program begins tomorrow",
        "medical_program.not_active",
        _PROGRAM,
        _program(first_day=TODAY + timedelta(days=1)),
    ),
    row("no such medication", "medication.unknown", _MEDICATION, without(GENERIC)),
    row(
        "a product, not an INNM dosage",
        "medication.not_a_generic",
        _MEDICATION,
        given(GENERIC, product(id=GENERIC)),
    ),
    row(
        "the medication was ended",
        "medication.not_active",
        _MEDICATION,
        altered(GENERIC, active=False),
    ),
    row(
        "no product of it takes part",
        "prescription.medication_not_in_program",
        _MEDICATION,
        given(PROGRAM, program(participation(generic=OTHER))),
    ),
    row(
        "its product took part until yesterday",
        "prescription.medication_not_in_program",
        _MEDICATION,
        given(PROGRAM, program(participation(last_day=date(2026, 11, 22)))),
    ),
    row(
        "another condition",
        "prescription.condition_not_allowed",
        "$.resource.reasonCode",
        _program(conditions=frozenset({"http://hl7.org/fhir/sid/icd-10-am|E10"})),
    ),
    row(
        "another speciality",
        "prescription.speciality_not_allowed",
        "$.employee",
        _program(specialities=frozenset({"ENDOCRINOLOGIST"})),
    ),
    row(
        "a program for minors",
        "prescription.age_not_allowed",
        "$.resource.subject.reference",
        _program(patient_age_max=17),
    ),
    row(
        "a program for the old, and nobody knows how old the patient is",
        "prescription.age_not_allowed",
        "$.resource.subject.reference",
        both(_program(patient_age_min=65), altered(PATIENT, birth_date=None)),
    ),
    row(
        "no patient category named",
        "prescription.patient_category_not_allowed",
        "$.resource.extension",
        _program(patient_categories=frozenset({"insulin"})),
    ),
    row(
        "another patient category",
        "prescription.patient_category_not_allowed",
        "$.resource.extension[2]",
        both(_program(patient_categories=frozenset({"insulin"})), _category("other")),
    ),
]
DOSAGES = [
    row(
        "two instructions are the first",
        "prescription.sequence_repeated",
        "$.resource.dosageInstruction[1].sequence",
        asks(
            "resource",
            "dosageInstruction",
            value=[{"sequence": 1, "text": "Зранку"}, {"sequence": 1, "text": "Увечері"}],
        ),
    ),
]
_REASON = "$.resource.reason.code"
_UNLISTED = asks("resource", "reason", "code", value="whim")
CODES = [
    row(
        "a diagnosis that no directory lists",
        "code.unknown",
        "$.resource.reasonCode[0].coding[0].code",
        asks("resource", "reasonCode", 0, "coding", 0, "code", value="Z99.99"),
    ),
    row(
        "a route of a system without directory",
        "code.directory_unknown",
        "$.resource.dosageInstruction[0].route.coding[0].code",
        asks("resource", "dosageInstruction", 0, "route", value=coded("eHealth/nowhere", "x")),
    ),
]
_ENDED = [
    row(
        status.value,
        "prescription.not_active",
        _NAMED,
        given(PRESCRIPTION, prescription(status=status)),
    )
    for status in Status
    if status is not Status.ACTIVE
]
_UNKNOWN = [
    row("no such prescription", "prescription.unknown", _NAMED, without(PRESCRIPTION)),
    row(
        "another patient's",
        "prescription.of_other_patient",
        "$.resource.patient",
        asks("resource", "patient", value=str(OTHER)),
    ),
]
BLOCKS = [
    *_UNKNOWN,
    row("a reason that no directory lists", "code.unknown", _REASON, _UNLISTED),
    *_ENDED,
    row("blocked already", "prescription.is_blocked", _NAMED, given(PRESCRIPTION, blocked())),
    row(
        "until this moment",
        "prescription.block_ends_in_past",
        "$.resource.until",
        asks("resource", "until", value=NOW.isoformat()),
    ),
]
UNBLOCKS = [
    *_UNKNOWN,
    row("a reason that no directory lists", "code.unknown", _REASON, _UNLISTED),
    row(
        "not blocked",
        "prescription.not_blocked",
        _NAMED,
        given(PRESCRIPTION, prescription()),
    ),
    row(
        "the block has run out",
        "prescription.not_blocked",
        _NAMED,
        given(PRESCRIPTION, blocked(until=microseconds(NOW))),
    ),
    row(
        "another institution blocked",
        "prescription.blocked_by_other",
        "$.legal_entity",
        given(PRESCRIPTION, blocked(OTHER)),
    ),
]
REJECTIONS = [
    *_UNKNOWN,
    row("a reason that no directory lists", "code.unknown", _REASON, _UNLISTED),
    *_ENDED,
    row(
        "another institution's",
        "prescription.of_other_entity",
        "$.legal_entity",
        given(PRESCRIPTION, prescription(legal_entity=OTHER)),
    ),
    row(
        "a pharmacy holds of it",
        "prescription.has_live_dispense",
        _NAMED,
        given(PRESCRIPTION, prescription(dispense())),
    ),
    row(
        "something was handed out",
        "prescription.has_live_dispense",
        _NAMED,
        given(PRESCRIPTION, prescription(dispense(DispenseStatus.PROCESSED))),
    ),
]
EXPIRIES = [
    row("no such prescription", "prescription.unknown", _NAMED, without(PRESCRIPTION)),
    *_ENDED,
    row(
        "a microsecond too early",
        "prescription.not_due",
        _NAMED,
        given(PRESCRIPTION, prescription(expires_at=microseconds(NOW) + 1)),
    ),
    row(
        "a pharmacy still holds of it",
        "prescription.not_due",
        _NAMED,
        given(PRESCRIPTION, prescription(dispense(), expires_at=microseconds(NOW))),
    ),
]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [*PRESCRIBERS, *PERIODS, *TREATMENTS, *QUANTITIES, *PROGRAMS, *DOSAGES, *CODES],
)
def test_issue(change: Change, code: str, path: str) -> None:
    """A verified institution's doctor prescribes what a program allows, for days to come."""
    assert refused(issue_prescription, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), BLOCKS)
def test_block(change: Change, code: str, path: str) -> None:
    """An active prescription is blocked once, until a moment to come."""
    assert refused(block_prescription, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), UNBLOCKS)
def test_unblock(change: Change, code: str, path: str) -> None:
    """Whoever blocked lifts the block."""
    assert refused(unblock_prescription, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), REJECTIONS)
def test_reject(change: Change, code: str, path: str) -> None:
    """The prescribing institution rejects while nothing is held or handed out."""
    assert refused(reject_prescription, change) == (code, path)


_BASED_ON = "$.resource.basedOn[0]"
_ACTIVITY = f"{_BASED_ON}.extension[0].valueId"


def _planned(**fields: Any) -> Change:
    return given(CARE_PLAN, plan(PlanStatus.ACTIVE, planned_medicine(**fields)))


PLANNED = [
    row("no such plan", "care_plan.unknown", f"{_BASED_ON}.reference", without(CARE_PLAN)),
    row(
        "another patient's plan",
        "care_plan.of_other_patient",
        f"{_BASED_ON}.reference",
        altered(CARE_PLAN, patient=OTHER),
    ),
    row("no approval", "care_plan.no_write_approval", "$.employee", without(APPROVAL)),
    row(
        "an approval to read",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, access_level="read"),
    ),
    *(
        row(
            status.value,
            "care_plan.not_active",
            f"{_BASED_ON}.reference",
            altered(CARE_PLAN, status=status),
        )
        for status in PlanStatus
        if status is not PlanStatus.ACTIVE
    ),
    row(
        "no such activity",
        "care_plan.activity_unknown",
        _ACTIVITY,
        given(CARE_PLAN, plan(PlanStatus.ACTIVE)),
    ),
    row(
        "it was completed",
        "care_plan.activity_settled",
        _ACTIVITY,
        _planned(status=ActivityStatus.COMPLETED),
    ),
    row(
        "another medicine is planned",
        "care_plan.activity_other_service",
        _ACTIVITY,
        _planned(codes=(f"eHealth/innm_dosages|{OTHER}",)),
    ),
    row(
        "a service is planned",
        "care_plan.activity_other_service",
        _ACTIVITY,
        _planned(kind="ServiceRequest"),
    ),
    row(
        "one tablet too few is left",
        "care_plan.quantity_exhausted",
        _ACTIVITY,
        _planned(quantity=119),
    ),
    row(
        "the activity ends the day before the last",
        "care_plan.period_outside_activity",
        _BASED_ON,
        _planned(ends_at=day_begins(TODAY + timedelta(days=29)) - 1),
    ),
    row(
        "the activity begins the day after the first",
        "care_plan.period_outside_activity",
        _BASED_ON,
        _planned(starts_at=day_begins(TODAY + timedelta(days=1))),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), PLANNED)
def test_issue_by_a_care_plan(change: Change, code: str, path: str) -> None:
    """What a plan foresees is prescribed by whom the patient lets write it, and no more of it."""
    assert refused(issue_planned_prescription, change) == (code, path)


def test_rule_51_an_order_takes_its_tablets_of_the_activity() -> None:
    """To the last tablet and the last day; a plan of a prescription takes nothing."""
    scene = issue_planned_prescription()
    _planned(
        starts_at=day_begins(TODAY + timedelta(days=1)) - 1,
        ends_at=day_begins(TODAY + timedelta(days=29)),
    )(scene)
    issued, used = scene.judge()
    assert isinstance(issued, PrescriptionIssued)
    assert (issued.care_plan, issued.activity) == (CARE_PLAN, ACTIVITY)
    assert isinstance(used, ActivityUsed)
    assert (used.request, used.quantity) == (NEW, 60)
    asks("resource", "intent", value="plan")(scene)
    (planned,) = scene.judge()
    assert isinstance(planned, PrescriptionIssued)


@pytest.mark.parametrize("accepted", [reject_prescription, expire_prescription])
def test_rule_51_what_was_not_handed_out_goes_back_to_the_activity(accepted: Any) -> None:
    """What a rejected or expired prescription took and nobody got can be prescribed again."""
    planned = Planned(CarePlanId(CARE_PLAN), ActivityId(ACTIVITY))
    scene = accepted()
    due = {"planned": planned, "expires_at": microseconds(NOW)}
    given(PRESCRIPTION, prescription(**due))(scene)
    *_, back = scene.judge()
    assert isinstance(back, ActivityReleased)
    assert (back.care_plan, back.request, back.quantity) == (CARE_PLAN, PRESCRIPTION, 60)
    given(PRESCRIPTION, prescription(**due, intent="plan"))(scene)
    assert not any(isinstance(fact, ActivityReleased) for fact in scene.judge())


def test_rule_51_what_was_handed_out_stays_taken() -> None:
    """A prescription of which ten were handed out gives fifty back when it expires."""
    planned = Planned(CarePlanId(CARE_PLAN), ActivityId(ACTIVITY))
    scene = expire_prescription()
    got = dispense(DispenseStatus.PROCESSED, quantity=10)
    given(PRESCRIPTION, prescription(got, planned=planned, expires_at=microseconds(NOW)))(scene)
    *_, back = scene.judge()
    assert isinstance(back, ActivityReleased)
    assert back.quantity == 50


PHARMACY_REJECTIONS = [
    row(
        "without the patient's code",
        "dispense.code_mismatch",
        "$.resource.code",
        lambda scene: scene.content["resource"].pop("code"),
    ),
    row(
        "another code",
        "dispense.code_mismatch",
        "$.resource.code",
        asks("resource", "code", value="0418"),
    ),
    row(
        "a pharmacist of a hospital",
        "dispense.legal_entity_kind",
        "$.legal_entity",
        given(ENTITY, institution(kind="INPATIENT")),
    ),
    row(
        "another pharmacy holds of it",
        "prescription.has_live_dispense",
        _NAMED,
        given(PRESCRIPTION, prescription(dispense(legal_entity=OTHER))),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), PHARMACY_REJECTIONS)
def test_rule_58_reject_at_the_pharmacy(change: Change, code: str, path: str) -> None:
    """A pharmacist rejects the prescription that the patient shows, and no other."""
    assert refused(reject_at_pharmacy, change) == (code, path)


def test_rule_58_the_fact_says_that_a_pharmacy_rejected() -> None:
    """Whoever prescribed sees who did not dispense."""
    (rejected,) = reject_at_pharmacy().judge()
    assert isinstance(rejected, PrescriptionRejected)
    assert (rejected.by, rejected.legal_entity) == ("pharmacy", ENTITY)
    (withdrawn,) = reject_prescription().judge()
    assert isinstance(withdrawn, PrescriptionRejected)
    assert withdrawn.by is None


@pytest.mark.parametrize(("change", "code", "path"), EXPIRIES)
def test_expire(change: Change, code: str, path: str) -> None:
    """A prescription expires after its last day, and after the last hold of it."""
    assert refused(expire_prescription, change) == (code, path)


ALLOWED: dict[str, Change] = {
    "rule 52: the doctor's own declaration": both(_OF_DOCTOR, _declared(ACTOR, ENTITY)),
    "rule 52: a colleague's, where the institution's is enough": both(
        _OF_ENTITY, _declared(OTHER, ENTITY)
    ),
    "rule 53: written three days ago": asks("resource", "authoredOn", value=moment(days=3)),
    "rule 53: ninety days": asks(*_VALIDITY, "end", value=(TODAY + timedelta(days=89)).isoformat()),
    "rule 54: a long course ends in seven days": _treated("2026-11-01", "2026-11-30"),
    "rule 54: a short course ends in three days": _treated("2026-11-07", "2026-11-26"),
    "rule 54: a course ended yesterday": _treated("2026-10-24", "2026-11-22"),
    "rule 54: a course begins when this one is over": _treated("2026-12-23", "2027-01-20"),
    "rule 54: the program asks for no pause": both(
        _treated("2026-11-02", "2026-12-01"),
        _program(
            settings=frozenset(
                {
                    "skip_mnn_in_treatment_period",
                    "skip_employment_declaration_verify",
                    "skip_legal_entity_declaration_verify",
                }
            )
        ),
    ),
    "rule 54: a plan": both(
        _treated("2026-11-02", "2026-12-01"), asks("resource", "intent", value="plan")
    ),
    "rule 56: one of its conditions": _program(
        conditions=frozenset({"http://hl7.org/fhir/sid/icd-10-am|I10", "x|y"})
    ),
    "rule 56: one of its patient categories": both(
        _program(patient_categories=frozenset({"insulin"})), _category("insulin")
    ),
    "rule 57: another sequence": asks(
        "resource",
        "dosageInstruction",
        value=[{"sequence": 2, "text": "Зранку"}, {"sequence": 1, "text": "Увечері"}],
    ),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_issue_allows(change: Change) -> None:
    """What lies just within each rule is accepted."""
    scene = issue_prescription()
    change(scene)
    assert scene.judge()


def _issued(*changes: Change) -> PrescriptionIssued:
    scene = issue_prescription()
    both(*changes)(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, PrescriptionIssued)
    return fact


def test_rule_56_a_program_that_names_a_speciality_lets_it_prescribe() -> None:
    """A doctor of the speciality prescribes within the program."""
    from dataclasses import replace

    doctor = replace(employee("DOCTOR"), specialities=("THERAPIST", "ENDOCRINOLOGIST"))
    assert _issued(
        given(ACTOR, doctor), _program(specialities=frozenset({"ENDOCRINOLOGIST"}))
    ).program


def test_rule_58_a_prescription_is_dispensed_from_its_start_for_thirty_days() -> None:
    """The days come from the parameter, or from the program, and end with the treatment."""
    ninety = asks(*_VALIDITY, "end", value=(TODAY + timedelta(days=89)).isoformat())
    fact = _issued(ninety)
    assert (fact.dispensed_from, fact.dispensed_to) == (TODAY, date(2026, 12, 22))
    assert _issued(ninety, _program(dispense_days=10)).dispensed_to == date(2026, 12, 2)
    short = asks(*_VALIDITY, "end", value="2026-11-25")
    assert _issued(short).dispensed_to == date(2026, 11, 25)


def test_a_prescription_expires_when_its_last_day_ends_in_kyiv() -> None:
    """The last day counts whole: the moment is midnight in Kyiv, two hours ahead of UTC."""
    fact = _issued(asks(*_VALIDITY, "end", value="2026-11-25"))
    assert fact.expires_at == microseconds(NOW.replace(day=25, hour=22))


def test_a_prescription_without_program_needs_none_of_its_streams() -> None:
    """The patient pays; nothing of a program is asked, and no treatment is indexed."""
    scene = issue_prescription()
    scene.content["resource"]["extension"] = scene.content["resource"]["extension"][:1]
    without(PROGRAM)(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, PrescriptionIssued)
    assert (fact.program, fact.treatment, fact.settings) == (None, None, ())


def test_the_settings_of_the_program_are_kept_as_of_the_issue() -> None:
    """What the program relaxes is decided when it is prescribed."""
    settings = frozenset(
        {
            "multi_medication_dispense_allowed",
            "skip_employment_declaration_verify",
            "skip_legal_entity_declaration_verify",
        }
    )
    fact = _issued(_program(settings=settings))
    assert fact.settings == tuple(sorted(settings))


def test_a_number_follows_from_the_id_and_is_never_given_twice() -> None:
    """A taken number yields to the next that the same id gives."""
    first, second = (prescription_number(LEDGER, NEW, attempt) for attempt in (0, 1))
    assert _issued().number == first

    def take(scene: Scene) -> None:
        scene.lookups.prescriptions.numbers.add(first)

    assert _issued(take).number == second
    assert set(first.replace("-", "")) <= set(ALPHABET)
    assert [len(group) for group in first.split("-")] == [4, 4, 4, 4]


def test_refuses_prescription__number_taken() -> None:
    """Where every number an id gives is taken, another id is asked for."""

    def take(scene: Scene) -> None:
        numbers = (prescription_number(LEDGER, NEW, attempt) for attempt in range(4))
        scene.lookups.prescriptions.numbers.update(numbers)

    assert refused(issue_prescription, take) == ("prescription.number_taken", "$.resource.id")


@pytest.mark.parametrize(
    ("kind", "by"),
    [("DOCTOR", "provider"), ("PHARMACIST", "pharmacy"), ("NHS_ADMIN_SIGNER", "payer")],
)
def test_a_block_says_whose_it_is(kind: Any, by: str) -> None:
    """A block remembers who blocked; a later one follows a block that has run out."""
    scene = block_prescription()
    given(ACTOR, employee(kind))(scene)
    given(PRESCRIPTION, blocked(OTHER, until=microseconds(NOW)))(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, PrescriptionBlocked)
    assert (fact.by, fact.legal_entity) == (by, ENTITY)


def test_the_payer_lifts_any_block() -> None:
    """The payer lifts what another institution blocked."""
    scene = unblock_prescription()
    given(PRESCRIPTION, blocked(OTHER))(scene)
    given(ACTOR, employee("NHS_ADMIN_SIGNER"))(scene)
    assert scene.judge()


def _gone() -> Dispense:
    return dispense(expires_at=microseconds(NOW))


@pytest.mark.parametrize(
    ("accepted", "ending"),
    [
        (reject_prescription, PrescriptionRejected),
        (expire_prescription, PrescriptionExpired),
    ],
)
def test_a_hold_that_has_expired_hinders_nothing(accepted: Any, ending: Any) -> None:
    """It ends in the same commit, before the prescription does."""
    scene = accepted()
    state = prescription(_gone(), expires_at=microseconds(NOW))
    given(PRESCRIPTION, state)(scene)
    facts = scene.judge()
    assert [type(each) for each in facts] == [DispenseExpired, ending]
    after: Any = state
    for fact in facts:
        after = evolve(after, fact)
    assert isinstance(after, Prescription)
    assert (after.live, after.status is Status.ACTIVE) == ((), False)
