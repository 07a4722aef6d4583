"""Judge the registration of people who receive care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.patient import RegisterPatient
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import PatientRegistered
from ehealth_ledger.values.identifiers import PatientId


@dataclass(frozen=True, slots=True)
class Patient:
    """Hold what the laws need to know of a patient."""

    id: PatientId


def evolve(_: Patient | None, fact: PatientRegistered) -> Patient:
    """Take in a registration."""
    return Patient(fact.patient)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    PatientRegistered: evolve,
}


def register(case: Case[RegisterPatient]) -> list[Fact]:
    """Register a person under an id, and so a key, of their own."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    if asked.birth_date > case.today:
        raise RuleBroken(
            "content.field_invalid", "$.resource.birthDate", expected="a day not after today"
        )
    return [
        PatientRegistered(
            patient=asked.id,
            birth_date=asked.birth_date,
            legal_entity=actor.legal_entity,
            resource_pointer="/resource",
        )
    ]
