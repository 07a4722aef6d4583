"""Show what will be signed, byte for byte, and hold it until it is."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ehealth_ledger.entrypoints.http.bodies import JSON, media_type, whole
from ehealth_ledger.entrypoints.http.desk import Desk
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.receipts import Hex, instant
from ehealth_ledger.intake.previews import Preview, Previews
from ehealth_ledger.values.json import canonical, json_path


class Seed(BaseModel):
    """Say where the log ended when the content was previewed."""

    log: str = Field(examples=["records"])
    position: int = Field(examples=[1042])
    chain_value: Hex


class PreviewAnswer(BaseModel):
    """Give the exact bytes to sign: sign them as they are, or let only the delta fields differ."""

    preview: UUID = Field(description="what the content names in its head; the ledger gave it")
    content: str = Field(description="the bytes to sign, as text (UTF-8)")
    content_base64: str = Field(description="the same bytes, canonical base64")
    digest: Hex = Field(description="SHA-256 of the bytes")
    expires_at: str = Field(examples=["2026-11-23T08:15:00.000000Z"])
    delta: list[str] = Field(description="places that may differ when signed (JSONPath)")
    seed: Seed


_CONTENT: Final[dict[str, Any]] = {
    "command": "referral.recall",
    "version": 1,
    "command_id": "0b7b8f0e-6a0f-4a37-9f43-2f1d0a7d9a01",
    "ledger": "5a3c0d0e-52a5-4f53-9f0b-3a5c0c7e4f10",
    "issued_at": "2026-11-23T10:00:00.000000+02:00",
    "legal_entity": "8a6f1c52-3a0e-4c8b-9a34-5b1f6f0d2c11",
    "employee": "c1f0a4de-7a55-4c1e-8e3b-0d6a2b9e4f22",
    "resource": {
        "referral": "3d2b9c7a-1e4f-4a6b-8c5d-7e9f0a1b2c33",
        "patient": "6e5d4c3b-2a19-4f8e-9d7c-6b5a4f3e2d44",
        "reason": "записано помилково",
    },
}
CONTENT_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "description": "what a person would sign, unsigned: a schema of /schemas",
                },
                "example": _CONTENT,
            }
        },
    }
}
_SHOWN: Final = canonical({**_CONTENT, "preview": "4f1e2d3c-5b6a-4798-8a9b-0c1d2e3f4a55"})
_EXAMPLE: Final[dict[str, Any]] = {
    "preview": "4f1e2d3c-5b6a-4798-8a9b-0c1d2e3f4a55",
    "content": _SHOWN.decode(),
    "content_base64": b64encode(_SHOWN).decode(),
    "digest": sha256(_SHOWN).hexdigest(),
    "expires_at": "2026-11-23T08:15:00.000000Z",
    "delta": ["$.issued_at"],
    "seed": {"log": "records", "position": 1042, "chain_value": "9f2c" + 60 * "0"},
}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "model": PreviewAnswer,
        "description": "Held: sign these bytes",
        "content": {JSON: {"example": _EXAMPLE}},
    }
}


def router(desk: Desk, previews: Previews) -> APIRouter:
    """Make the route."""
    routes = APIRouter(tags=["commands"])

    @routes.post(
        "/previews",
        status_code=201,
        summary="Preview what is to be signed",
        openapi_extra=CONTENT_BODY,
        responses=_ANSWER,
        response_model=None,
    )
    async def post(request: Request) -> Response:
        """Give the bytes to sign and hold them; whatever differs when signed is named by its place.

        Nothing of it is recorded. The content is refused here only where it is no command; what the
        law says of it, `POST /commands/check` tells.
        """
        refuse_parameters(request)
        media_type(request, JSON)
        with desk.place():
            body = await whole(request, desk.body_bytes_max)
            found = await asyncio.get_running_loop().run_in_executor(None, previews.preview, body)
        return Response(orjson.dumps(_members(found)), 201, media_type=JSON)

    return routes


def _members(found: Preview) -> dict[str, Any]:
    return {
        "preview": found.id,
        "content": found.content.decode(),
        "content_base64": found.base64,
        "digest": found.digest,
        "expires_at": instant(found.expires_at),
        "delta": [json_path(each) for each in found.delta],
        "seed": {
            "log": found.seed.log,
            "position": found.seed.position,
            "chain_value": found.seed.chain_value.hex(),
        },
    }
