"""Put the routes together: commands, the log's outside, health, problems, the read side's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from threading import Event
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from ehealth_ledger.chain.note import VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.entrypoints.bootstrap import Service, opening_of
from ehealth_ledger.entrypoints.http import (
    batch,
    checks,
    commands,
    health,
    log,
    openapi,
    previews,
    problems,
    proofs,
)
from ehealth_ledger.entrypoints.http.beside import Beside
from ehealth_ledger.entrypoints.http.desk import Desk
from ehealth_ledger.entrypoints.http.gate import Fatal, Gate
from ehealth_ledger.entrypoints.http.log import LogReader
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.settings import Databases

TITLE: Final = "eHealth ledger"
API_VERSION: Final = "1"
_PAGE_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
}


def create_app(
    service: Service,
    query_router: APIRouter | None = None,
    *,
    urls: Databases,
    on_fatal: Fatal,
    body_bytes_max: int,
    waiting_max: int,
    stopping: Event | None = None,
    beside: Mapping[str, Beside] = MappingProxyType({}),
    policy: Policy | None = None,
    keys: Sequence[VerifierKey] = (),
) -> FastAPI:
    """Build the application around a running write side.

    `query_router` is the read side's, where it is served; `/ready` says how stands what runs
    `beside` the commands; under a `policy` only checkpoints that its quorum has cosigned are shown,
    without one those that one of the logs' `keys` signed.
    Whoever is about to end the process sets `stopping`: lines of a batch that come later are told
    so.
    """
    signing_key = opening_of(service.reader.notifications).signing_key
    desk = Desk(service.intake, signing_key, body_bytes_max, waiting_max, stopping or Event())
    reader = LogReader(urls.ledger)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        reader.open()
        try:
            yield
        finally:
            reader.close()

    app = FastAPI(
        title=TITLE,
        version=API_VERSION,
        docs_url=None,  # the framework's page loads scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # served below, where unknown parameters are refused too
        redirect_slashes=False,
        lifespan=lifespan,
    )
    problems.install(app)
    app.add_middleware(Gate, on_fatal=on_fatal)
    app.include_router(batch.router(desk))
    app.include_router(commands.router(desk))
    app.include_router(checks.router(desk, service.checker))
    app.include_router(previews.router(desk, service.previews))
    app.include_router(log.router(reader))
    app.include_router(proofs.router(reader, policy, keys))
    if query_router is not None:
        app.include_router(query_router)
    app.include_router(health.router(service, urls, desk, beside))
    app.include_router(problems.router())
    app.include_router(_description(app))
    openapi.describe_service(app)
    return app


def _description(app: FastAPI) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/openapi.json")
    async def document(request: Request) -> JSONResponse:
        refuse_parameters(request)
        return JSONResponse(app.openapi())

    @routes.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        refuse_parameters(request)
        return HTMLResponse(openapi.page(app.openapi()), headers=_PAGE_HEADERS)

    return routes
