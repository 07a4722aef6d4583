"""Answer about patients."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from psycopg_pool import ConnectionPool

from ehealth_ledger.errors import Refused
from projections.query_api.answers import answer
from projections.query_api.parameters import an_id, refuse_others
from projections.read_models import patient_summary
from projections.read_models.database import snapshot
from projections.read_models.document import embedded


def add_routes(routes: APIRouter, pool: ConnectionPool) -> None:
    """Add what is asked about care."""

    @routes.get("/patients/{id}/summary", summary="Summarise a patient", response_class=Response)
    def summary(
        request: Request, patient: Annotated[str, Path(alias="id", description="the patient's id")]
    ) -> Response:
        """Return the problems, observations, encounters and referrals, parts as signed."""
        refuse_others(request)
        patient_id = an_id(patient, "id")
        with pool.connection() as connection, snapshot(connection, patient_summary.MODEL) as seen:
            text = patient_summary.summary(seen, patient_id)
        if text is None:
            raise Refused("read_model.not_found", "$.id", position=seen.checkpoint.position)
        return answer(seen.checkpoint, {"patient": embedded(text)})
