"""Compare facts of the registries with the signed content they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ehealth_ledger.commands.command import Command
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
from ehealth_ledger.commands.ledger import OpenLedger
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
from ehealth_ledger.commands.party import MarkDeceased, VerifyParty
from ehealth_ledger.events.division import (
    DivisionActivated,
    DivisionDeactivated,
    DivisionRegistered,
    DivisionUpdated,
    DrugstoreVerified,
)
from ehealth_ledger.events.employee import (
    EmployeeDismissed,
    EmployeeRegistered,
    EmployeeUpdated,
)
from ehealth_ledger.events.employee_role import (
    EmployeeRoleActivated,
    EmployeeRoleDeactivated,
    EmployeeRoleRegistered,
)
from ehealth_ledger.events.fact import Fact
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
from ehealth_ledger.events.party import PartyDeceased, PartyVerified

Said = tuple[object, ...]


def _head_type(kind: str) -> str:
    return "PHARMACY_OWNER" if kind == "PHARMACY" else "OWNER"


def _specialities(command: RegisterEmployee | UpdateEmployee) -> Said:
    asked = command.resource.specialities
    return tuple(each.speciality for each in sorted(asked, key=lambda e: not e.speciality_officio))


def _same(*fields: str) -> Callable[[Any], Said]:
    """Take these fields as they are, of the fact or of the signed resource."""
    return lambda of: tuple(getattr(of, field) for field in fields)


def _of(*fields: str) -> tuple[Callable[[Any], Said], Callable[[Any], Said]]:
    """Compare fields that fact and signed resource call alike."""
    same = _same(*fields)
    return same, lambda command: same(command.resource)


# For each command and each of its facts: what the fact says, and what the signed content says.
# Any: the key gives each pair of functions its own types.
REPEATED: Final[
    Mapping[tuple[type[Command], type[Fact]], tuple[Callable[[Any], Said], Callable[[Any], Said]]]
] = MappingProxyType(
    {
        (OpenLedger, LegalEntityRegistered): (
            _same("legal_entity", "edrpou", "kind"),
            lambda c: (c.resource.payer.id, c.resource.payer.edrpou, "PAYER"),
        ),
        (RegisterLegalEntity, LegalEntityRegistered): (
            _same("legal_entity", "edrpou", "kind", "head"),
            lambda c: (c.resource.id, c.resource.edrpou, c.resource.kind, c.resource.head.id),
        ),
        (RegisterLegalEntity, EmployeeRegistered): (
            _same("employee", "legal_entity", "type"),
            lambda c: (c.resource.head.id, c.resource.id, _head_type(c.resource.kind)),
        ),
        (UpdateLegalEntity, LegalEntityUpdated): (
            _same("legal_entity"),
            lambda c: (c.legal_entity,),
        ),
        (VerifyLegalEntity, LegalEntityVerified): _of("legal_entity", "verdict"),
        (SuspendLegalEntity, LegalEntitySuspended): _of("legal_entity"),
        (ResumeLegalEntity, LegalEntityResumed): _of("legal_entity"),
        (CloseLegalEntity, LegalEntityClosed): _of("legal_entity"),
        (ReorganiseLegalEntity, LegalEntityReorganised): _of("legal_entity", "successor"),
        (ChangeHead, LegalEntityHeadChanged): (
            _same("legal_entity", "head"),
            lambda c: (c.resource.legal_entity, c.resource.head.id),
        ),
        (ChangeHead, EmployeeRegistered): (
            _same("employee", "legal_entity"),
            lambda c: (c.resource.head.id, c.resource.legal_entity),
        ),
        (ChangeHead, EmployeeDismissed): (
            _same("employee", "legal_entity", "cause"),
            lambda c: (c.resource.former, c.resource.legal_entity, "replaced"),
        ),
        (RegisterDivision, DivisionRegistered): (
            _same("division", "legal_entity", "type", "mountain_group"),
            lambda c: (
                *(c.resource.id, c.legal_entity, c.resource.type),
                int(c.resource.mountain_group),
            ),
        ),
        (UpdateDivision, DivisionUpdated): (
            _same("division", "mountain_group"),
            lambda c: (c.resource.division, int(c.resource.mountain_group)),
        ),
        (ActivateDivision, DivisionActivated): _of("division"),
        (DeactivateDivision, DivisionDeactivated): _of("division"),
        (VerifyDrugstore, DrugstoreVerified): _of("division", "verdict"),
        (RegisterLicence, LicenceRegistered): (
            _same("licence", "legal_entity", "type", "first_day", "last_day"),
            lambda c: (
                *(c.resource.id, c.legal_entity, c.resource.type),
                *(c.resource.first_day, c.resource.last_day),
            ),
        ),
        (UpdateLicence, LicenceUpdated): _of("licence", "first_day", "last_day"),
        (RegisterEmployee, EmployeeRegistered): (
            _same("employee", "legal_entity", "type", "specialities", "division"),
            lambda c: (
                *(c.resource.id, c.legal_entity, c.resource.type),
                *(_specialities(c), c.resource.division),
            ),
        ),
        (UpdateEmployee, EmployeeUpdated): (
            _same("employee", "specialities", "division"),
            lambda c: (c.resource.employee, _specialities(c), c.resource.division),
        ),
        (DismissEmployee, EmployeeDismissed): (
            _same("employee", "legal_entity", "cause"),
            lambda c: (c.resource.employee, c.legal_entity, "dismissed"),
        ),
        (DismissByClosing, EmployeeDismissed): (
            _same("employee", "cause"),
            lambda c: (c.resource.employee, "legal_entity_closed"),
        ),
        (VerifyParty, PartyVerified): _of("source", "verdict"),
        (MarkDeceased, PartyDeceased): _of("died_on"),
        (RegisterHealthcareService, HealthcareServiceRegistered): (
            _same(
                *("healthcare_service", "legal_entity", "division", "licence"),
                *("category", "speciality", "providing_condition"),
            ),
            lambda c: (
                *(c.resource.id, c.legal_entity, c.resource.division, c.resource.licence),
                *(c.resource.category, c.resource.speciality, c.resource.providing_condition),
            ),
        ),
        (ActivateHealthcareService, HealthcareServiceActivated): _of("healthcare_service"),
        (DeactivateHealthcareService, HealthcareServiceDeactivated): _of("healthcare_service"),
        (RegisterEmployeeRole, EmployeeRoleRegistered): (
            _same("employee_role", "legal_entity", "employee", "healthcare_service"),
            lambda c: (
                *(c.resource.id, c.legal_entity),
                *(c.resource.employee, c.resource.healthcare_service),
            ),
        ),
        (ActivateEmployeeRole, EmployeeRoleActivated): _of("employee_role"),
        (DeactivateEmployeeRole, EmployeeRoleDeactivated): _of("employee_role"),
    }
)


def agrees(command: Command, fact: Fact) -> bool:
    """Tell whether a fact of the registries says what was signed; others are not asked here."""
    pair = REPEATED.get((type(command), type(fact)))
    return pair is None or pair[0](fact) == pair[1](command)
