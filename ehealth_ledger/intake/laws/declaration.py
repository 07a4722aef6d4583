"""Map commands about declarations to their laws."""

from __future__ import annotations

from typing import Any, Final

from ehealth_ledger.aggregates import declaration_course, declaration_signing
from ehealth_ledger.commands.declaration import (
    ActivateDeclaration,
    ApproveDeclaration,
    CloseDeclaration,
    EndDeclarationByPatient,
    RejectDeclaration,
    SignDeclaration,
    TerminateDeclaration,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.declaration import (
    LEGAL_ENTITY_KINDS,
    LIMIT_BY_SPECIALITY,
    TERM_YEARS,
    VERIFICATION_DAYS,
)
from ehealth_ledger.values.parameters.patient import ADULT_AGE, THIRD_PERSON_BELOW_AGE


def _streams_of_choice(command: SignDeclaration) -> Ids:
    asked = command.resource
    yield asked.patient
    yield asked.division
    if asked.parent_declaration is not None:
        yield asked.parent_declaration


def _of_choice(command: SignDeclaration, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)
    wanted.positions.add(command.resource.seed.position)


def _itself(command: Any) -> Ids:
    return (command.resource.declaration,)


def _of_patient(command: Any, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)


def _of_signing_patient(command: EndDeclarationByPatient, wanted: Wanted) -> None:
    wanted.declarations.add(command.patient)


LAWS: Final[LawTable] = {
    SignDeclaration: Law(
        declaration_signing.sign,
        streams=_streams_of_choice,
        brings=lambda c: (c.resource.id,),
        lookups=_of_choice,
        parameters=(
            LIMIT_BY_SPECIALITY,
            LEGAL_ENTITY_KINDS,
            TERM_YEARS,
            VERIFICATION_DAYS,
            ADULT_AGE,
            THIRD_PERSON_BELOW_AGE,
        ),
        counts_signer=True,
    ),
    ApproveDeclaration: Law(declaration_course.approve, streams=_itself, lookups=_of_patient),
    RejectDeclaration: Law(declaration_course.reject, streams=_itself, lookups=_of_patient),
    TerminateDeclaration: Law(declaration_course.terminate, streams=_itself, lookups=_of_patient),
    EndDeclarationByPatient: Law(
        declaration_course.end_by_patient, streams=_itself, lookups=_of_signing_patient
    ),
    ActivateDeclaration: Law(declaration_course.activate, streams=_itself, lookups=_of_patient),
    CloseDeclaration: Law(declaration_course.close, streams=_itself, lookups=_of_patient),
}
