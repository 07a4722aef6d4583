"""Answer about statements and the charges they add up."""

from __future__ import annotations

from typing import Annotated, Final, get_args

from fastapi import APIRouter, Query, Request, Response

from ehealth_ledger.events.charge import WithheldReason
from projections.query_api.answers import answer, listed, one, paged, present
from projections.query_api.filters import ContractFilter, EntityFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import (
    After,
    Limit,
    StatementId,
    a_month,
    a_package,
    an_id,
    given,
    one_of,
    page,
    refuse_others,
)
from projections.read_models import capitation, payment_statement
from projections.read_models.database import Snapshot
from projections.read_models.document import Document, embedded, read
from projections.read_models.payment_statement import MODEL

STATEMENT_STATUSES: Final = ("formed", "countersigned", "accepted", "paid")
CHARGE_STATUSES: Final = (
    *("accrued", "withheld", "settled", "withdrawn", "denied", "resubmitted"),
    "adjustment",  # a correction of a line of a closed month
)

REASONS: Final[tuple[str, ...]] = get_args(WithheldReason)

PeriodFilter = Annotated[str | None, Query(description="of this month, YYYY-MM")]
CountedFilter = Annotated[str | None, Query(description="of this counted month, YYYY-MM")]
PackageFilter = Annotated[str | None, Query(description="of this package (its code)")]
ReasonFilter = Annotated[str | None, Query(description="withheld for this reason")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about money."""

    @routes.get("/statements", summary="List statements", response_class=Response)
    def statements(
        request: Request,
        contract: ContractFilter = None,
        provider: EntityFilter = None,
        period: PeriodFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List statements without their lines, in the order in which they were formed."""
        refuse_others(request, "contract", "provider", "period", "status", "after", "limit")
        wanted = present(
            contract=given(contract, an_id, "contract"),
            provider=given(provider, an_id, "provider"),
            period=given(period, a_month, "period"),
            status=given(status, one_of, "status", STATEMENT_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = payment_statement.statements(seen, wanted, after=begin, limit=rows)
        return listed(seen, "statements", found)

    @routes.get("/statements/{id}", summary="Return a statement", response_class=Response)
    def statement(request: Request, wanted: StatementId) -> Response:
        """Return a statement with its lines; each names the signed act that earned it."""
        refuse_others(request)
        with moments.of(request, MODEL) as seen:
            document, charges = _with_charges(seen, wanted)
        lines = [embedded(charge) for charge in charges]
        return answer(seen.checkpoint, {"statement": {**document, "lines": lines}})

    @routes.get("/charges", summary="List charges", response_class=Response)
    def charges(
        request: Request,
        contract: ContractFilter = None,
        provider: EntityFilter = None,
        package: PackageFilter = None,
        period: PeriodFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List what acts earned, and what is withheld and why, in the order of the log."""
        refuse_others(
            request, "contract", "provider", "package", "period", "status", "after", "limit"
        )
        wanted = present(
            contract=given(contract, an_id, "contract"),
            provider=given(provider, an_id, "provider"),
            package=given(package, a_package, "package"),
            period=given(period, a_month, "period"),
            status=given(status, one_of, "status", CHARGE_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = payment_statement.charges(seen, wanted, after=begin, limit=rows)
        return listed(seen, "charges", found)

    @routes.get(
        "/reports/capitation", summary="Report months of capitation", response_class=Response
    )
    def capitation_report(
        request: Request,
        contract: ContractFilter = None,
        provider: EntityFilter = None,
        period: CountedFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """Report what declared patients earned, by mountain and band of ages, and who is left out.

        The month is the one that was counted; charges of a late count stand in a later statement.
        """
        refuse_others(request, "contract", "provider", "period", "after", "limit")
        wanted = present(
            contract=given(contract, an_id, "contract"),
            provider=given(provider, an_id, "provider"),
            period=given(period, a_month, "period"),
        )
        begin, rows = page(after, limit)
        with moments.of(request, capitation.MODEL) as seen:
            found = capitation.months(seen, wanted, after=begin, limit=rows)
        months = [capitation.reported(read(text)) for _, text in found.rows]
        return paged(seen, "months", months, found)

    @routes.get(
        "/months/withheld", summary="List months that wait for a tariff", response_class=Response
    )
    def withheld_months(
        request: Request,
        contract: ContractFilter = None,
        provider: EntityFilter = None,
        period: CountedFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List the months of which a package waits for its tariff: work for people.

        `month.settle` prices it once a tariff is released. A month of capitation waits from its
        count; one of global rates once a rate for its first day is released: until then nothing
        tells the package from one that is paid by the act.
        """
        refuse_others(request, "contract", "provider", "period", "after", "limit")
        wanted = present(
            contract=given(contract, an_id, "contract"),
            provider=given(provider, an_id, "provider"),
            period=given(period, a_month, "period"),
        )
        begin, rows = page(after, limit)
        with moments.of(request, capitation.MODEL) as seen:
            found = capitation.withheld(seen, wanted, after=begin, limit=rows)
            months = capitation.waiting(seen, (read(text) for _, text in found.rows))
        return paged(seen, "months", months, found)

    @routes.get("/charges/withheld", summary="List what waits for a price", response_class=Response)
    def withheld(
        request: Request,
        provider: EntityFilter = None,
        reason: ReasonFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List the charges that nothing prices yet, in the order of the log: work for people.

        Each says what is missing; `charge.settle` prices it once that is there.
        """
        refuse_others(request, "provider", "reason", "after", "limit")
        wanted = present(provider=given(provider, an_id, "provider"))
        why = given(reason, one_of, "reason", REASONS)
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = payment_statement.withheld(seen, wanted, why, after=begin, limit=rows)
        return listed(seen, "charges", found)


def _with_charges(seen: Snapshot, wanted: str) -> tuple[Document, list[str]]:
    document = one(seen, payment_statement.statement(seen, an_id(wanted, "id")))
    return document, payment_statement.lines(seen, document)
