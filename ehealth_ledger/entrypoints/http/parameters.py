"""Refuse query parameters that a route does not know: a misspelt one must not read as none."""

from __future__ import annotations

from fastapi import Request

from ehealth_ledger.errors import Refused


def refuse_parameters(request: Request, *known: str) -> None:
    """Refuse query parameters but the known ones, and one of these given twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    if len(set(given)) != len(given) or not set(given) <= set(known):
        # Its name is not repeated to a caller or a log: it may be anything, a person's number too.
        raise Refused("request.unknown_parameter", known=", ".join(known) or "none")
    if request.scope["query_string"] and not given:
        raise Refused("request.unknown_parameter", known=", ".join(known) or "none")
