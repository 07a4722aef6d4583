"""Answer about contracts: what is bought from whom, since when, and how each came to stand so."""

from __future__ import annotations

from typing import Annotated, Final, get_args

from fastapi import APIRouter, Path, Query, Request, Response

from ehealth_ledger.values.contracts import ContractKind
from projections.query_api.answers import answer, listed, one, present
from projections.query_api.filters import DayFilter, KindFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import (
    After,
    Limit,
    a_day,
    a_package,
    an_id,
    given,
    one_of,
    page,
    refuse_others,
)
from projections.read_models import contracts as model
from projections.read_models.contracts import MODEL
from projections.read_models.document import embedded

STATUSES: Final = ("active", "suspended", "terminated")
REQUEST_STATUSES: Final = ("requested", "signed", "declined", "withdrawn", "concluded")

ContractId = Annotated[str, Path(alias="id", description="the contract's id")]
RequestId = Annotated[str, Path(alias="id", description="the request's id")]
ProviderFilter = Annotated[str | None, Query(description="with this institution (its id)")]
PayerFilter = Annotated[str | None, Query(description="of this payer (its id)")]
PackageFilter = Annotated[
    str | None,
    Query(description="that buys this package (its code), on `in_force_on` where that is said"),
]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about contracts."""

    @routes.get("/contracts", summary="List contracts", response_class=Response)
    def contracts(
        request: Request,
        provider: ProviderFilter = None,
        payer: PayerFilter = None,
        kind: KindFilter = None,
        status: StatusFilter = None,
        package: PackageFilter = None,
        in_force_on: DayFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List contracts in the order in which they were concluded.

        Two times: `in_force_on` is the day asked about, `at_position` or `at_time` what was known.
        """
        refuse_others(
            request,
            *("provider", "payer", "kind", "status", "package", "in_force_on", "after", "limit"),
        )
        wanted = present(
            provider=given(provider, an_id, "provider"),
            payer=given(payer, an_id, "payer"),
            kind=given(kind, one_of, "kind", get_args(ContractKind)),
            status=given(status, one_of, "status", STATUSES),
        )
        bought = given(package, a_package, "package")
        day = given(in_force_on, a_day, "in_force_on")
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = model.contracts(
                seen, wanted, package=bought, in_force_on=day, after=begin, limit=rows
            )
        return listed(seen, "contracts", found)

    @routes.get("/contracts/{id}", summary="Return a contract", response_class=Response)
    def contract(request: Request, wanted: ContractId) -> Response:
        """Return a contract's terms, how it stands, and every step that led there.

        What is said beside `terms` was agreed last; `terms` says from when to when which terms
        count.
        """
        refuse_others(request)
        contract_id = an_id(wanted, "id")
        with moments.of(request, MODEL) as seen:
            text = one(seen, model.contract(seen, contract_id))
        return answer(seen.checkpoint, {"contract": embedded(text)})

    @routes.get("/contract-requests", summary="List contract requests", response_class=Response)
    def contract_requests(
        request: Request,
        provider: ProviderFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List what providers asked for, in the order in which they asked.

        `requested` waits for the payer's signature, or his refusal; `signed` for the provider's.
        """
        refuse_others(request, "provider", "status", "after", "limit")
        wanted = present(
            provider=given(provider, an_id, "provider"),
            status=given(status, one_of, "status", REQUEST_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = model.requests(seen, wanted, after=begin, limit=rows)
        return listed(seen, "contract_requests", found)

    @routes.get(
        "/contract-requests/{id}", summary="Return a contract request", response_class=Response
    )
    def contract_request(request: Request, wanted: RequestId) -> Response:
        """Return what a provider asked for and whose turn it is.

        `first` is what the countersignature names of the payer's signature.
        """
        refuse_others(request)
        request_id = an_id(wanted, "id")
        with moments.of(request, MODEL) as seen:
            text = one(seen, model.request(seen, request_id))
        return answer(seen.checkpoint, {"contract_request": embedded(text)})
