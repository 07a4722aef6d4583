"""Answer the payer who asks what changed on statements since a position."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from projections.query_api.answers import JSON, present
from projections.query_api.filters import ContractFilter, EntityFilter
from projections.query_api.following import After, Wait, followed, patience
from projections.query_api.moments import Moments
from projections.query_api.parameters import Limit, an_id, given, page, refuse_others
from projections.read_models import statement_changes
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.paging import Page
from projections.read_models.statement_changes import MODEL

_EXAMPLE: Final[dict[str, Any]] = {
    "log": "records",
    "position": 1042,
    "chain_value": "9f2c" + 60 * "0",
    "recorded_at": "2026-11-23T08:00:00.123456Z",
    "changes": [
        {
            "position": 1040,
            "recorded_at": "2026-11-23T07:58:00.654321Z",
            "chain_value": "41be" + 60 * "0",
            "command_id": "0b7b8f0e-6a0f-4a37-9f43-2f1d0a7d9a01",
            "topic": "payment.recorded.v1",
            "change": "paid",
            "statement": "9d1f3c52-7b0e-4c8b-8a34-1b5f6f0d2c77",
            "contract": "7c1e0f52-3b6a-4d8c-9e2f-1a2b3c4d5e6f",
            "package": "9",
            "period": "2026-10",
            "provider": "8a6f1c52-3a0e-4c8b-9a34-5b1f6f0d2c11",
            "payer": "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b",
            "payment": "5b4a3928-1706-4f5e-8d4c-3b2a19080706",
            "amount": 500_00,
            "bank_reference": "UA-2026-118",
        }
    ],
    "next": 1042,
    "more": False,
}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Changes, oldest first, and where to go on: `next`",
        "content": {JSON: {"example": _EXAMPLE}},
    }
}


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add the feed of changes."""

    @routes.get(
        "/statements/changes",
        summary="Follow what changes on statements",
        response_class=Response,
        responses=_ANSWER,
    )
    async def changes(
        request: Request,
        contract: ContractFilter = None,
        provider: EntityFilter = None,
        after: After = None,
        limit: Limit = None,
        wait: Wait = None,
    ) -> Response:
        """List every record that changed a statement, in the order of the log, for ever.

        Formed, countersigned, accepted, reviewed, paid; set off (`offset`, and `recovered` on the
        statement below zero), refunded; a line denied, resubmitted, adjusted,
        questioned, or withdrawn before its month closed (`statement` is then null).
        A line denied or adjusted names reason, rule and the rule's version; the payer's own words
        stand in what he signed, and `GET /charges/{id}` tells them. Ask again with `after` set to
        `next`: nothing is missed, nothing comes twice, however long the pause. As of a past moment
        it ends where the log ended then.
        """
        refuse_others(request, "contract", "provider", "after", "limit", "wait")
        wanted = present(
            contract=given(contract, an_id, "contract"),
            provider=given(provider, an_id, "provider"),
        )
        begin, rows = page(after, limit)

        def look() -> tuple[Checkpoint, Page]:
            with moments.of(request, MODEL) as seen:
                found = statement_changes.changes(seen, wanted, after=begin, limit=rows)
                return seen.checkpoint, found

        return await followed(look, "changes", begin=begin, wait_s=patience(request, wait))
