"""Answer about reports, procedures, specimens and conclusions outside encounter packages."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from ehealth_ledger.errors import Refused
from projections.query_api.answers import answer, listed, one, present
from projections.query_api.filters import KindFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import After, Limit, an_id, given, one_of, page, refuse_others
from projections.read_models import diagnostics as model
from projections.read_models.diagnostics import DIAGNOSTICS, MODEL
from projections.read_models.document import embedded

KINDS: Final = ("diagnostic_report", "procedure", "specimen", "composition")
STATUSES: Final = (
    *("final", "completed", "available", "unavailable", "unsatisfactory", "replaced"),
    "entered_in_error",
)
NUMBER_CHARACTERS: Final = 19

ReferralFilter = Annotated[str | None, Query(description="based on this referral (its id)")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about diagnostics."""

    @routes.get(
        "/patients/{id}/diagnostics",
        summary="List a patient's reports, procedures, specimens and conclusions",
        response_class=Response,
    )
    def diagnostics(
        request: Request,
        patient: Annotated[str, Path(alias="id", description="the patient's id")],
        kind: KindFilter = None,
        status: StatusFilter = None,
        referral: ReferralFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List them in the order in which they were recorded, the last one's place as `next`."""
        refuse_others(request, "kind", "status", "referral", "after", "limit")
        wanted = present(
            patient=an_id(patient, "id"),
            kind=given(kind, one_of, "kind", KINDS),
            status=given(status, one_of, "status", STATUSES),
            referral=given(referral, an_id, "referral"),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL, wanted=wanted) as seen:
            found = model.resources(seen, wanted, after=begin, limit=rows)
            return listed(seen, "diagnostics", found)

    @routes.get(
        "/diagnostics/{id}",
        summary="Follow a report, procedure, specimen or conclusion",
        response_class=Response,
    )
    def resource(
        request: Request, wanted: Annotated[str, Path(alias="id", description="the resource's id")]
    ) -> Response:
        """Return it as it was signed, where it stands, and every step that led there."""
        refuse_others(request)
        resource_id = an_id(wanted, "id")
        with moments.of(request, MODEL, thing=(DIAGNOSTICS, resource_id)) as seen:
            text = one(seen, model.resource(seen, resource_id))
        return answer(seen.checkpoint, {"resource": embedded(text)})

    @routes.get(
        "/compositions/{number}", summary="Find a conclusion by its number", response_class=Response
    )
    def composition(
        request: Request,
        number: Annotated[str, Path(description="the number, XXXX-XXXX-XXXX-XXXX")],
    ) -> Response:
        """Return a medical conclusion by the number people name it by."""
        refuse_others(request)
        if len(number) != NUMBER_CHARACTERS or not number.isascii() or not number.isprintable():
            raise Refused("request.invalid_parameter", "$.number", expected="XXXX-XXXX-XXXX-XXXX")
        with moments.of(request, MODEL) as seen:
            text = one(seen, model.numbered(seen, number), "number")
        return answer(seen.checkpoint, {"composition": embedded(text)})
