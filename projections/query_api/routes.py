"""Put the routes of the query API together over one pool of connections."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from projections.query_api import (
    ages,
    clinical,
    contracts,
    declarations,
    diagnostics,
    feed,
    money,
    one_charge,
    prescriptions,
    referrals,
    registry,
    reimbursement,
    statement_changes,
    statement_files,
    statement_lines,
    statements_due,
)
from projections.query_api.moments import Moments, as_of
from projections.read_models.database import query_pool
from projections.read_models.past import Past


class QueryRouter(APIRouter):
    """Hold the routes and the pool they read through.

    The routes decide nothing about who may ask: whoever includes them puts that decision, and its
    record, before them.
    """

    def __init__(self, read_url: str, past: Past) -> None:
        super().__init__(tags=["queries"])
        self._connections = query_pool(read_url)
        moments = Moments(self._connections, past)
        travelling = APIRouter(dependencies=[Depends(as_of)])
        for part in (
            registry,
            clinical,
            diagnostics,
            declarations,
            referrals,
            prescriptions,
            contracts,
            statement_changes,  # before the statements: `changes` is no statement's id
            statements_due,  # before the statements: `due` is no statement's id
            money,
            one_charge,  # after the lists: `withheld` is no charge's id
            statement_lines,
            statement_files,
            reimbursement,
            feed,
        ):
            part.add_routes(travelling, moments)
        self.include_router(travelling)
        ages.add_routes(self, self._connections)

    def close(self) -> None:
        """Give back the connections."""
        self._connections.close()


def router(read_url: str, past: Past) -> QueryRouter:
    """Make the routes of the query API; close what is returned when the application stops."""
    return QueryRouter(read_url, past)
