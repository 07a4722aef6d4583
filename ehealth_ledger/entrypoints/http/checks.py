"""Tell beforehand everything that would be refused, without a signature and without a trace."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ehealth_ledger.entrypoints.http.bodies import JSON, media_type, whole
from ehealth_ledger.entrypoints.http.desk import Desk
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.previews import CONTENT_BODY
from ehealth_ledger.entrypoints.http.receipts import Hex, instant
from ehealth_ledger.errors import CATALOGUE, Refusal
from ehealth_ledger.intake.check import UNCHECKED, Checked, Checker

EVIDENCE_NOT_SAID: Final = "violations"  # how many there are follows from the list and `left_off`


class Violation(BaseModel):
    """Name one thing that would be refused."""

    path: str = Field(description="where in the content (JSONPath, RFC 9535)")
    code: str = Field(description="a code of the published catalogue, explained at /problems")
    title: str
    rule: str | None = Field(description="the number of the domain's rule, where there is one")
    retry: bool = Field(description="whether the same bytes may pass later")
    evidence: dict[str, str] = Field(description="what it rests on; `expected` is what would do")


class CheckAnswer(BaseModel):
    """Say what a signed command of this content would have met with at a position."""

    accepted: bool
    violations: list[Violation] = Field(description="all of them, not the first alone")
    left_off: int = Field(description="how many faults of form there are beside those listed")
    unchecked: list[str] = Field(description="what only a signature proves")
    ledger: UUID
    log: str = Field(examples=["records"])
    position: int = Field(description="the end of the log it was judged against")
    chain_value: Hex
    recorded_at: str = Field(examples=["2026-11-23T08:00:00.123456Z"])


_EXAMPLE: Final[dict[str, Any]] = {
    "accepted": False,
    "violations": [
        {
            "path": "$.resource.patient",
            "code": "referral.of_other_patient",
            "title": CATALOGUE["referral.of_other_patient"].title,
            "rule": CATALOGUE["referral.of_other_patient"].rule,
            "retry": False,
            "evidence": {"expected": "the patient of the referral"},
        }
    ],
    "left_off": 0,
    "unchecked": list(UNCHECKED),
    "ledger": "5a3c0d0e-52a5-4f53-9f0b-3a5c0c7e4f10",
    "log": "records",
    "position": 1042,
    "chain_value": "9f2c" + 60 * "0",
    "recorded_at": "2026-11-23T08:00:00.123456Z",
}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": CheckAnswer,
        "description": "Judged, accepted or not; nothing was written",
        "content": {JSON: {"example": _EXAMPLE}},
    }
}


def router(desk: Desk, checker: Checker) -> APIRouter:
    """Make the route."""
    routes = APIRouter(tags=["commands"])

    @routes.post(
        "/commands/check",
        summary="Check a command before it is signed",
        openapi_extra=CONTENT_BODY,
        responses=_ANSWER,
        response_model=None,
    )
    async def post(request: Request) -> Response:
        """List every violation of unsigned content: of its form, and of the law as things are.

        Content with unknown fields is judged by the law without them; other faults of form leave
        nothing that a law could judge. Nothing is written and no id is reserved. What others do
        until the command is signed may still change the answer.
        """
        refuse_parameters(request)
        media_type(request, JSON)
        with desk.place():
            body = await whole(request, desk.body_bytes_max)
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(None, checker.check, body)
        return Response(orjson.dumps(_members(found)), media_type=JSON)

    return routes


def _members(found: Checked) -> dict[str, Any]:
    head = found.head
    return {
        "accepted": found.accepted,
        "violations": [_violation(each) for each in found.violations],
        "left_off": found.left_off,
        "unchecked": UNCHECKED,
        "ledger": head.ledger,
        "log": head.log,
        "position": head.position,
        "chain_value": head.chain_value.hex(),
        "recorded_at": instant(head.recorded_at),
    }


def _violation(refusal: Refusal) -> dict[str, Any]:
    kind = refusal.kind
    return {
        "path": refusal.path,
        "code": refusal.code,
        "title": kind.title,
        "rule": kind.rule,
        "retry": kind.retry,
        "evidence": {
            name: value for name, value in refusal.evidence.items() if name != EVIDENCE_NOT_SAID
        },
    }
