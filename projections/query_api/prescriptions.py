"""Answer about medical programs and prescriptions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from projections.query_api.answers import answer, listed, one, present
from projections.query_api.filters import EntityFilter, KindFilter, PatientFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import (
    After,
    Limit,
    a_code,
    an_id,
    given,
    one_of,
    page,
    refuse_others,
)
from projections.read_models import medical_program, prescription_status
from projections.read_models.document import embedded
from projections.read_models.prescription_status import PRESCRIPTIONS

PRESCRIPTION_STATUSES: Final = ("active", "completed", "rejected", "expired")
PROGRAM_STATUSES: Final = ("active", "inactive")
PROGRAM_KINDS: Final = ("MEDICATION", "SERVICE")

PrescriptionId = Annotated[str, Path(alias="id", description="the prescription's id")]
ProgramId = Annotated[str, Path(alias="id", description="the program's id")]
NumberFilter = Annotated[str | None, Query(description="with this number")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about programs and prescriptions."""
    _add_prescriptions(routes, moments)
    _add_programs(routes, moments)


def _add_prescriptions(routes: APIRouter, moments: Moments) -> None:
    model = prescription_status.MODEL

    @routes.get("/prescriptions", summary="List prescriptions", response_class=Response)
    def prescriptions(
        request: Request,
        number: NumberFilter = None,
        patient: PatientFilter = None,
        legal_entity: EntityFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List prescriptions with every step, in the order in which they were issued."""
        refuse_others(request, "number", "patient", "legal_entity", "status", "after", "limit")
        wanted = present(
            number=given(number, a_code, "number"),
            patient=given(patient, an_id, "patient"),
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            status=given(status, one_of, "status", PRESCRIPTION_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, model, wanted=wanted) as seen:
            found = prescription_status.prescriptions(seen, wanted, after=begin, limit=rows)
        return listed(seen, "prescriptions", found)

    @routes.get("/prescriptions/{id}", summary="Follow a prescription", response_class=Response)
    def prescription(request: Request, wanted: PrescriptionId) -> Response:
        """Return where a prescription stands, every step, its dispenses, and what is left."""
        refuse_others(request)
        prescription_id = an_id(wanted, "id")
        with moments.of(request, model, thing=(PRESCRIPTIONS, prescription_id)) as seen:
            text = one(seen, prescription_status.prescription(seen, prescription_id))
        return answer(seen.checkpoint, {"prescription": embedded(text)})


def _add_programs(routes: APIRouter, moments: Moments) -> None:
    model = medical_program.MODEL

    @routes.get("/programs", summary="List medical programs", response_class=Response)
    def programs(
        request: Request,
        kind: KindFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List programs with their participants, in the order in which they were published."""
        refuse_others(request, "kind", "status", "after", "limit")
        wanted = present(
            kind=given(kind, one_of, "kind", PROGRAM_KINDS),
            status=given(status, one_of, "status", PROGRAM_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, model) as seen:
            found = medical_program.programs(seen, wanted, after=begin, limit=rows)
        return listed(seen, "programs", found)

    @routes.get("/programs/{id}", summary="Return a medical program", response_class=Response)
    def program(request: Request, wanted: ProgramId) -> Response:
        """Return a program with its participants and their days."""
        refuse_others(request)
        program_id = an_id(wanted, "id")
        with moments.of(request, model) as seen:
            text = one(seen, medical_program.program(seen, program_id))
        return answer(seen.checkpoint, {"program": embedded(text)})

    @routes.get(
        "/programs/{id}/provisions", summary="List who provides a program", response_class=Response
    )
    def provisions(
        request: Request, wanted: ProgramId, after: After = None, limit: Limit = None
    ) -> Response:
        """List the divisions that provide a program, and from which days they did."""
        refuse_others(request, "after", "limit")
        program_id = an_id(wanted, "id")
        begin, rows = page(after, limit)
        with moments.of(request, model) as seen:
            found = medical_program.provisions(seen, program_id, after=begin, limit=rows)
        return listed(seen, "provisions", found)
