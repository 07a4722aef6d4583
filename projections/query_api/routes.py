"""Put the routes of the query API together over one pool of connections."""

from __future__ import annotations

from fastapi import APIRouter

from projections.query_api import (
    ages,
    clinical,
    declarations,
    diagnostics,
    feed,
    money,
    prescriptions,
    referrals,
    registry,
)
from projections.read_models.database import query_pool


class QueryRouter(APIRouter):
    """Hold the routes and the pool they read through.

    The routes decide nothing about who may ask: whoever includes them puts that decision, and its
    record, before them.
    """

    def __init__(self, read_url: str) -> None:
        super().__init__(tags=["queries"])
        self._connections = query_pool(read_url)
        for part in (
            registry,
            clinical,
            diagnostics,
            declarations,
            referrals,
            prescriptions,
            money,
            feed,
            ages,
        ):
            part.add_routes(self, self._connections)

    def close(self) -> None:
        """Give back the connections."""
        self._connections.close()


def router(read_url: str) -> QueryRouter:
    """Make the routes of the query API; close what is returned when the application stops."""
    return QueryRouter(read_url)
