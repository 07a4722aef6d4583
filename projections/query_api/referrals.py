"""Answer about referrals, care plans and approvals."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from ehealth_ledger.errors import Refused
from projections.query_api.answers import answer, listed, one, present
from projections.query_api.filters import EntityFilter, PatientFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import After, Limit, an_id, given, one_of, page, refuse_others
from projections.read_models import approvals, care_plans, referral_status
from projections.read_models.document import embedded

REFERRAL_STATUSES: Final = ("active", "completed", "recalled", "entered_in_error")
CARE_PLAN_STATUSES: Final = ("new", "active", "completed", "cancelled", "terminated")
APPROVAL_STATUSES: Final = ("new", "active", "cancelled", "expired")
_REQUISITION: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}")

Id = Annotated[str, Path(alias="id", description="the id of the thing")]
RequisitionFilter = Annotated[str | None, Query(description="with this number")]
HolderFilter = Annotated[str | None, Query(description="redeemed by this institution (its id)")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about referrals and what they rest on."""
    _add_referrals(routes, moments)
    _add_care_plans(routes, moments)
    _add_approvals(routes, moments)


def _add_referrals(routes: APIRouter, moments: Moments) -> None:
    @routes.get("/referrals", summary="List referrals", response_class=Response)
    def listed_referrals(
        request: Request,
        requisition: RequisitionFilter = None,
        patient: PatientFilter = None,
        legal_entity: EntityFilter = None,
        redeemed_by: HolderFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List referrals with every step of each, in the order in which they were issued."""
        refuse_others(
            request,
            *("requisition", "patient", "legal_entity", "redeemed_by", "status", "after", "limit"),
        )
        wanted = present(
            requisition=None if requisition is None else _a_requisition(requisition),
            patient=given(patient, an_id, "patient"),
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            redeemed_by=given(redeemed_by, an_id, "redeemed_by"),
            status=given(status, one_of, "status", REFERRAL_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, referral_status.MODEL, wanted=wanted) as seen:
            found = referral_status.referrals(seen, wanted, after=begin, limit=rows)
        return listed(seen, "referrals", found)

    @routes.get("/referrals/{id}", summary="Follow a referral", response_class=Response)
    def referral(request: Request, wanted: Id) -> Response:
        """Return where a referral stands and every step that led there."""
        refuse_others(request)
        referral_id = an_id(wanted, "id")
        with moments.of(
            request, referral_status.MODEL, thing=(referral_status.REFERRALS, referral_id)
        ) as seen:
            text = one(seen, referral_status.referral(seen, referral_id))
        return answer(seen.checkpoint, {"referral": embedded(text)})


def _add_care_plans(routes: APIRouter, moments: Moments) -> None:
    @routes.get("/care-plans", summary="List care plans", response_class=Response)
    def listed_care_plans(
        request: Request,
        patient: PatientFilter = None,
        legal_entity: EntityFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List care plans with their activities, in the order in which they were made."""
        refuse_others(request, "patient", "legal_entity", "status", "after", "limit")
        wanted = present(
            patient=given(patient, an_id, "patient"),
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            status=given(status, one_of, "status", CARE_PLAN_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, care_plans.MODEL, wanted=wanted) as seen:
            found = care_plans.care_plans(seen, wanted, after=begin, limit=rows)
        return listed(seen, "care_plans", found)

    @routes.get("/care-plans/{id}", summary="Return a care plan", response_class=Response)
    def care_plan(request: Request, wanted: Id) -> Response:
        """Return a care plan with its activities and how much of each is left."""
        refuse_others(request)
        care_plan_id = an_id(wanted, "id")
        with moments.of(
            request, care_plans.MODEL, thing=(care_plans.CARE_PLANS, care_plan_id)
        ) as seen:
            text = one(seen, care_plans.care_plan(seen, care_plan_id))
        return answer(seen.checkpoint, {"care_plan": embedded(text)})


def _add_approvals(routes: APIRouter, moments: Moments) -> None:
    @routes.get("/approvals", summary="List approvals", response_class=Response)
    def listed_approvals(
        request: Request,
        patient: PatientFilter = None,
        legal_entity: EntityFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List approvals in the order in which they were asked for."""
        refuse_others(request, "patient", "legal_entity", "status", "after", "limit")
        wanted = present(
            patient=given(patient, an_id, "patient"),
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            status=given(status, one_of, "status", APPROVAL_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, approvals.MODEL, wanted=wanted) as seen:
            found = approvals.approvals(seen, wanted, after=begin, limit=rows)
        return listed(seen, "approvals", found)

    @routes.get("/approvals/{id}", summary="Return an approval", response_class=Response)
    def approval(request: Request, wanted: Id) -> Response:
        """Return whom a patient lets see or write what, and until when."""
        refuse_others(request)
        approval_id = an_id(wanted, "id")
        with moments.of(request, approvals.MODEL, thing=(approvals.APPROVALS, approval_id)) as seen:
            text = one(seen, approvals.approval(seen, approval_id))
        return answer(seen.checkpoint, {"approval": embedded(text)})


def _a_requisition(value: str) -> str:
    if _REQUISITION.fullmatch(value) is None:
        raise Refused(
            "request.invalid_parameter",
            "$.requisition",
            expected="a referral's number, XXXX-XXXX-XXXX-XXXX",
        )
    return value
