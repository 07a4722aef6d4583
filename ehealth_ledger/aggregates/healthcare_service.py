"""Judge healthcare services: which kind of care an institution gives at which division."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.division import require_own_active
from ehealth_ledger.aggregates.employee import acting_employee, acting_institution
from ehealth_ledger.aggregates.licence import Licence
from ehealth_ledger.commands.healthcare_service import (
    ActivateHealthcareService,
    DeactivateHealthcareService,
    RegisterHealthcareService,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.healthcare_service import (
    HealthcareServiceActivated,
    HealthcareServiceDeactivated,
    HealthcareServiceRegistered,
)
from ehealth_ledger.values.identifiers import (
    DivisionId,
    HealthcareServiceId,
    LegalEntityId,
    LicenceId,
)
from ehealth_ledger.values.parameters.registry import (
    PROVIDING_CONDITIONS,
    SERVICE_CATEGORIES,
    SERVICE_SPECIALITIES,
)

AnyHealthcareServiceFact = (
    HealthcareServiceRegistered | HealthcareServiceActivated | HealthcareServiceDeactivated
)
_WHICH: Final = "$.resource.healthcare_service"


@dataclass(frozen=True, slots=True)
class HealthcareService:
    """Hold what the laws need to know of a healthcare service."""

    id: HealthcareServiceId
    legal_entity: LegalEntityId
    division: DivisionId
    licence: LicenceId
    speciality: str
    active: bool = True


def evolve(
    state: HealthcareService | None, fact: AnyHealthcareServiceFact
) -> HealthcareService | None:
    """Take in what happened to a service; never refuses a fact."""
    if isinstance(fact, HealthcareServiceRegistered):
        return HealthcareService(
            fact.healthcare_service,
            fact.legal_entity,
            fact.division,
            fact.licence,
            fact.speciality,
        )
    if state is None:
        return None
    match fact:
        case HealthcareServiceActivated():
            return replace(state, active=True)
        case HealthcareServiceDeactivated():
            return replace(state, active=False)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    HealthcareServiceRegistered: evolve,
    HealthcareServiceActivated: evolve,
    HealthcareServiceDeactivated: evolve,
}


def register(case: Case[RegisterHealthcareService]) -> list[Fact]:
    """Register a service at an active division, under a licence in force, once for each kind."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    with case.part():
        require_own_active(case, asked.division, actor.legal_entity, "$.resource.division")
    with case.part():
        _require_licence(case, actor.legal_entity, asked.licence, "$.resource.licence")
    institution = acting_institution(case, actor)
    for field, value, allowed in (
        ("category", asked.category, case.texts_by_name(SERVICE_CATEGORIES, institution.kind)),
        (
            "speciality",
            asked.speciality,
            case.texts_by_name(SERVICE_SPECIALITIES, asked.category),
        ),
        ("providing_condition", asked.providing_condition, case.texts(PROVIDING_CONDITIONS)),
    ):
        case.require(
            value in allowed,
            f"healthcare_service.{field}_not_allowed",
            f"$.resource.{field}",
            expected=", ".join(allowed),
        )
    kind = (asked.division, asked.category, asked.speciality, asked.providing_condition)
    case.require(
        case.lookups.healthcare_services.of_kind(*kind) is None,
        "healthcare_service.already_registered",
        "$.resource",
        expected="a service that the division does not offer yet",
    )
    return [
        HealthcareServiceRegistered(
            healthcare_service=asked.id,
            legal_entity=actor.legal_entity,
            division=asked.division,
            licence=asked.licence,
            category=asked.category,
            speciality=asked.speciality,
            providing_condition=asked.providing_condition,
            resource_pointer="/resource",
        )
    ]


def activate(case: Case[ActivateHealthcareService]) -> list[Fact]:
    """Give a stopped service again; its division is open and its licence in force."""
    service = _own(case)
    case.require(
        not service.active,
        "healthcare_service.active_already",
        _WHICH,
        expected="a stopped service",
    )
    with case.part():
        require_own_active(case, service.division, service.legal_entity, _WHICH)
    with case.part():
        _require_licence(case, service.legal_entity, service.licence, _WHICH)
    return [HealthcareServiceActivated(healthcare_service=service.id)]


def deactivate(case: Case[DeactivateHealthcareService]) -> list[Fact]:
    """Stop a service."""
    service = _own(case)
    case.require(
        service.active, "healthcare_service.not_active", _WHICH, expected="an active service"
    )
    return [HealthcareServiceDeactivated(healthcare_service=service.id)]


def _own(
    case: Case[ActivateHealthcareService] | Case[DeactivateHealthcareService],
) -> HealthcareService:
    actor = acting_employee(case)
    service = case.get(
        HealthcareService,
        case.command.body.resource.healthcare_service,
        code="healthcare_service.unknown",
        path=_WHICH,
    )
    case.require(
        service.legal_entity == actor.legal_entity,
        "healthcare_service.of_other_entity",
        _WHICH,
        expected="a service of the acting institution",
    )
    return service


def _require_licence(
    case: Case[RegisterHealthcareService] | Case[ActivateHealthcareService],
    entity: LegalEntityId,
    wanted: LicenceId,
    path: str,
) -> None:
    licence = case.get(Licence, wanted, code="licence.unknown", path=path)
    case.require(
        licence.legal_entity == entity,
        "licence.of_other_entity",
        path,
        expected="a licence of the acting institution",
    )
    case.require(
        licence.in_force(case.today),
        "licence.not_in_force",
        path,
        first_day=licence.first_day,
        last_day=licence.last_day or "none",
        expected=f"a licence in force on {case.today}",
    )
