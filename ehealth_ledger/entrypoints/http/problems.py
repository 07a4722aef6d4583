"""Say no over HTTP: every refusal as an RFC 9457 problem, and a page for each code."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ehealth_ledger.entrypoints.http.bodies import BodyUnfinished
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.errors import CATALOGUE, Refusal, Refused, Undecided
from ehealth_ledger.values.json import json_path

PROBLEM: Final = "application/problem+json"

RETRY_AFTER_S: Final = 5
_RETRY_AFTER_S: Final = MappingProxyType(
    {
        "service.busy": 1,  # a queue of a few thousand commits in about a second
        "service.outcome_unknown": 2,
        "checkpoint.pending": 1,
        "revocation.unavailable": 60,  # somebody has to bring a new list
    }
)
_OF_STATUS: Final = MappingProxyType(
    {
        404: "request.not_found",
        405: "request.method_not_allowed",
        413: "request.too_large",
        415: "request.media_type_unknown",
    }
)
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Fault(BaseModel):
    """Name one offending place and the rule it breaks."""

    path: str = Field(description="JSONPath (RFC 9535) into the signed content or the request")
    rule: str = Field(description="the refusal's code")


class Problem(BaseModel):
    """Describe a refusal (RFC 9457)."""

    type: str = Field(
        description="the address that explains the code", examples=["/problems/referral.not_active"]
    )
    title: str
    status: int
    code: str | None = Field(description="a code of the published catalogue")
    detail: str
    errors: list[Fault]
    evidence: dict[str, str] = Field(description="what the refusal rests on, by name")
    retry: bool = Field(description="whether the same bytes may pass later")


class Kind(BaseModel):
    """Explain one code of the catalogue."""

    code: str
    title: str
    status: int
    retry: bool
    rule: str | None = Field(
        description="the number of the domain's rule it enforces, where there is one"
    )


def describe(refusal: Refusal) -> dict[str, Any]:
    """Write a refusal as a problem's members."""
    kind = refusal.kind
    evidence = "".join(f"; {name}: {value}" for name, value in refusal.evidence.items())
    return {
        "type": f"/problems/{refusal.code}",
        "title": kind.title,
        "status": kind.status,
        "code": refusal.code,
        "detail": f"{kind.title}, at {refusal.path}{evidence}",
        "errors": [{"path": each.path, "rule": each.code} for each in (refusal, *refusal.others)],
        "evidence": dict(refusal.evidence),
        "retry": kind.retry,
    }


def unfinished() -> dict[str, Any]:
    """Write the problem of a body whose rest does not come."""
    # Not a refusal of the catalogue: RFC 9457 has `about:blank` for what the status says by itself.
    return {
        "type": "about:blank",
        "title": HTTPStatus.REQUEST_TIMEOUT.phrase,
        "status": HTTPStatus.REQUEST_TIMEOUT.value,
        "code": None,
        "detail": "The body did not arrive in time; nothing of its rest was written",
        "errors": [],
        "evidence": {},
        "retry": True,
    }


def answer(
    refusal: Refusal,
    headers: Mapping[str, str] = _NO_HEADERS,
    *,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """Answer with a refusal; `errors` replaces its one path where there are several."""
    members = describe(refusal)
    if errors:
        members["errors"] = errors
    return _response(members, {**_retry_after(refusal), **headers})


def unfinished_body() -> Response:
    """Answer a caller who does not finish his body; the connection ends: the rest may yet come."""
    return _response(unfinished(), {"connection": "close"})


def _retry_after(refusal: Refusal) -> dict[str, str]:
    if refusal.kind.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return {}
    return {"retry-after": str(_RETRY_AFTER_S.get(refusal.code, RETRY_AFTER_S))}


def _response(members: dict[str, Any], headers: Mapping[str, str]) -> Response:
    return Response(
        orjson.dumps(members),
        status_code=members["status"],
        media_type=PROBLEM,
        headers=dict(headers),
    )


def install(app: FastAPI) -> None:
    """Turn what can be wrong about a request into a problem; faults of ours are the gate's."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(BodyUnfinished, _unfinished)
    app.add_exception_handler(ClientDisconnect, _unfinished)


async def _refused(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, Refusal)  # noqa: S101 - narrows what the registration guarantees
    close = {"connection": "close"} if fault.code == "request.too_large" else _NO_HEADERS
    return answer(fault, close)


async def _http_error(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)  # noqa: S101 - narrows what the registration guarantees
    code = _OF_STATUS.get(fault.status_code)
    if code is None:
        return answer(Undecided("service.internal_error"))
    return answer(Refused(code), dict(fault.headers or {}))


async def _invalid(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)  # noqa: S101 - narrows what the registration guarantees
    code = "request.invalid_parameter"
    found = fault.errors()
    paths = [json_path(each["loc"][1:]) for each in found]
    refusal = Refused(
        code, paths[0], expected=found[0]["msg"]
    )  # never the value: it may be anybody's
    return answer(refusal, errors=[{"path": path, "rule": code} for path in paths])


async def _unfinished(_request: Request, _fault: Exception) -> Response:
    return unfinished_body()


def router() -> APIRouter:
    """Make the routes that explain the codes."""
    routes = APIRouter(tags=["problems"])

    @routes.get("/problems", summary="List every code the ledger refuses with")
    def catalogue(request: Request) -> list[Kind]:
        """List the catalogue in its order of precedence."""
        refuse_parameters(request)
        return [_kind(code) for code in CATALOGUE]

    @routes.get("/problems/{code}", summary="Explain one code")
    def one(request: Request, code: str) -> Kind:
        """Explain a code: what it says, its HTTP status, whether the same bytes may pass later."""
        refuse_parameters(request)
        if code not in CATALOGUE:
            raise Refused("request.not_found", "$.code")
        return _kind(code)

    return routes


def _kind(code: str) -> Kind:
    kind = CATALOGUE[code]
    return Kind(code=code, title=kind.title, status=kind.status, retry=kind.retry, rule=kind.rule)
