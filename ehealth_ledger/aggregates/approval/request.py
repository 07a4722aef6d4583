"""Judge who may ask a patient for access to what (rule 64)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ehealth_ledger.aggregates import care_plan as care_plans
from ehealth_ledger.aggregates import encounter as encounters
from ehealth_ledger.aggregates import referral as referrals
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.episode import Episode
from ehealth_ledger.aggregates.lookups import ClinicalResource
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.commands.approval import Approval as ApprovalResource
from ehealth_ledger.commands.approval import RequestApproval, Selector
from ehealth_ledger.events.approval import ApprovalRequested
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import PatientId
from ehealth_ledger.values.parameters.approval import APPROVAL_CONFIRMATION_HOURS_MAX
from ehealth_ledger.values.time import microseconds


def request(case: Case[RequestApproval]) -> list[Fact]:
    """Ask an active patient for access to one thing, for oneself or the institution (23, 64)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    with case.part():
        active_patient(case, asked.patient, "$.resource.patient")
    case.require_new_id(asked.id, "$.resource.id")
    _require_own_grantee(case, actor, asked)
    selector = asked.granted_resources
    if case.require(
        len(selector.chosen) == 1,
        "approval.selector_count",
        "$.resource.granted_resources",
        found=len(selector.chosen),
        expected="exactly one selector",
    ):
        _require_of_patient(case, asked.patient, selector)
    if asked.reason is not None:
        _require_referral(case, asked.patient, asked.reason, "$.resource.reason")
    hours = case.number(APPROVAL_CONFIRMATION_HOURS_MAX)
    chosen = next(iter(selector.chosen), "")
    return [
        ApprovalRequested(
            approval=asked.id,
            patient=asked.patient,
            requester=actor.id,
            legal_entity=actor.legal_entity,
            granted_employee=asked.granted_to.employee,
            granted_entity=asked.granted_to.legal_entity,
            access_level=asked.access_level,
            selector=chosen,
            values=_values(selector, chosen),
            reason=asked.reason,
            lapses_at=microseconds(case.now + timedelta(hours=hours)),
            resource_pointer="/resource",
        )
    ]


def _require_own_grantee(
    case: Case[RequestApproval], actor: Employee, asked: ApprovalResource
) -> None:
    grantee = asked.granted_to
    own = (grantee.employee, grantee.legal_entity) in (
        (actor.id, None),
        (None, actor.legal_entity),
    )
    case.require(
        own,
        "approval.grantee_not_own",
        "$.resource.granted_to",
        expected=f"employee {actor.id}, or legal_entity {actor.legal_entity}",
    )


def _require_of_patient(
    case: Case[RequestApproval], patient: PatientId, selector: Selector
) -> None:
    """Let a patient open only what is his own."""
    if selector.permitted_by is not None:
        _require_referral(
            case, patient, selector.permitted_by, "$.resource.granted_resources.permitted_by"
        )
    for at, (kind, wanted) in enumerate(selector.targets()):
        case.require(
            _owner(case, kind, wanted) == patient,
            "approval.resource_unknown",
            f"$.resource.granted_resources.resources[{at}]",
            expected="a resource of this patient",
        )


def _owner(case: Case[RequestApproval], kind: str, wanted: UUID) -> UUID | None:
    """Return whose a resource is; None where there is no such resource of this type."""
    state: care_plans.CarePlan | encounters.Encounter | Episode | ClinicalResource | None
    match kind:
        case "CarePlan":
            state = case.find(care_plans.CarePlan, wanted)
        case "Encounter":
            state = case.find(encounters.Encounter, wanted)
        case "EpisodeOfCare":
            state = case.find(Episode, wanted)
        case _:
            found = case.lookups.resources.find(wanted)
            state = found if found is not None and found.kind == kind else None
    return None if state is None else state.patient


def _require_referral(
    case: Case[RequestApproval], patient: PatientId, wanted: UUID, path: str
) -> None:
    referral = case.find(referrals.Referral, wanted)
    case.require(
        referral is not None and referral.patient == patient,
        "approval.resource_unknown",
        path,
        expected="a referral of this patient",
    )


def _values(selector: Selector, chosen: str) -> tuple[str, ...]:
    """Write what a selector says as texts, as the fact keeps it."""
    value = getattr(selector, chosen, None)
    if isinstance(value, tuple):
        return value
    return () if value is None or value is True else (str(value),)
