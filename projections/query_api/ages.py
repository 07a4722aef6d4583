"""Answer how far each read model has read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from psycopg_pool import ConnectionPool

from ehealth_ledger.errors import Undecided
from projections.query_api.answers import answer, standing
from projections.query_api.parameters import refuse_others
from projections.read_models import checkpoint
from projections.read_models.database import moment


def add_routes(routes: APIRouter, pool: ConnectionPool) -> None:
    """Add what is asked about the read models themselves."""

    @routes.get("/read-models", summary="List the read models", response_class=Response)
    def read_models(request: Request) -> Response:
        """List the checkpoints; the answer's own position is that of the model furthest behind."""
        refuse_others(request)
        with pool.connection() as connection, moment(connection) as cursor:
            found = checkpoint.every(cursor)
        if not found:
            raise Undecided("read_model.not_ready")
        listed = [
            {
                **standing(each),
                "model": each.model,
                "version": each.version,
                "rows": each.rows,
                "digest": each.digest.hex(),
            }
            for each in found
        ]
        behind = min(found, key=lambda each: each.position)
        return answer(behind, {"read_models": listed})
