"""Answer which closed months want a statement."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from projections.query_api.answers import listed, present
from projections.query_api.filters import ContractFilter, EntityFilter
from projections.query_api.moments import Moments
from projections.query_api.money import PeriodFilter
from projections.query_api.parameters import (
    After,
    Limit,
    a_month,
    an_id,
    given,
    page,
    refuse_others,
)
from projections.read_models import statements_due
from projections.read_models.payment_statement import MODEL


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about statements that nobody formed yet."""

    @routes.get(
        "/statements/due", summary="List months that want a statement", response_class=Response
    )
    def due(
        request: Request,
        contract: ContractFilter = None,
        provider: EntityFilter = None,
        period: PeriodFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List each contract, package and closed month with lines and no statement: work to do.

        `count` lines, of which some are `corrections` of earlier months, come to `amount` kopiykas;
        the oldest stands at `oldest_position`. A month is closed once its cut-off has passed; the
        payer forms its statements by `statement.form`, one a row.
        """
        refuse_others(request, "contract", "provider", "period", "after", "limit")
        wanted = present(
            contract=given(contract, an_id, "contract"),
            provider=given(provider, an_id, "provider"),
            period=given(period, a_month, "period"),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            now = moments.now_us(request, seen)
            found = statements_due.due(seen, wanted, closed_by_us=now, after=begin, limit=rows)
        return listed(seen, "due", found)
