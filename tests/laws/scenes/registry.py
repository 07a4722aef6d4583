"""Set accepted scenes of commands about institutions, their places, papers and staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.employee_role import EmployeeRole
from ehealth_ledger.aggregates.healthcare_service import HealthcareService
from ehealth_ledger.aggregates.legal_entity import LegalEntity, Status
from ehealth_ledger.aggregates.licence import Licence
from ehealth_ledger.aggregates.party import Party
from ehealth_ledger.entrypoints.demo.resources import registry
from ehealth_ledger.events.employee import EmployeeType
from ehealth_ledger.values.identifiers import (
    DivisionId,
    EmployeeId,
    EmployeeRoleId,
    HealthcareServiceId,
    LegalEntityId,
    LicenceId,
    PartyId,
)
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    EDRPOU,
    ENTITY,
    NEW,
    OTHER_TAX,
    TAX,
    head,
    institution,
    scene,
    system_scene,
)

COLLEAGUE, COLLEAGUE_PARTY = an_id("colleague"), an_id("party of colleague")
DIVISION, LICENCE = an_id("division"), an_id("licence")
SERVICE, ROLE = an_id("healthcare service"), an_id("role")
PROVIDER, SUCCESSOR, HEAD = an_id("provider"), an_id("successor"), an_id("head")


def colleague(kind: EmployeeType = "SPECIALIST", **other: Any) -> Employee:
    """Make the state of another employee of the acting institution."""
    speciality = registry.SPECIALITIES.get(kind)
    made = Employee(
        EmployeeId(COLLEAGUE),
        LegalEntityId(ENTITY),
        PartyId(COLLEAGUE_PARTY),
        f"index of {OTHER_TAX}",
        kind,
        () if speciality is None else (speciality,),
    )
    return replace(made, **other)


def provider(wanted: UUID = PROVIDER, **other: Any) -> LegalEntity:
    """Make the state of an institution that the payer decides about."""
    made = LegalEntity(LegalEntityId(wanted), "20000001", "OUTPATIENT", head=EmployeeId(HEAD))
    return replace(made, **other)


def division(**other: Any) -> Division:
    """Make the state of an active division of the acting institution."""
    return replace(Division(DivisionId(DIVISION), LegalEntityId(ENTITY), "CLINIC"), **other)


def licence(**other: Any) -> Licence:
    """Make the state of a licence in force of the acting institution."""
    made = Licence(LicenceId(LICENCE), LegalEntityId(ENTITY), "MSP", date(2020, 1, 1))
    return replace(made, **other)


def service(**other: Any) -> HealthcareService:
    """Make the state of an active service of the acting institution."""
    made = HealthcareService(
        HealthcareServiceId(SERVICE),
        LegalEntityId(ENTITY),
        DivisionId(DIVISION),
        LicenceId(LICENCE),
        "CARDIOLOGY",
    )
    return replace(made, **other)


def role(**other: Any) -> EmployeeRole:
    """Make the state of a colleague's active role in the service."""
    made = EmployeeRole(
        EmployeeRoleId(ROLE),
        LegalEntityId(ENTITY),
        EmployeeId(COLLEAGUE),
        HealthcareServiceId(SERVICE),
    )
    return replace(made, **other)


def register_legal_entity() -> Scene:
    party = registry.party(TAX, "Керівник", "Закладу")
    resource = registry.institution(ENTITY, EDRPOU, "Поліклініка", "PRIMARY_CARE", ACTOR, party)
    return Scene(head("legal_entity.register", resource=resource), {}, TAX, EDRPOU)


def update_legal_entity() -> Scene:
    resource = {"name": "Поліклініка № 2", "address": registry.address()}
    return scene("OWNER", "legal_entity.update", resource=resource)


def _decided(command: str, entity: LegalEntity, resource: Any = None) -> Scene:
    """Set a scene in which the payer's verifier decides about an institution."""
    return scene(
        "NHS_LE_VERIFIER",
        command,
        states={ENTITY: institution(kind="PAYER"), PROVIDER: entity},
        resource=resource or registry.decision(PROVIDER),
    )


def verify_legal_entity() -> Scene:
    return _decided("legal_entity.verify", provider(), registry.verdict(PROVIDER))


def suspend_legal_entity() -> Scene:
    return _decided("legal_entity.suspend", provider())


def resume_legal_entity() -> Scene:
    return _decided("legal_entity.resume", provider(status=Status.SUSPENDED))


def close_legal_entity() -> Scene:
    closed = _decided("legal_entity.close", provider())
    closed.lookups.employees.approved[LegalEntityId(PROVIDER)] = (EmployeeId(HEAD),)
    return closed


def reorganise_legal_entity() -> Scene:
    resource = {**registry.decision(PROVIDER), "successor": str(SUCCESSOR)}
    ended = _decided("legal_entity.reorganise", provider(), resource)
    ended.states[SUCCESSOR] = provider(SUCCESSOR)
    return ended


def change_head() -> Scene:
    new = {"id": str(NEW), "party": registry.party(OTHER_TAX, "Наступник", "Голови")}
    resource = {**registry.decision(PROVIDER), "former": str(HEAD), "head": new}
    changed = _decided("legal_entity.change_head", provider(), resource)
    changed.states[HEAD] = colleague(
        "OWNER", id=EmployeeId(HEAD), legal_entity=LegalEntityId(PROVIDER)
    )
    return changed


def register_division() -> Scene:
    return scene("OWNER", "division.register", resource=registry.division(NEW, mountain=True))


def update_division() -> Scene:
    written = registry.division(DIVISION, mountain=True)
    resource = {"division": written["id"]} | {
        name: written[name] for name in ("name", "address", "mountain_group")
    }
    return scene("OWNER", "division.update", states={DIVISION: division()}, resource=resource)


def activate_division() -> Scene:
    return scene(
        "OWNER",
        "division.activate",
        states={DIVISION: division(active=False)},
        resource={"division": str(DIVISION)},
    )


def deactivate_division() -> Scene:
    return scene(
        "OWNER",
        "division.deactivate",
        states={DIVISION: division()},
        resource={"division": str(DIVISION)},
    )


def verify_drugstore() -> Scene:
    resource = {"division": str(DIVISION), "verdict": "VERIFIED", "reason": "Є в реєстрі ДЛС"}
    drugstore = division(kind="DRUGSTORE", legal_entity=LegalEntityId(PROVIDER))
    states = {ENTITY: institution(kind="PAYER"), DIVISION: drugstore}
    return scene("NHS_LE_VERIFIER", "division.verify_dls", states=states, resource=resource)


def register_licence() -> Scene:
    return scene("OWNER", "licence.register", resource=registry.licence(NEW))


def update_licence() -> Scene:
    written = registry.licence(LICENCE, last_day=date(2026, 12, 31))
    resource = {"licence": written["id"]} | {
        name: value for name, value in written.items() if name not in ("id", "type")
    }
    return scene("OWNER", "licence.update", states={LICENCE: licence()}, resource=resource)


def register_employee() -> Scene:
    party = registry.party(OTHER_TAX, "Лікар", "Новий")
    resource = registry.employment(NEW, party, "DOCTOR", others=("THERAPIST",), division=DIVISION)
    return scene("OWNER", "employee.register", states={DIVISION: division()}, resource=resource)


def update_employee() -> Scene:
    resource = {
        "employee": str(COLLEAGUE),
        "specialities": registry.specialities("NEUROLOGY", "CARDIOLOGY"),
        "division": str(DIVISION),
    }
    states = {COLLEAGUE: colleague(), DIVISION: division()}
    return scene("OWNER", "employee.update", states=states, resource=resource)


def dismiss_employee() -> Scene:
    resource = {"employee": str(COLLEAGUE), "reason": "За згодою сторін"}
    return scene("OWNER", "employee.dismiss", states={COLLEAGUE: colleague()}, resource=resource)


def dismiss_by_closing() -> Scene:
    states = {COLLEAGUE: colleague(), ENTITY: replace(institution(), status=Status.CLOSED)}
    return system_scene(
        "employee.dismiss_by_closing", states=states, resource={"employee": str(COLLEAGUE)}
    )


def _identified(command: str, resource: Any) -> Scene:
    """Set a scene in which the payer's verifier notes something of a person at work."""
    states = {ENTITY: institution(kind="PAYER"), COLLEAGUE: colleague()}
    return scene("NHS_LE_VERIFIER", command, states=states, resource=resource)


def verify_party() -> Scene:
    return _identified("party.verify", registry.party_verdict(COLLEAGUE, "NOT_VERIFIED"))


def mark_deceased() -> Scene:
    resource = {"employee": str(COLLEAGUE), "died_on": "2026-11-20", "reason": "ДРАЦС"}
    return _identified("party.mark_deceased", resource)


def mark_alive() -> Scene:
    resource = {"employee": str(COLLEAGUE), "reason": "Помилка ДРАЦС"}
    found = _identified("party.mark_alive", resource)
    found.states[COLLEAGUE_PARTY] = Party(PartyId(COLLEAGUE_PARTY), deceased=True)
    return found


def register_healthcare_service() -> Scene:
    resource = registry.healthcare_service(NEW, DIVISION, LICENCE, speciality="CARDIOLOGY")
    states = {DIVISION: division(), LICENCE: licence()}
    return scene("OWNER", "healthcare_service.register", states=states, resource=resource)


def activate_healthcare_service() -> Scene:
    return scene(
        "OWNER",
        "healthcare_service.activate",
        states={SERVICE: service(active=False), DIVISION: division(), LICENCE: licence()},
        resource={"healthcare_service": str(SERVICE)},
    )


def deactivate_healthcare_service() -> Scene:
    return scene(
        "OWNER",
        "healthcare_service.deactivate",
        states={SERVICE: service()},
        resource={"healthcare_service": str(SERVICE)},
    )


def register_employee_role() -> Scene:
    return scene(
        "OWNER",
        "employee_role.register",
        states={COLLEAGUE: colleague(), SERVICE: service()},
        resource=registry.role(NEW, COLLEAGUE, SERVICE),
    )


def activate_employee_role() -> Scene:
    return scene(
        "OWNER",
        "employee_role.activate",
        states={ROLE: role(active=False), COLLEAGUE: colleague(), SERVICE: service()},
        resource={"employee_role": str(ROLE)},
    )


def deactivate_employee_role() -> Scene:
    return scene(
        "OWNER",
        "employee_role.deactivate",
        states={ROLE: role()},
        resource={"employee_role": str(ROLE)},
    )


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "legal_entity.register": register_legal_entity,
    "legal_entity.update": update_legal_entity,
    "legal_entity.verify": verify_legal_entity,
    "legal_entity.suspend": suspend_legal_entity,
    "legal_entity.resume": resume_legal_entity,
    "legal_entity.close": close_legal_entity,
    "legal_entity.reorganise": reorganise_legal_entity,
    "legal_entity.change_head": change_head,
    "division.register": register_division,
    "division.update": update_division,
    "division.activate": activate_division,
    "division.deactivate": deactivate_division,
    "division.verify_dls": verify_drugstore,
    "licence.register": register_licence,
    "licence.update": update_licence,
    "employee.register": register_employee,
    "employee.update": update_employee,
    "employee.dismiss": dismiss_employee,
    "employee.dismiss_by_closing": dismiss_by_closing,
    "party.verify": verify_party,
    "party.mark_deceased": mark_deceased,
    "party.mark_alive": mark_alive,
    "healthcare_service.register": register_healthcare_service,
    "healthcare_service.activate": activate_healthcare_service,
    "healthcare_service.deactivate": deactivate_healthcare_service,
    "employee_role.register": register_employee_role,
    "employee_role.activate": activate_employee_role,
    "employee_role.deactivate": deactivate_employee_role,
}
