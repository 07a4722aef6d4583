"""Take signed commands one by one, and tell what became of one."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from ehealth_ledger.entrypoints.http import receipts
from ehealth_ledger.entrypoints.http.bodies import JSON, container_of, media_type, whole
from ehealth_ledger.entrypoints.http.desk import Desk, client_of
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.receipts import EXAMPLE, ReceiptAnswer
from ehealth_ledger.errors import Refused
from ehealth_ledger.values.identifiers import CanonicalUUID
from ehealth_ledger.verification.containers import CMS, JOSE


class InProgress(BaseModel):
    """Say that a command is being judged now: ask again."""

    status: Literal["in_progress"] = "in_progress"
    command_id: UUID


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            CMS: {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "description": "CAdES with attached content (CMS SignedData), DER",
                }
            },
            JOSE: {
                "schema": {"type": "string", "description": "JWS, compact serialization"},
                "example": "eyJhbGciOiJFUzI1NiIsIng1YyI6W…",
            },
            JSON: {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["signed_data"],
                    "properties": {
                        "signed_data": {
                            "type": "string",
                            "format": "byte",
                            "description": "the CAdES container, canonical base64",
                        }
                    },
                },
                "example": {"signed_data": "MIIJmQYJKoZIhvcNAQcCoIIJijCC…"},
            },
        },
    }
}
_RECEIPT: Final[dict[str, Any]] = {
    "model": ReceiptAnswer,
    "content": {JSON: {"example": EXAMPLE}},
    "headers": {
        "Location": {"schema": {"type": "string"}, "description": "/commands/{command_id}"}
    },
}
_CREATED: Final = {**_RECEIPT, "description": "Recorded: the receipt"}
_REPEATED: Final = {**_RECEIPT, "description": "Recorded before: the same receipt, `repeated` true"}


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["commands"])

    @routes.post(
        "/commands",
        status_code=201,
        summary="Hand in one signed command",
        openapi_extra=_BODY,
        responses={201: _CREATED, 200: _REPEATED},
        response_model=None,
    )
    async def post(request: Request) -> Response:
        """Record a signed command, all of it or nothing, and answer with its receipt.

        Safe to repeat: the same bytes get the same receipt, the same id with other content is a
        conflict.
        """
        refuse_parameters(request)
        named = media_type(request, CMS, JOSE, JSON)
        with desk.place():
            body = await whole(request, desk.body_bytes_max)
            container, kind = container_of(body, named)
            accepted = await desk.intake.accept(container, kind, client=client_of(request))
        return receipts.answer(accepted, desk.signing_key)

    @routes.get(
        "/commands/{command_id}",
        summary="Ask what became of a command",
        responses={
            200: {**_RECEIPT, "description": "Recorded: the receipt"},
            202: {"model": InProgress, "description": "Being judged now: ask again"},
        },
        response_model=None,
    )
    def get(
        request: Request,
        command_id: Annotated[CanonicalUUID, Path(examples=[EXAMPLE["command_id"]])],
    ) -> Response:
        """Give the receipt, or say that the command is in progress here, or unknown to the ledger.

        Whoever lost an answer asks here. An unknown command was not recorded; handing in the same
        bytes is safe.
        """
        refuse_parameters(request)
        # In this order: a command leaves the queue after its commit, so it is never in neither.
        if desk.intake.is_in_progress(command_id):
            pending = InProgress(command_id=command_id).model_dump(mode="json")
            return Response(
                orjson.dumps(pending), 202, media_type=JSON, headers={"retry-after": "1"}
            )
        accepted = desk.intake.find(command_id)
        if accepted is None:
            raise Refused("request.not_found", "$.command_id", status="unknown")
        return receipts.answer(accepted, desk.signing_key)

    return routes
