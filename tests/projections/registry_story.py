"""Tell what the registries can say, in facts: a clinic begins, changes, ends; so do its people."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.events.division import (
    DivisionActivated,
    DivisionDeactivated,
    DivisionRegistered,
    DivisionUpdated,
    DrugstoreVerified,
)
from ehealth_ledger.events.employee import EmployeeDismissed, EmployeeRegistered, EmployeeUpdated
from ehealth_ledger.events.employee_role import (
    EmployeeRoleActivated,
    EmployeeRoleDeactivated,
    EmployeeRoleRegistered,
)
from ehealth_ledger.events.healthcare_service import (
    HealthcareServiceActivated,
    HealthcareServiceDeactivated,
    HealthcareServiceRegistered,
)
from ehealth_ledger.events.legal_entity import (
    LegalEntityClosed,
    LegalEntityHeadChanged,
    LegalEntityRegistered,
    LegalEntityReorganised,
    LegalEntityResumed,
    LegalEntitySuspended,
    LegalEntityUpdated,
    LegalEntityVerified,
)
from ehealth_ledger.events.licence import LicenceRegistered, LicenceUpdated
from ehealth_ledger.events.party import PartyDeceased, PartyFoundAlive, PartyVerified
from tests.projections.log import HandMadeLog

DAY = date(2026, 11, 20)
WHY, RESOURCE = "/resource/reason", "/resource"
PERSON = registry.party("2000000001", "Лікар", "Тест")


def tell_registries(log: HandMadeLog, entity: UUID, doctor: UUID, party: UUID) -> None:
    """Write every fact of the registries at least once."""
    _institution(log, entity)
    _employment(log, entity, doctor, party)
    place, paper = _place(log, entity), _paper(log, entity)
    _care(log, entity, doctor, place, paper)
    _person(log, party)
    merged = uuid4()
    _institution(log, merged)
    log.add(LegalEntityReorganised(legal_entity=merged, successor=entity, reason_pointer=WHY))
    ended = uuid4()
    _institution(log, ended)
    log.add(LegalEntityClosed(legal_entity=ended, closed_at=1, employees=(), reason_pointer=WHY))


def _institution(log: HandMadeLog, entity: UUID) -> None:
    head = uuid4()
    written = registry.institution(entity, "30000001", "Клініка", "OUTPATIENT", head, PERSON)
    log.add(
        LegalEntityRegistered(
            legal_entity=entity,
            edrpou="30000001",
            kind="OUTPATIENT",
            head=head,
            resource_pointer=RESOURCE,
        ),
        content={"resource": written},
    )
    log.add(LegalEntityVerified(legal_entity=entity, verdict="VERIFIED", reason_pointer=WHY))
    log.add(
        LegalEntityUpdated(legal_entity=entity, resource_pointer=RESOURCE),
        content={"resource": {"name": "Клініка № 2", "address": registry.address()}},
    )
    log.add(LegalEntitySuspended(legal_entity=entity, reason_pointer=WHY))
    log.add(LegalEntityResumed(legal_entity=entity, reason_pointer=WHY))
    log.add(LegalEntityHeadChanged(legal_entity=entity, head=uuid4(), reason_pointer=WHY))


def _employment(log: HandMadeLog, entity: UUID, doctor: UUID, party: UUID) -> None:
    for employee in (doctor, uuid4()):
        log.add(
            EmployeeRegistered(
                employee=employee,
                party=party,
                legal_entity=entity,
                tax_index="ab" * 16,
                type="DOCTOR",
                specialities=("FAMILY_DOCTOR",),
                party_pointer="/resource/party",
            ),
            content={"resource": registry.employment(employee, PERSON, "DOCTOR")},
        )
    log.add(
        EmployeeUpdated(employee=employee, party=party, specialities=("THERAPIST",)),
        EmployeeDismissed(
            employee=employee,
            party=party,
            legal_entity=entity,
            cause="dismissed",
            last_day=DAY,
        ),
    )


def _place(log: HandMadeLog, entity: UUID) -> UUID:
    place = uuid4()
    content = {"resource": registry.division(place, kind="DRUGSTORE", mountain=True)}
    log.add(
        DivisionRegistered(
            division=place,
            legal_entity=entity,
            type="DRUGSTORE",
            mountain_group=1,
            first_day=DAY,
            resource_pointer=RESOURCE,
        ),
        content=content,
    )
    log.add(
        DivisionUpdated(division=place, mountain_group=0, first_day=DAY, resource_pointer=RESOURCE),
        content=content,
    )
    log.add(DivisionDeactivated(division=place), DivisionActivated(division=place))
    log.add(DrugstoreVerified(division=place, verdict="VERIFIED", reason_pointer=WHY))
    return place


def _paper(log: HandMadeLog, entity: UUID) -> UUID:
    paper = uuid4()
    content = {"resource": registry.licence(paper, last_day=DAY)}
    log.add(
        LicenceRegistered(
            licence=paper,
            legal_entity=entity,
            type="MSP",
            first_day=DAY,
            resource_pointer=RESOURCE,
        ),
        LicenceUpdated(licence=paper, first_day=DAY, last_day=DAY, resource_pointer=RESOURCE),
        content=content,
    )
    return paper


def _care(log: HandMadeLog, entity: UUID, doctor: UUID, place: UUID, paper: UUID) -> None:
    care, tie = uuid4(), uuid4()
    log.add(
        HealthcareServiceRegistered(
            healthcare_service=care,
            legal_entity=entity,
            division=place,
            licence=paper,
            category="MSP",
            speciality="FAMILY_DOCTOR",
            providing_condition="OUTPATIENT",
            resource_pointer=RESOURCE,
        ),
        HealthcareServiceDeactivated(healthcare_service=care),
        HealthcareServiceActivated(healthcare_service=care),
    )
    log.add(
        EmployeeRoleRegistered(
            employee_role=tie, legal_entity=entity, employee=doctor, healthcare_service=care
        ),
        EmployeeRoleDeactivated(employee_role=tie),
        EmployeeRoleActivated(employee_role=tie),
    )


def _person(log: HandMadeLog, party: UUID) -> None:
    log.add(
        PartyVerified(
            party=party,
            source="DRFO",
            verdict="NOT_VERIFIED",
            barred_from=1_800_000_000_000_000,
            reason_pointer=WHY,
        )
    )
    log.add(
        PartyDeceased(party=party, died_on=DAY, reason_pointer=WHY),
        PartyFoundAlive(party=party, reason_pointer=WHY),
    )
