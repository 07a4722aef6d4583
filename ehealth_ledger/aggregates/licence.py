"""Judge licences; a licence ends by its date, without anybody's act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee, acting_institution
from ehealth_ledger.commands.licence import RegisterLicence, UpdateLicence
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.licence import LicenceRegistered, LicenceUpdated
from ehealth_ledger.values.identifiers import LegalEntityId, LicenceId
from ehealth_ledger.values.parameters.registry import LICENCE_TYPES

AnyLicenceFact = LicenceRegistered | LicenceUpdated


@dataclass(frozen=True, slots=True)
class Licence:
    """Hold what the laws need to know of a licence; both days are included."""

    id: LicenceId
    legal_entity: LegalEntityId
    type: str
    first_day: date
    last_day: date | None = None

    def in_force(self, day: date) -> bool:
        """Tell whether the licence holds on a civil day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def evolve(state: Licence | None, fact: AnyLicenceFact) -> Licence | None:
    """Take in a licence's papers."""
    if isinstance(fact, LicenceRegistered):
        return Licence(fact.licence, fact.legal_entity, fact.type, fact.first_day, fact.last_day)
    if state is None:
        return None
    match fact:
        case LicenceUpdated():
            return replace(state, first_day=fact.first_day, last_day=fact.last_day)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    LicenceRegistered: evolve,
    LicenceUpdated: evolve,
}


def register(case: Case[RegisterLicence]) -> list[Fact]:
    """Register a licence of a type that the actor's own institution works under."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    institution = acting_institution(case, actor)
    types = case.texts_by_name(LICENCE_TYPES, institution.kind)
    case.require(
        asked.type in types,
        "licence.type_not_allowed",
        "$.resource.type",
        kind=institution.kind,
        expected=", ".join(types),
    )
    _require_days(case)
    return [
        LicenceRegistered(
            licence=asked.id,
            legal_entity=actor.legal_entity,
            type=asked.type,
            first_day=asked.first_day,
            last_day=asked.last_day,
            resource_pointer="/resource",
        )
    ]


def update(case: Case[UpdateLicence]) -> list[Fact]:
    """Change the papers of a licence of the actor's own institution."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    path = "$.resource.licence"
    licence = case.get(Licence, asked.licence, code="licence.unknown", path=path)
    case.require(
        licence.legal_entity == actor.legal_entity,
        "licence.of_other_entity",
        path,
        expected="a licence of the acting institution",
    )
    _require_days(case)
    return [
        LicenceUpdated(
            licence=licence.id,
            first_day=asked.first_day,
            last_day=asked.last_day,
            resource_pointer="/resource",
        )
    ]


def _require_days(case: Case[RegisterLicence] | Case[UpdateLicence]) -> None:
    """Refuse a licence issued in the future, or one that ends before it begins."""
    asked = case.command.body.resource
    case.require(
        asked.issued_on <= case.today,
        "licence.issued_in_future",
        "$.resource.issued_on",
        expected=f"{case.today} or earlier",
    )
    if asked.last_day is not None:
        case.require_days(asked.first_day, asked.last_day, "licence.period_reversed", "$.resource")
