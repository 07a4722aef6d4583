"""Answer an institution that asks what became of its commands and things."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from ehealth_ledger.errors import Refused
from projections.query_api.answers import JSON
from projections.query_api.following import After, Wait, followed, patience
from projections.query_api.moments import Moments
from projections.query_api.parameters import Limit, an_id, page, refuse_others
from projections.read_models import feed
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.feed import MODEL
from projections.read_models.paging import Page

Entity = Annotated[str | None, Query(description="whose feed: the institution's id; required")]
_EXAMPLE: Final[dict[str, Any]] = {
    "log": "records",
    "position": 1042,
    "chain_value": "9f2c" + 60 * "0",
    "recorded_at": "2026-11-23T08:00:00.123456Z",
    "entries": [
        {
            "position": 1040,
            "recorded_at": "2026-11-23T07:58:00.654321Z",
            "legal_entity": "8a6f1c52-3a0e-4c8b-9a34-5b1f6f0d2c11",
            "because": "followed",
            "command_id": "0b7b8f0e-6a0f-4a37-9f43-2f1d0a7d9a01",
            "topic": "referral.redeemed.v1",
            "about": {"kind": "referral", "id": "3d2b9c7a-1e4f-4a6b-8c5d-7e9f0a1b2c33"},
        }
    ],
    "next": 1042,
    "more": False,
}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Entries, oldest first, and where to go on: `next`",
        "content": {JSON: {"example": _EXAMPLE}},
    }
}


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add the feed."""

    def look(
        request: Request, legal_entity: UUID, after: int, limit: int
    ) -> tuple[Checkpoint, Page]:
        with moments.of(request, MODEL) as seen:
            return seen.checkpoint, feed.entries(seen, legal_entity, after=after, limit=limit)

    @routes.get(
        "/feed",
        summary="Follow one's own commands and things",
        response_class=Response,
        responses=_ANSWER,
    )
    async def follow(
        request: Request,
        legal_entity: Entity = None,
        after: After = None,
        limit: Limit = None,
        wait: Wait = None,
    ) -> Response:
        """List every record that concerns an institution, in the order of the log, for ever.

        A record concerns whoever ordered it, whom it names, and whom an earlier record of the same
        thing concerned. Ask again with `after` set to `next`: nothing is missed, nothing comes
        twice, however long the pause. As of a past moment it ends where the log ended then.
        """
        refuse_others(request, "legal_entity", "after", "limit", "wait")
        if legal_entity is None:
            raise Refused("request.invalid_parameter", "$.legal_entity", expected="an id")
        wanted = an_id(legal_entity, "legal_entity")
        begin, rows = page(after, limit)
        return await followed(
            lambda: look(request, wanted, begin, rows),
            "entries",
            begin=begin,
            wait_s=patience(request, wait),
        )
