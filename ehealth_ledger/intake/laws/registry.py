"""Map commands about institutions, their places, their papers and their staff to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import (
    division,
    employee_role,
    employment,
    healthcare_service,
    identification,
    licence,
)
from ehealth_ledger.aggregates.legal_entity import registration, standing
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.division import (
    ActivateDivision,
    DeactivateDivision,
    RegisterDivision,
    UpdateDivision,
    VerifyDrugstore,
)
from ehealth_ledger.commands.employee import (
    DismissByClosing,
    DismissEmployee,
    RegisterEmployee,
    UpdateEmployee,
)
from ehealth_ledger.commands.employee_role import (
    ActivateEmployeeRole,
    DeactivateEmployeeRole,
    RegisterEmployeeRole,
)
from ehealth_ledger.commands.healthcare_service import (
    ActivateHealthcareService,
    DeactivateHealthcareService,
    RegisterHealthcareService,
)
from ehealth_ledger.commands.legal_entity import (
    ChangeHead,
    CloseLegalEntity,
    RegisterLegalEntity,
    ReorganiseLegalEntity,
    ResumeLegalEntity,
    SuspendLegalEntity,
    UpdateLegalEntity,
    VerifyLegalEntity,
)
from ehealth_ledger.commands.licence import RegisterLicence, UpdateLicence
from ehealth_ledger.commands.party import MarkAlive, MarkDeceased, VerifyParty
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.registry import (
    DIVISION_TYPES,
    EMPLOYEE_SPECIALITIES,
    EMPLOYEE_TYPES,
    LICENCE_TYPES,
    PARTY_UNVERIFIED_DAYS_MAX,
    PROVIDING_CONDITIONS,
    SERVICE_CATEGORIES,
    SERVICE_SPECIALITIES,
)


def _of_entity(command: RegisterLegalEntity, wanted: Wanted) -> None:
    wanted.edrpous.add(command.resource.edrpou)


_Standing = SuspendLegalEntity | ResumeLegalEntity | CloseLegalEntity | ReorganiseLegalEntity


def _of_standing(command: _Standing, wanted: Wanted) -> None:
    wanted.providers.add(command.resource.legal_entity)


def _of_ending(command: CloseLegalEntity | ReorganiseLegalEntity, wanted: Wanted) -> None:
    _of_standing(command, wanted)
    wanted.applicants.add(command.resource.legal_entity)


def _of_closing(command: CloseLegalEntity, wanted: Wanted) -> None:
    wanted.employers.add(command.resource.legal_entity)
    _of_ending(command, wanted)


def _contracts(command: _Standing | ChangeHead, lookups: Lookups) -> Ids:
    return lookups.contracts.of_provider(command.resource.legal_entity)


def _contracts_and_requests(
    command: CloseLegalEntity | ReorganiseLegalEntity, lookups: Lookups
) -> Ids:
    yield from _contracts(command, lookups)
    yield from lookups.contracts.requests_of(command.resource.legal_entity)


def _of_new_head(command: ChangeHead, wanted: Wanted) -> None:
    wanted.employees.add(command.resource.former)
    wanted.providers.add(command.resource.legal_entity)


def _of_dismissal(command: DismissEmployee | DismissByClosing, wanted: Wanted) -> None:
    wanted.employees.add(command.resource.employee)


def _of_service(command: RegisterHealthcareService, wanted: Wanted) -> None:
    wanted.service_divisions.add(command.resource.division)


def _of_role(command: RegisterEmployeeRole, wanted: Wanted) -> None:
    wanted.role_employees.add(command.resource.employee)


def _workplace(command: RegisterEmployee) -> Ids:
    division = command.resource.division
    return () if division is None else (division,)


def _employee_and_workplace(command: UpdateEmployee) -> Ids:
    asked = command.resource
    return (asked.employee,) if asked.division is None else (asked.employee, asked.division)


LAWS: Final[LawTable] = {
    RegisterLegalEntity: Law(
        registration.register,
        brings=lambda c: (c.resource.id, c.resource.head.id),
        lookups=_of_entity,
    ),
    UpdateLegalEntity: Law(registration.update),
    VerifyLegalEntity: Law(standing.verify, streams=lambda c: (c.resource.legal_entity,)),
    SuspendLegalEntity: Law(
        standing.suspend,
        streams=lambda c: (c.resource.legal_entity,),
        lookups=_of_standing,
        found=_contracts,
    ),
    ResumeLegalEntity: Law(
        standing.resume,
        streams=lambda c: (c.resource.legal_entity,),
        lookups=_of_standing,
        found=_contracts,
    ),
    CloseLegalEntity: Law(
        standing.close,
        streams=lambda c: (c.resource.legal_entity,),
        lookups=_of_closing,
        found=_contracts_and_requests,
    ),
    ReorganiseLegalEntity: Law(
        standing.reorganise,
        streams=lambda c: (c.resource.legal_entity, c.resource.successor),
        lookups=_of_ending,
        found=_contracts_and_requests,
    ),
    ChangeHead: Law(
        registration.change_head,
        streams=lambda c: (c.resource.legal_entity, c.resource.former),
        brings=lambda c: (c.resource.head.id,),
        lookups=_of_new_head,
        found=_contracts,
    ),
    RegisterDivision: Law(
        division.register, brings=lambda c: (c.resource.id,), parameters=(DIVISION_TYPES,)
    ),
    UpdateDivision: Law(division.update, streams=lambda c: (c.resource.division,)),
    ActivateDivision: Law(division.activate, streams=lambda c: (c.resource.division,)),
    DeactivateDivision: Law(division.deactivate, streams=lambda c: (c.resource.division,)),
    VerifyDrugstore: Law(division.verify_dls, streams=lambda c: (c.resource.division,)),
    RegisterLicence: Law(
        licence.register, brings=lambda c: (c.resource.id,), parameters=(LICENCE_TYPES,)
    ),
    UpdateLicence: Law(licence.update, streams=lambda c: (c.resource.licence,)),
    RegisterEmployee: Law(
        employment.register,
        streams=_workplace,
        brings=lambda c: (c.resource.id,),
        parameters=(EMPLOYEE_TYPES, EMPLOYEE_SPECIALITIES),
    ),
    UpdateEmployee: Law(
        employment.update, streams=_employee_and_workplace, parameters=(EMPLOYEE_SPECIALITIES,)
    ),
    DismissEmployee: Law(
        employment.dismiss, streams=lambda c: (c.resource.employee,), lookups=_of_dismissal
    ),
    DismissByClosing: Law(
        employment.dismiss_by_closing,
        streams=lambda c: (c.resource.employee,),
        lookups=_of_dismissal,
    ),
    VerifyParty: Law(
        identification.verify,
        streams=lambda c: (c.resource.employee,),
        parameters=(PARTY_UNVERIFIED_DAYS_MAX,),
    ),
    MarkDeceased: Law(identification.mark_deceased, streams=lambda c: (c.resource.employee,)),
    MarkAlive: Law(identification.mark_alive, streams=lambda c: (c.resource.employee,)),
    RegisterHealthcareService: Law(
        healthcare_service.register,
        streams=lambda c: (c.resource.division, c.resource.licence),
        brings=lambda c: (c.resource.id,),
        lookups=_of_service,
        parameters=(SERVICE_CATEGORIES, SERVICE_SPECIALITIES, PROVIDING_CONDITIONS),
    ),
    ActivateHealthcareService: Law(
        healthcare_service.activate, streams=lambda c: (c.resource.healthcare_service,)
    ),
    DeactivateHealthcareService: Law(
        healthcare_service.deactivate, streams=lambda c: (c.resource.healthcare_service,)
    ),
    RegisterEmployeeRole: Law(
        employee_role.register,
        streams=lambda c: (c.resource.employee, c.resource.healthcare_service),
        brings=lambda c: (c.resource.id,),
        lookups=_of_role,
    ),
    ActivateEmployeeRole: Law(
        employee_role.activate, streams=lambda c: (c.resource.employee_role,)
    ),
    DeactivateEmployeeRole: Law(
        employee_role.deactivate, streams=lambda c: (c.resource.employee_role,)
    ),
}
