"""Report what pharmacies are reimbursed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ehealth_ledger.errors import Refused
from projections.query_api.answers import answer
from projections.query_api.filters import ContractFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import a_month, an_id, given, page, refuse_others
from projections.read_models import reimbursement
from projections.read_models.payment_statement import MODEL

Period = Annotated[str | None, Query(description="of this month, YYYY-MM; always given")]
After = Annotated[str | None, Query(description="begin after this contract: `next` of the page")]
Limit = Annotated[str | None, Query(description="contracts on a page, 100 unless said")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add the report."""

    @routes.get(
        "/reports/reimbursement", summary="Report what is reimbursed", response_class=Response
    )
    def report(
        request: Request,
        period: Period = None,
        contract: ContractFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """Add up dispenses, units and kopiykas of a month: contract by program by product.

        `denied` is what of the amount the payer refused, `corrected` what later lines of this
        month take from or add to earlier ones.
        """
        refuse_others(request, "period", "contract", "after", "limit")
        if period is None:
            raise Refused("request.invalid_parameter", "$.period", expected="a month, YYYY-MM")
        month = a_month(period, "period")
        wanted = given(contract, an_id, "contract")
        begin = given(after, an_id, "after")
        _, rows = page(None, limit)
        with moments.of(request, MODEL) as seen:
            found = reimbursement.report(seen, month, wanted, after=begin, limit=rows)
        members = {
            "period": month,
            "contracts": found.contracts,
            "next": None if found.following is None else str(found.following),
        }
        return answer(seen.checkpoint, members)
