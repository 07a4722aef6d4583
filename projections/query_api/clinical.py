"""Answer about patients and referrals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from psycopg_pool import ConnectionPool

from ehealth_ledger.errors import Refused
from projections.query_api.answers import answer
from projections.query_api.parameters import an_id, refuse_others
from projections.read_models import patient_summary, referral_status
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

    @routes.get("/referrals/{id}", summary="Follow a referral", response_class=Response)
    def referral(
        request: Request, wanted: Annotated[str, Path(alias="id", description="the referral's id")]
    ) -> Response:
        """Return where a referral stands and every step that led there."""
        refuse_others(request)
        referral_id = an_id(wanted, "id")
        with pool.connection() as connection, snapshot(connection, referral_status.MODEL) as seen:
            text = referral_status.referral(seen, referral_id)
        if text is None:
            raise Refused("read_model.not_found", "$.id", position=seen.checkpoint.position)
        return answer(seen.checkpoint, {"referral": embedded(text)})
