"""Read the registries: institutions, divisions, licences, services, employees, roles, people.

Names and addresses come from the signed content by the fact's pointers. Facts about a person at
work lie under the person's key: where it was destroyed, the rows disappear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final

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
from ehealth_ledger.events.party import PartyDeceased, PartyFoundAlive, PartyVerified
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.json import resolve
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, exact, instant, named, named_if
from projections.read_models.model import Key, Model, Table
from projections.read_models.registry import (
    DIVISIONS,
    EMPLOYEES,
    ENTITIES,
    LICENCES,
    MODEL,
    PARTIES,
    ROLES,
    SERVICES,
)

Change = Callable[[Any, Notification], Document]
"""Say what a fact changes in its row. Any: the table's key gives each function its own fact."""


def _signed(notification: Notification, pointer: str, *names: str) -> Document:
    """Take members of a signed part; those that it does not have stay empty."""
    part = resolve(notification.content(), pointer)
    return {name: exact(part.get(name)) for name in names}


def _step(status: str) -> Change:
    return lambda _, __: {"status": status}


def _entity_registered(fact: LegalEntityRegistered, notification: Notification) -> Document:
    return {
        "legal_entity": named(fact.legal_entity),
        "edrpou": fact.edrpou,
        "kind": fact.kind,
        "status": "active",
        "verdict": "VERIFIED" if fact.kind == "PAYER" else "NOT_VERIFIED",
        "head": named(fact.head),
        "successor": None,
        **_signed(notification, fact.resource_pointer, "name", "address"),
    }


def _entity_reorganised(fact: LegalEntityReorganised, _: Notification) -> Document:
    return {"status": "reorganised", "successor": named(fact.successor)}


def _mountain(fact: DivisionRegistered | DivisionUpdated) -> Document:
    return {
        "mountain_group": bool(fact.mountain_group),
        "mountain_group_since": fact.first_day.isoformat(),
    }


def _division_registered(fact: DivisionRegistered, notification: Notification) -> Document:
    return {
        "division": named(fact.division),
        "legal_entity": named(fact.legal_entity),
        "type": fact.type,
        "status": "active",
        "dls_verdict": None,
        **_mountain(fact),
        **_signed(notification, fact.resource_pointer, "name", "address"),
    }


def _division_updated(fact: DivisionUpdated, notification: Notification) -> Document:
    return {
        **_mountain(fact),
        **_signed(notification, fact.resource_pointer, "name", "address"),
    }


def _papers(fact: LicenceRegistered | LicenceUpdated, notification: Notification) -> Document:
    return {
        "first_day": fact.first_day.isoformat(),
        "last_day": None if fact.last_day is None else fact.last_day.isoformat(),
        **_signed(notification, fact.resource_pointer, "number", "issued_by", "issued_on"),
    }


def _licence_registered(fact: LicenceRegistered, notification: Notification) -> Document:
    return {
        "licence": named(fact.licence),
        "legal_entity": named(fact.legal_entity),
        "type": fact.type,
        **_papers(fact, notification),
    }


def _employed_for(fact: EmployeeRegistered | EmployeeUpdated) -> Document:
    return {
        "speciality": fact.specialities[0] if fact.specialities else None,
        "specialities": list(fact.specialities),
        "division": named_if(fact.division),
    }


def _employee_registered(fact: EmployeeRegistered, notification: Notification) -> Document:
    return {
        "employee": named(fact.employee),
        "legal_entity": named(fact.legal_entity),
        "party": named(fact.party),
        "type": fact.type,
        "status": "approved",
        "dismissed": None,
        **_employed_for(fact),
        **_signed(notification, fact.party_pointer, "family", "given"),
    }


def _employee_dismissed(fact: EmployeeDismissed, _: Notification) -> Document:
    ended = {"cause": fact.cause, "last_day": fact.last_day.isoformat()}
    return {"status": "dismissed", "dismissed": ended}


def _service_registered(fact: HealthcareServiceRegistered, _: Notification) -> Document:
    return {
        "healthcare_service": named(fact.healthcare_service),
        "legal_entity": named(fact.legal_entity),
        "division": named(fact.division),
        "licence": named(fact.licence),
        "category": fact.category,
        "speciality": fact.speciality,
        "providing_condition": fact.providing_condition,
        "status": "active",
    }


def _role_registered(fact: EmployeeRoleRegistered, _: Notification) -> Document:
    return {
        "employee_role": named(fact.employee_role),
        "legal_entity": named(fact.legal_entity),
        "employee": named(fact.employee),
        "healthcare_service": named(fact.healthcare_service),
        "status": "active",
    }


def _entity_updated(fact: LegalEntityUpdated, notification: Notification) -> Document:
    return _signed(notification, fact.resource_pointer, "name", "address")


# Which row each fact changes, and what it says of it.
_SAID: Final[Mapping[type[Fact], tuple[Table, Change]]] = MappingProxyType(
    {
        LegalEntityRegistered: (ENTITIES, _entity_registered),
        LegalEntityUpdated: (ENTITIES, _entity_updated),
        LegalEntityVerified: (ENTITIES, lambda fact, _: {"verdict": fact.verdict}),
        LegalEntitySuspended: (ENTITIES, _step("suspended")),
        LegalEntityResumed: (ENTITIES, _step("active")),
        LegalEntityClosed: (ENTITIES, _step("closed")),
        LegalEntityReorganised: (ENTITIES, _entity_reorganised),
        LegalEntityHeadChanged: (ENTITIES, lambda fact, _: {"head": named(fact.head)}),
        DivisionRegistered: (DIVISIONS, _division_registered),
        DivisionUpdated: (DIVISIONS, _division_updated),
        DivisionActivated: (DIVISIONS, _step("active")),
        DivisionDeactivated: (DIVISIONS, _step("inactive")),
        DrugstoreVerified: (DIVISIONS, lambda fact, _: {"dls_verdict": fact.verdict}),
        LicenceRegistered: (LICENCES, _licence_registered),
        LicenceUpdated: (LICENCES, _papers),
        HealthcareServiceRegistered: (SERVICES, _service_registered),
        HealthcareServiceActivated: (SERVICES, _step("active")),
        HealthcareServiceDeactivated: (SERVICES, _step("inactive")),
        EmployeeRegistered: (EMPLOYEES, _employee_registered),
        EmployeeUpdated: (EMPLOYEES, lambda fact, _: _employed_for(fact)),
        EmployeeDismissed: (EMPLOYEES, _employee_dismissed),
        EmployeeRoleRegistered: (ROLES, _role_registered),
        EmployeeRoleActivated: (ROLES, _step("active")),
        EmployeeRoleDeactivated: (ROLES, _step("inactive")),
    }
)


class Registry(OneRow):
    """Fold each fact of the registries into the one row it is about."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        *_SAID,
        PartyVerified,
        PartyDeceased,
        PartyFoundAlive,
    )
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the thing or the person."""
        said = _SAID.get(type(fact))
        table = PARTIES if said is None else said[0]
        return (Key(table.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - each thing has a row of its own
    ) -> Document | None:
        """Return the row after a fact; a thing whose beginning is unknown stays unknown."""
        if isinstance(fact, PartyVerified | PartyDeceased | PartyFoundAlive):
            return {**_person(document, fact), **seen(notification)}
        if fact.BEGINS:
            document = {"registered": _began(notification)}
        if document is None:
            return None
        _, change = _SAID[type(fact)]
        try:
            changed = change(fact, notification)
        except KeyError:  # the signed content's key was destroyed
            return None
        return {**document, **changed, **seen(notification)}


def _began(notification: Notification) -> Document:
    return {**seen(notification), "command_id": named(notification.command_id)}


def _person(
    document: Document | None, fact: PartyVerified | PartyDeceased | PartyFoundAlive
) -> Document:
    """Sum up what the state registers say of a person."""
    person = document or {
        "party": named(fact.party),
        "verdicts": {},
        "barred_from": None,
        "died_on": None,
    }
    match fact:
        case PartyVerified():
            return {
                **person,
                "verdicts": {**person["verdicts"], fact.source: fact.verdict},
                "barred_from": None if fact.barred_from is None else instant(fact.barred_from),
            }
        case PartyDeceased():
            return {**person, "died_on": fact.died_on.isoformat()}
        case PartyFoundAlive():
            return {**person, "died_on": None}
