"""Judge medical programs, and what takes part in them on a day; the payer signs.

A program's own stream holds its participants, so that whoever prescribes, dispenses or refers under
it reads one stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.medication import Medication
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.medical_program import (
    AddProgramMedications,
    AddProgramServices,
    DeactivateMedicalProgram,
    EndProgramMedication,
    EndProgramService,
    PublishMedicalProgram,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.medical_program import (
    MedicalProgramDeactivated,
    MedicalProgramPublished,
    MedicationParticipation,
    ProgramMedicationAdded,
    ProgramMedicationEnded,
    ProgramServiceAdded,
    ProgramServiceEnded,
    ServiceParticipation,
)
from ehealth_ledger.values.identifiers import MedicalProgramId, MedicationId
from ehealth_ledger.values.programs import FundingSource, ProgramKind, ProgramSetting
from ehealth_ledger.values.time import age_on

AnyProgramFact = (
    MedicalProgramPublished
    | MedicalProgramDeactivated
    | ProgramMedicationAdded
    | ProgramMedicationEnded
    | ProgramServiceAdded
    | ProgramServiceEnded
)
_PROGRAM: Final = "$.resource.program"


@dataclass(frozen=True, slots=True)
class MedicalProgram:
    """Hold a program and its participants; both days are included."""

    id: MedicalProgramId
    kind: ProgramKind
    funding_source: FundingSource
    first_day: date
    last_day: date
    settings: frozenset[ProgramSetting]
    specialities: frozenset[str]
    conditions: frozenset[str]  # `system|code`
    patient_categories: frozenset[str]
    request_days_max: int | None
    dispense_days: int | None
    patient_age_min: int | None = None  # whole years, included
    patient_age_max: int | None = None
    active: bool = True
    medications: Mapping[MedicationId, tuple[MedicationParticipation, ...]] = field(
        default_factory=dict
    )
    services: Mapping[str, tuple[ServiceParticipation, ...]] = field(default_factory=dict)

    def in_force(self, day: date) -> bool:
        """Tell whether the program holds on a day."""
        return self.active and self.first_day <= day <= self.last_day

    def admits(self, birth_date: date | None, day: date) -> bool:
        """Tell whether the program is for somebody of this age on a day (rules 48 and 56).

        Whose birth date nobody knows is of no age: a program with an age does not take them.
        """
        least, most = self.patient_age_min, self.patient_age_max
        if least is None and most is None:
            return True
        if birth_date is None:
            return False
        age = age_on(birth_date, day)
        return (least is None or least <= age) and (most is None or age <= most)

    @property
    def ages(self) -> str:
        """Write the ages the program is for."""
        least = 0 if self.patient_age_min is None else self.patient_age_min
        most = "" if self.patient_age_max is None else f" to {self.patient_age_max}"
        return f"a patient whose age is known and is {least} years{most or ' or more'}"

    def product(self, medication: MedicationId, day: date) -> MedicationParticipation | None:
        """Return a product's part in the program on a day."""
        part: MedicationParticipation | None = _on(self.medications.get(medication, ()), day)
        return part

    def covers(self, generic: MedicationId, day: date) -> bool:
        """Tell whether some product of an INNM dosage takes part on a day."""
        return any(
            each.generic == generic
            for parts in self.medications.values()
            for each in parts
            if each.first_day <= day <= each.last_day
        )

    def offers(self, service: str, day: date) -> bool:
        """Tell whether a service (`system|code`) takes part on a day."""
        return _on(self.services.get(service, ()), day) is not None


Part = MedicationParticipation | ServiceParticipation


def _on(parts: Iterable[Any], day: date) -> Any:
    """Return the part in force on a day; parts of one participant share no day."""
    return next((each for each in parts if each.first_day <= day <= each.last_day), None)


def _overlaps(parts: Iterable[Part], first_day: date, last_day: date) -> bool:
    return any(each.first_day <= last_day and first_day <= each.last_day for each in parts)


def _added(known: Mapping[Any, tuple[Any, ...]], new: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    parts = dict(known)
    for key, part in new:
        parts[key] = (*parts.get(key, ()), part)
    return parts


def _ended(known: Mapping[Any, tuple[Any, ...]], key: Any, last_day: date) -> dict[Any, Any]:
    """Cut every part at a day; one that would begin later is gone."""
    cut = (
        each.model_copy(update={"last_day": min(each.last_day, last_day)})
        for each in known.get(key, ())
        if each.first_day <= last_day
    )
    return {**known, key: tuple(cut)}


# What happened


def evolve(state: MedicalProgram | None, fact: AnyProgramFact) -> MedicalProgram | None:
    """Take in what happened to a program; never refuses a fact."""
    if isinstance(fact, MedicalProgramPublished):
        return MedicalProgram(
            id=fact.program,
            kind=fact.kind,
            funding_source=fact.funding_source,
            first_day=fact.first_day,
            last_day=fact.last_day,
            settings=frozenset(fact.settings),
            specialities=frozenset(fact.specialities),
            conditions=frozenset(fact.conditions),
            patient_categories=frozenset(fact.patient_categories),
            request_days_max=fact.request_days_max,
            dispense_days=fact.dispense_days,
            patient_age_min=fact.patient_age_min,
            patient_age_max=fact.patient_age_max,
        )
    if state is None:
        return None
    match fact:
        case MedicalProgramDeactivated():
            return replace(state, active=False)
        case ProgramMedicationAdded():
            products = ((each.medication, each) for each in fact.participants)
            return replace(state, medications=_added(state.medications, products))
        case ProgramMedicationEnded():
            return replace(
                state, medications=_ended(state.medications, fact.medication, fact.last_day)
            )
        case ProgramServiceAdded():
            services = ((each.service, each) for each in fact.participants)
            return replace(state, services=_added(state.services, services))
        case ProgramServiceEnded():
            return replace(state, services=_ended(state.services, fact.service, fact.last_day))
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    MedicalProgramPublished: evolve,
    MedicalProgramDeactivated: evolve,
    ProgramMedicationAdded: evolve,
    ProgramMedicationEnded: evolve,
    ProgramServiceAdded: evolve,
    ProgramServiceEnded: evolve,
}


# What may happen


def publish(case: Case[PublishMedicalProgram]) -> list[Fact]:
    """Publish a program; its conditions stay what they are, a changed program is a new one."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require_days(
        asked.first_day, asked.last_day, "medical_program.period_invalid", "$.resource"
    )
    return [
        MedicalProgramPublished(
            program=asked.id,
            name=asked.name,
            kind=asked.kind,
            funding_source=asked.funding_source,
            first_day=asked.first_day,
            last_day=asked.last_day,
            settings=tuple(sorted(asked.settings)),
            specialities=asked.specialities,
            conditions=tuple(coded(each) for each in asked.conditions),
            patient_categories=asked.patient_categories,
            request_days_max=asked.request_days_max,
            dispense_days=asked.dispense_days,
            patient_age_min=asked.patient_age_min,
            patient_age_max=asked.patient_age_max,
            order=asked.order,
            resource_pointer="/resource",
        )
    ]


def deactivate(case: Case[DeactivateMedicalProgram]) -> list[Fact]:
    """End a program at once: nothing more is prescribed, reserved or referred under it."""
    acting_employee(case)
    asked = case.command.body.resource
    program = active_program(case, asked.program)
    return [MedicalProgramDeactivated(program=program.id, order=asked.order)]


def add_medications(case: Case[AddProgramMedications]) -> list[Fact]:
    """Add products, each once on a day, with what the program pays for them (rule 60)."""
    acting_employee(case)
    asked = case.command.body.resource
    program = active_program(case, asked.program, kind="MEDICATION")
    added: dict[Any, tuple[Part, ...]] = dict(program.medications)
    parts: list[MedicationParticipation] = []
    for at, each in enumerate(asked.participants):
        path = f"$.resource.participants[{at}]"
        with case.part():
            product = case.get(
                Medication,
                each.medication,
                code="medication.unknown",
                path=f"{path}.medication",
            )
            _require_participation(case, added, each.medication, each, path)
            if product.generic is None:
                case.refuse(
                    "medication.not_a_product",
                    f"{path}.medication",
                    expected="a medication that is a product",
                )
                continue
            part = MedicationParticipation(
                medication=product.id,
                generic=product.generic,
                package_quantity=product.package_quantity,
                package_minimum=product.package_minimum,
                first_day=each.first_day,
                last_day=each.last_day,
                reimbursement=each.reimbursement,
            )
            added[product.id] = (*added.get(product.id, ()), part)
            parts.append(part)
    return [
        ProgramMedicationAdded(program=program.id, participants=tuple(parts), order=asked.order)
    ]


def end_medication(case: Case[EndProgramMedication]) -> list[Fact]:
    """End a product's part in a program, today or later: what was dispensed stands."""
    acting_employee(case)
    asked = case.command.body.resource
    program = active_program(case, asked.program, kind="MEDICATION")
    parts = program.medications.get(asked.medication, ())
    _require_end(case, parts, asked.last_day, "$.resource.medication")
    return [
        ProgramMedicationEnded(
            program=program.id,
            medication=asked.medication,
            last_day=asked.last_day,
            order=asked.order,
        )
    ]


def add_services(case: Case[AddProgramServices]) -> list[Fact]:
    """Add services, each once on a day (rule 48)."""
    acting_employee(case)
    asked = case.command.body.resource
    program = active_program(case, asked.program, kind="SERVICE")
    added: dict[Any, tuple[Part, ...]] = dict(program.services)
    parts: list[ServiceParticipation] = []
    for at, each in enumerate(asked.participants):
        service = coded(each.service)
        _require_participation(case, added, service, each, f"$.resource.participants[{at}]")
        part = ServiceParticipation(
            service=service, first_day=each.first_day, last_day=each.last_day
        )
        added[service] = (*added.get(service, ()), part)
        parts.append(part)
    return [ProgramServiceAdded(program=program.id, participants=tuple(parts), order=asked.order)]


def end_service(case: Case[EndProgramService]) -> list[Fact]:
    """End a service's part in a program, today or later: what was referred stands."""
    acting_employee(case)
    asked = case.command.body.resource
    program = active_program(case, asked.program, kind="SERVICE")
    service = coded(asked.service)
    _require_end(case, program.services.get(service, ()), asked.last_day, "$.resource.service")
    return [
        ProgramServiceEnded(
            program=program.id, service=service, last_day=asked.last_day, order=asked.order
        )
    ]


def program_in_force(
    case: Case[Any], wanted: MedicalProgramId, *, kind: ProgramKind, day: date, path: str
) -> MedicalProgram:
    """Return a program of a kind that is in force on a day, or refuse (rules 48, 56 and 62)."""
    program = case.get(MedicalProgram, wanted, code="medical_program.unknown", path=path)
    case.require(
        program.kind == kind, "medical_program.other_kind", path, expected=f"a {kind} program"
    )
    case.require(
        program.in_force(day),
        "medical_program.not_active",
        path,
        expected=f"a program in force on {day}",
    )
    return program


def active_program(
    case: Case[Any], wanted: MedicalProgramId, *, kind: ProgramKind | None = None
) -> MedicalProgram:
    """Return a program that was not ended, or refuse."""
    program = case.get(MedicalProgram, wanted, code="medical_program.unknown", path=_PROGRAM)
    case.require(program.active, "medical_program.not_active", _PROGRAM, expected="active")
    case.require(
        kind is None or program.kind == kind,
        "medical_program.other_kind",
        _PROGRAM,
        expected=f"a {kind} program",
    )
    return program


def _require_participation(
    case: Case[Any], added: Mapping[Any, tuple[Part, ...]], key: object, asked: Any, path: str
) -> None:
    case.require_days(asked.first_day, asked.last_day, "medical_program.period_invalid", path)
    case.require(
        not _overlaps(added.get(key, ()), asked.first_day, asked.last_day),
        "medical_program.participation_overlaps",
        f"{path}.first_day",
        expected="days on which the participant takes no part yet",
    )


def _require_end(case: Case[Any], parts: Iterable[Part], last_day: date, path: str) -> None:
    case.require(
        _overlaps(parts, case.today, date.max),
        "medical_program.participant_unknown",
        path,
        expected="a participant of today or later",
    )
    require_future(case, last_day, "$.resource.last_day")


def require_future(case: Case[Any], day: date, path: str) -> None:
    """Keep the past as it was: acts of those days rest on it."""
    case.require(
        day >= case.today,
        "medical_program.day_passed",
        path,
        expected=f"{case.today} or later",
    )
