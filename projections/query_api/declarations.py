"""Answer about declarations: who is declared with whom, and how many a doctor holds."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from projections.query_api.answers import answer, listed, one, present
from projections.query_api.filters import DayFilter, PatientFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import (
    After,
    Limit,
    a_day,
    an_id,
    given,
    one_of,
    page,
    refuse_others,
)
from projections.read_models import declarations as model
from projections.read_models.declarations import DECLARATIONS, MODEL
from projections.read_models.document import embedded

STATUSES: Final = ("pending_verification", "active", "rejected", "terminated", "closed")

DoctorFilter = Annotated[str | None, Query(description="with this doctor (the employee's id)")]
EntityFilter = Annotated[str | None, Query(description="at this institution (its id)")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about declarations."""

    @routes.get("/declarations", summary="List declarations", response_class=Response)
    def declarations(
        request: Request,
        doctor: DoctorFilter = None,
        legal_entity: EntityFilter = None,
        patient: PatientFilter = None,
        status: StatusFilter = None,
        in_force_on: DayFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List declarations in the order in which they began, the last one's place as `next`.

        Two times: `in_force_on` is the day asked about, `at_position` or `at_time` what was known.
        """
        refuse_others(
            request,
            *("doctor", "legal_entity", "patient", "status", "in_force_on", "after", "limit"),
        )
        day = given(in_force_on, a_day, "in_force_on")
        wanted = present(
            doctor=given(doctor, an_id, "doctor"),
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            patient=given(patient, an_id, "patient"),
            status=given(status, one_of, "status", STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL, wanted=wanted) as seen:
            found = model.declarations(seen, wanted, in_force_on=day, after=begin, limit=rows)
            return listed(seen, "declarations", found)

    @routes.get("/declarations/{id}", summary="Follow a declaration", response_class=Response)
    def declaration(
        request: Request,
        wanted: Annotated[str, Path(alias="id", description="the declaration's id")],
    ) -> Response:
        """Return where a declaration stands and every step that led there."""
        refuse_others(request)
        declaration_id = an_id(wanted, "id")
        with moments.of(request, MODEL, thing=(DECLARATIONS, declaration_id)) as seen:
            text = one(seen, model.declaration(seen, declaration_id))
        return answer(seen.checkpoint, {"declaration": embedded(text)})

    @routes.get(
        "/doctors/{employee}/declarations/count",
        summary="Count a doctor's declarations",
        response_class=Response,
    )
    def count(
        request: Request,
        employee: Annotated[str, Path(description="the doctor's id as an employee")],
    ) -> Response:
        """Count by status in this job, and what the same person holds in all jobs and may hold."""
        refuse_others(request)
        doctor = an_id(employee, "employee")
        with moments.of(request, MODEL) as seen:
            return answer(seen.checkpoint, {"counts": model.counts(seen, doctor)})
