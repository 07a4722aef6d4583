"""Judge divisions: the places where an institution works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee, acting_institution
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.division import (
    ActivateDivision,
    DeactivateDivision,
    RegisterDivision,
    UpdateDivision,
    VerifyDrugstore,
)
from ehealth_ledger.events.division import (
    DivisionActivated,
    DivisionDeactivated,
    DivisionRegistered,
    DivisionUpdated,
    DrugstoreVerified,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import DivisionId, LegalEntityId
from ehealth_ledger.values.parameters.registry import DIVISION_TYPES

AnyDivisionFact = (
    DivisionRegistered
    | DivisionUpdated
    | DivisionActivated
    | DivisionDeactivated
    | DrugstoreVerified
)
DRUGSTORES: Final = frozenset({"DRUGSTORE", "DRUGSTORE_POINT"})
_WHICH: Final = "$.resource.division"


@dataclass(frozen=True, slots=True)
class Division:
    """Hold what the laws need to know of a division; `kind` is its type."""

    id: DivisionId
    legal_entity: LegalEntityId
    kind: str
    active: bool = True
    mountain: bool = False
    dls_verified: bool = False


def evolve(state: Division | None, fact: AnyDivisionFact) -> Division | None:
    """Take in what happened to a division; never refuses a fact."""
    if isinstance(fact, DivisionRegistered):
        return Division(
            fact.division, fact.legal_entity, fact.type, mountain=bool(fact.mountain_group)
        )
    if state is None:
        return None
    match fact:
        case DivisionUpdated():
            return replace(state, mountain=bool(fact.mountain_group))
        case DivisionActivated():
            return replace(state, active=True)
        case DivisionDeactivated():
            return replace(state, active=False)
        case DrugstoreVerified():
            return replace(state, dls_verified=fact.verdict == "VERIFIED")
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    DivisionRegistered: evolve,
    DivisionUpdated: evolve,
    DivisionActivated: evolve,
    DivisionDeactivated: evolve,
    DrugstoreVerified: evolve,
}


def require_own_active(
    case: Case[Command], wanted: DivisionId, entity: LegalEntityId, path: str
) -> Division:
    """Return a division that is active and the institution's own (rules 13, 18 and 28)."""
    division = case.get(Division, wanted, code="division.unknown", path=path)
    case.require(
        division.legal_entity == entity,
        "division.of_other_entity",
        path,
        expected="a division of the acting institution",
    )
    case.require(division.active, "division.not_active", path, expected="an active division")
    return division


def register(case: Case[RegisterDivision]) -> list[Fact]:
    """Register a division of the actor's own institution, of a type that its kind has.

    The mountain flag holds from the day it is said: it weighs the capitation of the patients
    declared there, so no past day is ever priced anew by it.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    institution = acting_institution(case, actor)
    types = case.texts_by_name(DIVISION_TYPES, institution.kind)
    case.require(
        asked.type in types,
        "division.type_not_allowed",
        "$.resource.type",
        kind=institution.kind,
        expected=", ".join(types),
    )
    return [
        DivisionRegistered(
            division=asked.id,
            legal_entity=actor.legal_entity,
            type=asked.type,
            mountain_group=int(asked.mountain_group),
            first_day=case.today,
            resource_pointer="/resource",
        )
    ]


def update(case: Case[UpdateDivision]) -> list[Fact]:
    """Change a division's particulars; the mountain flag holds from today."""
    division = _own(case)
    return [
        DivisionUpdated(
            division=division.id,
            mountain_group=int(case.command.body.resource.mountain_group),
            first_day=case.today,
            resource_pointer="/resource",
        )
    ]


def activate(case: Case[ActivateDivision]) -> list[Fact]:
    """Open a closed division again."""
    division = _own(case)
    case.require(
        not division.active, "division.active_already", _WHICH, expected="a closed division"
    )
    return [DivisionActivated(division=division.id)]


def deactivate(case: Case[DeactivateDivision]) -> list[Fact]:
    """Close a division; no encounter names it while it is closed (rule 28)."""
    division = _own(case)
    case.require(division.active, "division.not_active", _WHICH, expected="an active division")
    return [DivisionDeactivated(division=division.id)]


def verify_dls(case: Case[VerifyDrugstore]) -> list[Fact]:
    """Note what the medicines authority's register says of a drugstore (rules 18 and 59)."""
    acting_employee(case)
    asked = case.command.body.resource
    division = case.get(Division, asked.division, code="division.unknown", path=_WHICH)
    case.require(
        division.kind in DRUGSTORES,
        "division.not_drugstore",
        _WHICH,
        type=division.kind,
        expected=", ".join(sorted(DRUGSTORES)),
    )
    return [
        DrugstoreVerified(
            division=division.id, verdict=asked.verdict, reason_pointer="/resource/reason"
        )
    ]


def _own(
    case: Case[UpdateDivision] | Case[ActivateDivision] | Case[DeactivateDivision],
) -> Division:
    actor = acting_employee(case)
    division = case.get(
        Division, case.command.body.resource.division, code="division.unknown", path=_WHICH
    )
    case.require(
        division.legal_entity == actor.legal_entity,
        "division.of_other_entity",
        _WHICH,
        expected="a division of the acting institution",
    )
    return division
