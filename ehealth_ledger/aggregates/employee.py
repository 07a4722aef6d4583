"""Judge who acts, and register people at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.entitlement import MAY_ORDER
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.employee import RegisterEmployee
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.employee import EmployeeRegistered, EmployeeType
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId, PartyId


@dataclass(frozen=True, slots=True)
class Employee:
    """Hold what the laws need to know of an employment; the tax id itself is not among it."""

    id: EmployeeId
    legal_entity: LegalEntityId
    party: PartyId
    tax_index: str
    type: EmployeeType


def evolve(_: Employee | None, fact: EmployeeRegistered) -> Employee:
    """Take in an employment."""
    return Employee(fact.employee, fact.legal_entity, fact.party, fact.tax_index, fact.type)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    EmployeeRegistered: evolve,
}


def acting_employee(case: Case[StaffCommand]) -> Employee:
    """Return who acts, proven by the signature, or refuse.

    Rule 2: the signer's tax id is the employee's, the employee works for the named institution and
    may order the act.
    Rule 4: an entity code in the certificate is the institution's; a certificate without one is the
    person's own.
    """
    wish, signer = case.command.body, case.command.signer
    actor = case.get(Employee, wish.employee, code="actor.unknown", path="$.employee")
    if case.lookups.parties.tax_index(signer.tax_id) != actor.tax_index:
        raise RuleBroken("actor.not_signer", "$.employee")
    if actor.legal_entity != wish.legal_entity:
        raise RuleBroken("actor.other_legal_entity", "$.legal_entity")
    institution = case.get(
        LegalEntity, wish.legal_entity, code="legal_entity.unknown", path="$.legal_entity"
    )
    if signer.edrpou is not None and signer.edrpou != institution.edrpou:
        raise RuleBroken("actor.certificate_of_other_entity", "$.legal_entity")
    allowed = MAY_ORDER[type(wish)]
    if actor.type not in allowed:
        raise RuleBroken(
            "actor.role_not_allowed",
            "$.employee",
            type=actor.type,
            allowed=", ".join(sorted(allowed)),
        )
    return actor


def register(case: Case[RegisterEmployee]) -> list[Fact]:
    """Register an employee of the actor's own institution."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    return [
        EmployeeRegistered(
            employee=asked.id,
            legal_entity=actor.legal_entity,
            party=case.lookups.parties.of_tax_id(asked.party.tax_id),
            tax_index=case.lookups.parties.tax_index(asked.party.tax_id),
            type=asked.type,
            speciality=asked.speciality,
            party_pointer="/resource/party",
        )
    ]
