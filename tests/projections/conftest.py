"""Give tests of the read side a database with its tables, a log to read, and the routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from ehealth_ledger.errors import Refusal
from ehealth_ledger.settings import Databases
from projections.projectors.past import FoldedPast, Records
from projections.query_api.routes import router
from projections.read_models.schema import prepare
from tests.projections.log import HandMadeLog
from tests.world import World, founded, serving


@pytest.fixture
def read_url(database: Databases) -> str:
    """Give the URL of a fresh read side."""
    prepare(database.read)
    return database.read


@pytest.fixture
def world(tmp_path: Path, database: Databases, read_url: str) -> Iterator[World]:
    """Found a ledger, run its write side and prepare its read side."""
    with founded(tmp_path, database) as founding, serving(founding):
        yield founding


@pytest.fixture
def log() -> Records:
    """Begin with nothing recorded; a file that tells a story gives its log instead."""
    return HandMadeLog()


@pytest.fixture
def client(database: Databases, log: Records) -> Iterator[TestClient]:
    """Serve the routes over a read side that may not be prepared yet, refusals as their code."""
    app, routes = FastAPI(), router(database.read, FoldedPast(log))
    app.include_router(routes)

    @app.exception_handler(Refusal)
    def refused(_: Request, refusal: Refusal) -> Response:
        return Response(f"{refusal.code} {refusal.path}", status_code=refusal.kind.status)

    with TestClient(app) as client:
        yield client
    routes.close()
