"""Judge the issue of prescriptions: who prescribes, for which days, what, within which program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from ehealth_ledger.aggregates import care_plan as care_plans
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import Employee, acting_employee, acting_institution
from ehealth_ledger.aggregates.encounter.state import Encounter
from ehealth_ledger.aggregates.encounter.state import Status as EncounterStatus
from ehealth_ledger.aggregates.medical_program import MedicalProgram, program_in_force
from ehealth_ledger.aggregates.medication import Medication, generic_in_force
from ehealth_ledger.aggregates.patient import Patient, active_patient
from ehealth_ledger.commands.fhir.care_plan import INNM_DOSAGES
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.fhir.medication_request import MedicationRequest
from ehealth_ledger.commands.fhir.program_extension import (
    AtDivision,
    OfPatientCategory,
    WithinProgram,
)
from ehealth_ledger.commands.prescription import IssuePrescription
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.prescription import PrescriptionIssued
from ehealth_ledger.values.identifiers import EncounterId
from ehealth_ledger.values.numbers import prescription_number
from ehealth_ledger.values.parameters.prescription import (
    DAYS_MAX,
    DISPENSE_DAYS,
    INPUT_DELAY_DAYS_MAX,
    LEGAL_ENTITY_KINDS,
    LONG_COURSE_DAYS,
    RENEWAL_DAYS_LONG,
    RENEWAL_DAYS_SHORT,
)
from ehealth_ledger.values.programs import (
    SKIP_EMPLOYMENT_DECLARATION,
    SKIP_ENTITY_DECLARATION,
    SKIP_TREATMENT_PERIOD,
)
from ehealth_ledger.values.time import KYIV, day_begins, kyiv_day, microseconds

NUMBER_ATTEMPTS: Final = 4  # one number in a quadrillion is taken; four in a row never are
_PERIOD: Final = "$.resource.dispenseRequest.validityPeriod"
_QUANTITY: Final = "$.resource.dispenseRequest.quantity"
_MEDICATION: Final = "$.resource.medicationReference.reference"


@dataclass(frozen=True, slots=True)
class Course:
    """Bound a treatment by civil days, both included."""

    started_on: date
    ended_on: date

    @property
    def days(self) -> int:
        """Count the days."""
        return (self.ended_on - self.started_on).days + 1


def issue(case: Case[IssuePrescription]) -> list[Fact]:
    """Issue a prescription; its number follows from its id, its days from program and parameters.

    Rules 52 to 57, in this order: prescriber, period, treatment, quantity, program, dosage; then
    51 and 65, where a care plan foresees it.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    period = asked.dispense_request.validity_period
    course = Course(period.start, period.end)
    case.require_new_id(asked.id, "$.resource.id")
    _require_prescriber(case, actor, asked)
    with case.part():
        _require_patient(case, asked)
    program: MedicalProgram | None = None
    with case.part():
        program = _program(case, actor, asked)
    _require_period(case, asked, course, program)
    _require_no_treatment(case, asked, course, program)
    with case.part():
        generic = generic_in_force(case, asked.medication_reference.reference, path=_MEDICATION)
        _require_quantity(case, asked, generic)
        _require_medication_in_program(case, generic, program)
    require_codes(case, asked, kyiv_day(asked.authored_on), "$.resource")
    _require_sequences(case, asked)
    used: list[Fact] = []
    with case.part():
        used = _planned(case, actor, asked, course)
    return [_issued(case, actor, asked, course, program), *used]


# Rule 52


def _require_prescriber(
    case: Case[IssuePrescription], actor: Employee, asked: MedicationRequest
) -> None:
    """Require a doctor of a verified institution of a prescribing kind, at a live division."""
    case.require(
        asked.requester.reference == actor.id,
        "prescription.requester_not_signer",
        "$.resource.requester.reference",
        expected=f"PractitionerRole/{actor.id}",
    )
    institution = acting_institution(case, actor)
    kinds = case.texts(LEGAL_ENTITY_KINDS)
    case.require(
        institution.kind in kinds,
        "prescription.legal_entity_kind",
        "$.legal_entity",
        expected=" | ".join(kinds),
    )
    case.require(
        institution.nhs_verified,
        "prescription.legal_entity_not_verified",
        "$.legal_entity",
        expected="an institution that the payer has verified",
    )
    division = case.find(Division, asked.division)
    case.require(
        division is not None and division.active and division.legal_entity == institution.id,
        "prescription.division_not_active",
        f"{asked.place_of(AtDivision)}.valueId",
        expected="an active division of the institution",
    )


def _require_patient(case: Case[IssuePrescription], asked: MedicationRequest) -> None:
    """Require an active patient (rule 23) and an encounter of the same one."""
    patient = active_patient(case, asked.subject.reference, "$.resource.subject.reference")
    path = "$.resource.encounter.reference"
    encounter = case.get(
        Encounter, asked.encounter.reference, code="prescription.encounter_unknown", path=path
    )
    case.require(
        encounter.patient == patient.id,
        "prescription.encounter_of_other_patient",
        path,
        expected="an encounter of the patient",
    )
    case.require(
        encounter.status is EncounterStatus.FINISHED,
        "prescription.encounter_in_error",
        path,
        expected="an encounter that was not entered in error",
    )


def _require_declaration(
    case: Case[IssuePrescription],
    actor: Employee,
    asked: MedicationRequest,
    program: MedicalProgram,
    path: str,
) -> None:
    """Require that the doctor, or at least the institution, holds the patient's declaration."""
    if {SKIP_EMPLOYMENT_DECLARATION, SKIP_ENTITY_DECLARATION} <= program.settings:
        return
    live = case.lookups.declarations.live_of(asked.subject.reference)
    by_entity = any(each.active and each.legal_entity == actor.legal_entity for each in live)
    by_doctor = any(each.active and each.doctor == actor.id for each in live)
    whole_entity = SKIP_EMPLOYMENT_DECLARATION in program.settings
    case.require(
        by_entity if whole_entity else by_doctor,
        "prescription.declaration_missing",
        path,
        expected="the patient's declaration with the institution"
        if whole_entity
        else "the patient's declaration with the prescriber",
    )


# Rule 53


def _require_period(
    case: Case[IssuePrescription],
    asked: MedicationRequest,
    course: Course,
    program: MedicalProgram | None,
) -> None:
    """Require that the treatment starts when it is prescribed or later, and is not too long."""
    written_on = kyiv_day(asked.authored_on)
    earliest = case.today - timedelta(days=case.number(INPUT_DELAY_DAYS_MAX))
    case.require(
        asked.authored_on <= case.now,
        "prescription.authored_in_future",
        "$.resource.authoredOn",
        expected=f"{case.now.isoformat()} or earlier",
    )
    case.require(
        written_on >= earliest,
        "prescription.authored_too_long_ago",
        "$.resource.authoredOn",
        expected=f"{earliest} or later",
    )
    first = max(written_on, case.today)
    case.require(
        course.started_on >= first,
        "prescription.starts_too_early",
        f"{_PERIOD}.start",
        expected=f"{first} or later",
    )
    if case.require(
        course.ended_on >= course.started_on,
        "prescription.period_reversed",
        f"{_PERIOD}.end",
        expected=f"{course.started_on} or later",
    ):
        most = (program and program.request_days_max) or case.number(DAYS_MAX)
        case.require(
            course.days <= most,
            "prescription.period_too_long",
            f"{_PERIOD}.end",
            expected=f"{course.started_on + timedelta(days=most - 1)} or earlier",
        )


# Rule 54


def _require_no_treatment(
    case: Case[IssuePrescription],
    asked: MedicationRequest,
    course: Course,
    program: MedicalProgram | None,
) -> None:
    """Require that no order of the same patient, medication and program covers these days.

    One that is about to end may be renewed: the longer the course, the earlier.
    """
    if program is None or asked.intent == "plan" or SKIP_TREATMENT_PERIOD in program.settings:
        return
    written_on = kyiv_day(asked.authored_on)
    running = case.lookups.prescriptions.treatments(
        asked.subject.reference, asked.medication_reference.reference, program.id
    )
    for started_on, ended_on in running:
        known = Course(started_on, ended_on)
        if known.ended_on < written_on or known.started_on > course.ended_on:
            continue
        is_long = known.days >= case.number(LONG_COURSE_DAYS)
        days = case.number(RENEWAL_DAYS_LONG if is_long else RENEWAL_DAYS_SHORT)
        renewable_from = known.ended_on - timedelta(days=days)
        case.require(
            written_on >= renewable_from,
            "prescription.treatment_running",
            _MEDICATION,
            expected=f"a prescription written on {renewable_from} or later",
        )


# Rule 55


def _require_quantity(
    case: Case[IssuePrescription], asked: MedicationRequest, generic: Medication
) -> None:
    """Require units of the medication, as many as some product's parts make up."""
    quantity = asked.dispense_request.quantity
    case.require(
        quantity.code == generic.unit,
        "prescription.unit_differs",
        f"{_QUANTITY}.code",
        expected=generic.unit,
    )
    case.require(
        generic.can_be_packed(quantity.value),
        "prescription.quantity_not_packable",
        f"{_QUANTITY}.value",
        expected=_multiples(sorted(set(generic.products.values()))),
    )


def _multiples(minimums: Sequence[int]) -> str:
    return f"a multiple of {' or '.join(map(str, minimums))}" if minimums else "a product"


# Rule 56


def _program(
    case: Case[IssuePrescription], actor: Employee, asked: MedicationRequest
) -> MedicalProgram | None:
    """Return the program, whose conditions the prescription meets; None without one."""
    if asked.program is None:
        return None
    path = f"{asked.place_of(WithinProgram)}.valueId"
    program = program_in_force(case, asked.program, kind="MEDICATION", day=case.today, path=path)
    _require_declaration(case, actor, asked, program, path)
    reasons = {coded(each) for each in asked.reasons}
    case.require(
        not program.conditions or bool(reasons & program.conditions),
        "prescription.condition_not_allowed",
        "$.resource.reasonCode",
        expected="a condition of the program",
    )
    case.require(
        not program.specialities or bool(set(actor.specialities) & program.specialities),
        "prescription.speciality_not_allowed",
        "$.employee",
        expected=" | ".join(sorted(program.specialities)),
    )
    patient = case.find(Patient, asked.subject.reference)
    case.require(
        program.admits(None if patient is None else patient.birth_date, case.today),
        "prescription.age_not_allowed",
        "$.resource.subject.reference",
        expected=program.ages,
    )
    case.require(
        not program.patient_categories or asked.patient_category in program.patient_categories,
        "prescription.patient_category_not_allowed",
        asked.place_of(OfPatientCategory),
        expected=" | ".join(sorted(program.patient_categories)),
    )
    return program


def _require_medication_in_program(
    case: Case[IssuePrescription], generic: Medication, program: MedicalProgram | None
) -> None:
    case.require(
        program is None or program.covers(generic.id, case.today),
        "prescription.medication_not_in_program",
        _MEDICATION,
        expected="a medication of which some product takes part in the program",
    )


# Rule 57


def _require_sequences(case: Case[IssuePrescription], asked: MedicationRequest) -> None:
    """Require that each dosage instruction has a number of its own."""
    seen: set[int] = set()
    for at, instruction in enumerate(asked.dosage_instruction):
        case.require(
            instruction.sequence not in seen,
            "prescription.sequence_repeated",
            f"$.resource.dosageInstruction[{at}].sequence",
            expected="a number of its own",
        )
        seen.add(instruction.sequence)


# Rules 51 and 65


def _planned(
    case: Case[IssuePrescription], actor: Employee, asked: MedicationRequest, course: Course
) -> list[Fact]:
    """Take what is prescribed of a care plan's activity, which the patient lets one write.

    A plan that nobody can dispense is held to the same, and takes nothing.
    """
    if not asked.based_on:
        return []
    planned = asked.based_on[0]
    used = care_plans.use_activity(
        case,
        planned.reference,
        planned.activity,
        asked.dispense_request.quantity.value,
        request=asked.id,
        patient=asked.subject.reference,
        kind="MedicationRequest",
        codes=(f"{INNM_DOSAGES}|{asked.medication_reference.reference}",),
        # A course is made of civil days: the activity's first and last days are wholly within it.
        starts_at=microseconds(_day_after(course.started_on)) - 1,
        ends_at=day_begins(course.ended_on),
        path="$.resource.basedOn[0]",
        writer=actor,
    )
    return [used] if asked.intent == "order" else []


# What then holds


def numbers(command: IssuePrescription) -> tuple[str, ...]:
    """List the numbers a prescription may get, the first free one of them."""
    return tuple(
        prescription_number(command.ledger, command.resource.id, attempt)
        for attempt in range(NUMBER_ATTEMPTS)
    )


def _number(case: Case[IssuePrescription]) -> str:
    for number in numbers(case.command.body):
        if not case.lookups.prescriptions.number_is_taken(number):
            return number
    raise RuleBroken("prescription.number_taken", "$.resource.id", expected="another id")


def _day_after(day: date) -> datetime:
    """Return the moment a civil day ends."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=KYIV)


def _issued(
    case: Case[IssuePrescription],
    actor: Employee,
    asked: MedicationRequest,
    course: Course,
    program: MedicalProgram | None,
) -> PrescriptionIssued:
    days = (program and program.dispense_days) or case.number(DISPENSE_DAYS)
    medication, patient = asked.medication_reference.reference, asked.subject.reference
    treatment = None
    if program is not None and asked.intent == "order":
        treatment = case.lookups.prescriptions.treatment_index(patient, medication, program.id)
    return PrescriptionIssued(
        prescription=asked.id,
        patient=patient,
        number=_number(case),
        intent=asked.intent,
        medication=medication,
        unit=asked.dispense_request.quantity.code,
        quantity=asked.dispense_request.quantity.value,
        program=None if program is None else program.id,
        settings=() if program is None else tuple(sorted(program.settings)),
        requester=actor.id,
        legal_entity=actor.legal_entity,
        division=asked.division,
        encounter=EncounterId(asked.encounter.reference),
        started_on=course.started_on,
        ended_on=course.ended_on,
        dispensed_from=course.started_on,
        dispensed_to=min(course.ended_on, course.started_on + timedelta(days=days - 1)),
        expires_at=microseconds(_day_after(course.ended_on)),
        treatment=treatment,
        care_plan=asked.based_on[0].reference if asked.based_on else None,
        activity=asked.based_on[0].activity if asked.based_on else None,
        resource_pointer="/resource",
    )
