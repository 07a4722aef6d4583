"""Judge who acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.entitlement import MAY_ORDER, WHILE_SUSPENDED
from ehealth_ledger.aggregates.legal_entity.state import LegalEntity
from ehealth_ledger.aggregates.legal_entity.state import Status as EntityStatus
from ehealth_ledger.aggregates.party import Party
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.events.employee import (
    EmployeeDismissed,
    EmployeeRegistered,
    EmployeeType,
    EmployeeUpdated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import DivisionId, EmployeeId, LegalEntityId, PartyId
from ehealth_ledger.values.time import from_microseconds

AnyEmployeeFact = EmployeeRegistered | EmployeeUpdated | EmployeeDismissed


class Status(Enum):
    """Say whether an employment goes on."""

    APPROVED = "approved"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Employee:
    """Hold what the laws need to know of an employment; the tax id itself is not among it.

    `specialities` begin with the one the person is employed for (speciality_officio).
    """

    id: EmployeeId
    legal_entity: LegalEntityId
    party: PartyId
    tax_index: str
    type: EmployeeType
    specialities: tuple[str, ...] = ()
    status: Status = Status.APPROVED
    division: DivisionId | None = None

    @property
    def speciality(self) -> str | None:
        """Return the speciality the person is employed for."""
        return self.specialities[0] if self.specialities else None


def evolve(state: Employee | None, fact: AnyEmployeeFact) -> Employee | None:
    """Take in what happened to an employment; never refuses a fact."""
    if isinstance(fact, EmployeeRegistered):
        return Employee(
            fact.employee,
            fact.legal_entity,
            fact.party,
            fact.tax_index,
            fact.type,
            fact.specialities,
            division=fact.division,
        )
    if state is None:
        return None
    match fact:
        case EmployeeUpdated():
            return replace(state, specialities=fact.specialities, division=fact.division)
        case EmployeeDismissed():
            return replace(state, status=Status.DISMISSED)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    EmployeeRegistered: evolve,
    EmployeeUpdated: evolve,
    EmployeeDismissed: evolve,
}


def acting_employee(case: Case[StaffCommand]) -> Employee:
    """Return who acts, proven by the signature, or refuse.

    Rule 2: the signer's tax id is the employee's, the employment goes on, for the named
    institution, and its type may order the act.
    Rule 4: an entity code in the certificate is the institution's; a certificate without one is the
    person's own.
    Rule 5: a dead person signs nothing, one whom a state register does not confirm nothing after
    the days of grace.
    """
    wish, person = case.command.body, case.person
    actor = case.get(Employee, wish.employee, code="actor.unknown", path="$.employee")
    case.require(
        person is None or case.lookups.parties.tax_index(person.tax_id) == actor.tax_index,
        "actor.not_signer",
        "$.employee",
        expected="an employment of the signer",
    )
    case.require(
        actor.status is Status.APPROVED,
        "actor.dismissed",
        "$.employee",
        expected="an employment that goes on",
    )
    case.require(
        actor.legal_entity == wish.legal_entity,
        "actor.other_legal_entity",
        "$.legal_entity",
        expected="the employee's own institution",
    )
    with case.part():
        _require_institution(case)
    _require_person(case, actor)
    allowed = MAY_ORDER[type(wish)]
    if actor.type not in allowed:
        case.refuse(
            "actor.role_not_allowed",
            "$.employee",
            type=actor.type,
            expected=", ".join(sorted(allowed)) or "none",
        )
    return actor


def acting_institution(case: Case[Any], actor: Employee) -> LegalEntity:
    """Return the institution that an employee acts for."""
    return case.get(
        LegalEntity, actor.legal_entity, code="legal_entity.unknown", path="$.legal_entity"
    )


def _require_institution(case: Case[StaffCommand]) -> None:
    wish, person = case.command.body, case.person
    institution = case.get(
        LegalEntity, wish.legal_entity, code="legal_entity.unknown", path="$.legal_entity"
    )
    case.require(
        person is None or person.edrpou in (None, institution.edrpou),
        "actor.certificate_of_other_entity",
        "$.legal_entity",
        expected="the institution that the certificate names",
    )
    case.require(
        institution.status is EntityStatus.ACTIVE
        or (institution.status is EntityStatus.SUSPENDED and type(wish) in WHILE_SUSPENDED),
        "actor.legal_entity_not_active",
        "$.legal_entity",
        status=institution.status.value,
        expected=EntityStatus.ACTIVE.value,
    )


def _require_person(case: Case[StaffCommand], actor: Employee) -> None:
    """Refuse the dead and the unconfirmed; of whom no register has spoken, nothing is held."""
    party = case.find(Party, actor.party)
    if party is None:
        return
    case.require(
        not party.deceased, "actor.deceased", "$.employee", expected="an employee who lives"
    )
    if party.barred_from is not None:
        case.require(
            case.now_us < party.barred_from,
            "actor.not_verified",
            "$.employee",
            barred_from=from_microseconds(party.barred_from).isoformat(),
            verification=party.verification,
            expected="an employee whom the state registers confirm",
        )
