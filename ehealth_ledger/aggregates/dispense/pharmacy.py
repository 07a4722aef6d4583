"""Judge who may dispense, and where (rule 59)."""

from __future__ import annotations

from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import Employee, acting_institution
from ehealth_ledger.aggregates.legal_entity.state import LegalEntity
from ehealth_ledger.aggregates.licence import Licence
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.aggregates.program_provision import ProgramProvision
from ehealth_ledger.aggregates.reimbursement import reimbursing
from ehealth_ledger.values.identifiers import (
    DivisionId,
    LegalEntityId,
    MedicalProgramId,
    provision_stream,
)
from ehealth_ledger.values.parameters.dispense import (
    DIVISION_KINDS,
    LEGAL_ENTITY_KINDS,
    LICENCE_TYPES,
)
from ehealth_ledger.values.programs import PAYER_FUNDED


def require_pharmacy_entity(case: Case[Any], actor: Employee) -> LegalEntity:
    """Return the acting institution: a pharmacy that the payer has verified (rule 59)."""
    entity = acting_institution(case, actor)
    kinds = case.texts(LEGAL_ENTITY_KINDS)
    case.require(
        entity.kind in kinds,
        "dispense.legal_entity_kind",
        "$.legal_entity",
        expected=" | ".join(kinds),
    )
    case.require(
        entity.nhs_verified,
        "dispense.legal_entity_not_verified",
        "$.legal_entity",
        expected="a pharmacy that the payer has verified",
    )
    return entity


def require_pharmacy(case: Case[Any], actor: Employee, wanted: DivisionId, *, path: str) -> None:
    """Require a verified pharmacy and a live, verified drugstore of it (rule 59)."""
    entity = require_pharmacy_entity(case, actor)
    division = case.get(Division, wanted, code="division.unknown", path=path)
    case.require(
        division.active and division.legal_entity == entity.id,
        "dispense.division_not_active",
        path,
        expected="an active division of the pharmacy",
    )
    kinds = case.texts(DIVISION_KINDS)
    case.require(division.kind in kinds, "dispense.division_kind", path, expected=" | ".join(kinds))
    case.require(
        division.dls_verified,
        "dispense.division_not_verified",
        path,
        expected="a division that the medicines authority has verified",
    )


def require_licence(case: Case[Any], entity: LegalEntityId) -> None:
    """Require that the pharmacy works under a licence of a dispensing kind today (rule 59)."""
    types = case.texts(LICENCE_TYPES)
    licences = (case.find(Licence, each) for each in case.lookups.licences.of_entity(entity))
    case.require(
        any(
            each is not None and each.type in types and each.in_force(case.today)
            for each in licences
        ),
        "dispense.licence_missing",
        "$.legal_entity",
        expected=f"a pharmacy with a licence in force of type {' | '.join(types)}",
    )


def require_provision(
    case: Case[Any], program: MedicalProgramId, division: DivisionId, *, path: str
) -> None:
    """Require that the division provides the program today (rule 59)."""
    provision = case.find(ProgramProvision, provision_stream(program, division))
    case.require(
        provision is not None and provision.on(case.today),
        "medical_program.provision_unknown",
        path,
        expected="a division that provides the program today",
    )


def require_contract(
    case: Case[Any], program: MedicalProgram, division: DivisionId, *, path: str
) -> None:
    """Require, where the payer funds the program, that it reimburses it here today (rule 59)."""
    if program.funding_source != PAYER_FUNDED:
        return
    entity = case.command.body.legal_entity
    case.require(
        reimbursing(case, entity, program.id, division, case.today) is not None,
        "dispense.contract_missing",
        path,
        expected="a division that a reimbursement contract in force names for the program",
    )
