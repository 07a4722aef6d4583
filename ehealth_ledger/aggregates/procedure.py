"""Judge procedures outside encounter packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ehealth_ledger.aggregates import charge as charges
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.standalone import (
    Given,
    complete_and_price,
    require_basis,
    require_evidence,
    require_moment,
    require_own,
    require_performer,
    require_period,
    require_reason,
    require_same,
    require_service,
)
from ehealth_ledger.commands.fhir.digest import digest
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.procedure import CancelProcedure, RecordProcedure
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.procedure import ProcedureCancelled, ProcedureRecorded
from ehealth_ledger.values.identifiers import LegalEntityId, PatientId, ProcedureId
from ehealth_ledger.values.parameters.diagnostics import PROCEDURE_DAYS_MAX
from ehealth_ledger.values.time import kyiv_day

_AT: Final = "$.resource"


@dataclass(frozen=True, slots=True)
class Procedure:
    """Hold the state of one procedure; the digest is of what was signed, status aside."""

    id: ProcedureId
    patient: PatientId
    legal_entity: LegalEntityId
    digest: str
    in_error: bool = False


def evolve(
    state: Procedure | None, fact: ProcedureRecorded | ProcedureCancelled
) -> Procedure | None:
    """Take in what happened to a procedure; never refuses a fact."""
    if isinstance(fact, ProcedureRecorded):
        return Procedure(fact.procedure, fact.patient, fact.legal_entity, fact.digest)
    return None if state is None else replace(state, in_error=True)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ProcedureRecorded: evolve,
    ProcedureCancelled: evolve,
}


def record(case: Case[RecordProcedure]) -> list[Fact]:
    """Record a procedure; one based on a referral completes it and is priced.

    Rule 40: asked for electronically or on paper; the service is active, may be asked for, and is
    of the procedure's category.
    """
    actor = acting_employee(case)
    procedure = case.command.body.resource
    patient = procedure.subject.reference
    require_performer(
        case, actor, procedure.performer[0].actor.reference, f"{_AT}.performer[0].actor.reference"
    )
    with case.part():
        active_patient(case, patient, f"{_AT}.subject.reference")
    case.require_new_id(procedure.id, f"{_AT}.id")
    days_max = case.number(PROCEDURE_DAYS_MAX)
    if procedure.performed_period is not None:
        require_period(case, procedure.performed_period, days_max, f"{_AT}.performedPeriod")
    else:
        require_moment(case, procedure.started, days_max, f"{_AT}.performedDateTime")
    day = kyiv_day(procedure.started)
    require_codes(case, procedure, day, _AT)
    require_evidence(case, patient, _AT, procedure.evidence())
    require_basis(case, procedure.based_on, procedure.extension, _AT)
    category = procedure.category.coding[0].code
    given = Given(
        procedure=procedure.id,
        patient=patient,
        service=require_service(case, procedure.code, category, day, _AT),
        based_on=procedure.based_on,
        day=day,
        path=_AT,
    )
    return [
        ProcedureRecorded(
            procedure=procedure.id,
            patient=patient,
            performer=actor.id,
            legal_entity=actor.legal_entity,
            category=category,
            service=coded(procedure.code.coding[0]),
            day=day,
            referral=procedure.based_on[0].reference if procedure.based_on else None,
            resource_pointer="/resource",
            digest=digest(procedure),
        ),
        *complete_and_price(case, actor, given),
    ]


def cancel(case: Case[CancelProcedure]) -> list[Fact]:
    """Mark a procedure as entered in error: signed again whole, by whose it is (rule 41)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    procedure = case.get(Procedure, asked.id, code="procedure.unknown", path=f"{_AT}.id")
    require_own(case, actor, procedure.legal_entity)
    require_reason(case, case.command.body.cancellation.reason)
    require_same(case, procedure.digest, asked, _AT)
    case.require(
        not procedure.in_error,
        "standalone.already_in_error",
        f"{_AT}.status",
        expected="a procedure that still counts",
    )
    return [
        ProcedureCancelled(
            procedure=procedure.id,
            patient=procedure.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=case.command.body.cancellation.reason,
            cancellation_pointer="/cancellation",
        ),
        *charges.withdraw(case, procedure.id),
    ]
