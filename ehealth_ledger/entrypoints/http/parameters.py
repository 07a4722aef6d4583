"""Refuse query parameters where a route has none: a misspelt filter must not read as no filter."""

from __future__ import annotations

from fastapi import Request

from ehealth_ledger.errors import Refused


def refuse_parameters(request: Request) -> None:
    """Refuse any query parameter, on a route that has none."""
    if request.scope["query_string"]:
        # Its name is not repeated to a caller or a log: it may be anything, a person's number too.
        raise Refused("request.unknown_parameter", known="none")
