"""Judge declarations: a patient has one family doctor at a time (rule 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.commands.declaration import SignDeclaration
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.declaration import (
    DeclarationFact,
    DeclarationSigned,
    DeclarationTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import DeclarationId, EmployeeId, PatientId


@dataclass(frozen=True, slots=True)
class Declaration:
    """Hold the state of one declaration."""

    id: DeclarationId
    patient: PatientId
    doctor: EmployeeId
    active: bool


def evolve(state: Declaration | None, fact: DeclarationFact) -> Declaration | None:
    """Take in the beginning or the end of a declaration."""
    if isinstance(fact, DeclarationSigned):
        return Declaration(fact.declaration, fact.patient, fact.doctor, active=True)
    if state is None:
        return None
    return Declaration(state.id, state.patient, state.doctor, active=False)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    DeclarationSigned: evolve,
    DeclarationTerminated: evolve,
}


def sign(case: Case[SignDeclaration]) -> list[Fact]:
    """Begin a declaration; the one it replaces ends in the same commit."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    if asked.doctor != actor.id:
        raise RuleBroken("declaration.signer_not_doctor", "$.resource.doctor")
    case.get(Patient, asked.patient, code="patient.unknown", path="$.resource.patient")
    case.require_new_id(asked.id, "$.resource.id")
    before = case.lookups.declarations.active_of(asked.patient)
    begun = DeclarationSigned(
        declaration=asked.id,
        patient=asked.patient,
        doctor=actor.id,
        party=actor.party,
        legal_entity=actor.legal_entity,
        first_day=case.today,
    )
    if before is None:
        return [begun]
    ended = DeclarationTerminated(
        declaration=before,
        patient=asked.patient,
        reason="replaced",
        successor=asked.id,
        last_day=case.today,
    )
    return [ended, begun]
