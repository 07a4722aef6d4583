"""Answer with one charge: what is told of it anywhere, and where each thing it names is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from projections.query_api.answers import answer, one
from projections.query_api.moments import Moments
from projections.query_api.parameters import an_id, refuse_others
from projections.query_api.statement_lines import led_to_act
from projections.read_models import payment_statement
from projections.read_models.document import Document
from projections.read_models.payment_statement import MODEL

ChargeId = Annotated[str, Path(alias="id", description="the charge's id, or a correction's")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about one charge."""

    @routes.get("/charges/{id}", summary="Return a charge", response_class=Response)
    def charge(request: Request, wanted: ChargeId) -> Response:
        """Return what an act earned, or why nothing yet, and all that became of it.

        Whoever hears of a charge in a feed asks here: why it is withheld (`reason`), what rules
        found (`flags`), how and by which rule the payer denied it (`denied`, with his explanation),
        each correction (`adjustments`), and the statement that it is a line of. `links` lead to the
        signed act and its proof, the statement, the corrections, and the charge that came after
        this one or is corrected by it.
        """
        refuse_others(request)
        charge_id = an_id(wanted, "id")
        with moments.of(request, MODEL) as seen:
            found = one(seen, payment_statement.charge(seen, charge_id))
            stated = payment_statement.stating(seen, found)
            adjustments = payment_statement.corrections(seen, found)
            corrected = payment_statement.corrected(seen, [found])
        earned = corrected.get(found["charge"], found)
        values = moments.chain_values([found["act"]["position"]])
        told = {
            **led_to_act(found, earned, values),
            "adjustments": adjustments,
            "statement": None if stated is None else _stated(stated),
            "links": _links(found, stated, adjustments),
        }
        return answer(seen.checkpoint, {"charge": told})


def _stated(statement: Document) -> Document:
    """Name a statement and say how it stands."""
    said = {name: statement[name] for name in ("statement", "status", "digest")}
    return {**said, "position": statement["first"]["position"]}


def _links(
    charge: Document, stated: Document | None, adjustments: Sequence[Document]
) -> dict[str, object]:
    """Lead to what a charge names; what it does not name is left out."""
    log, position = charge["act"]["log"], charge["act"]["position"]
    after = charge.get("resubmitted") or charge.get("settled")
    links = {
        "act": f"/records/{log}/{position}",
        "proof": f"/log/{log}/proof/{position}",
        "statement": None if stated is None else f"/statements/{stated['statement']}",
        "adjustments": [f"/charges/{each['adjustment']}" for each in adjustments] or None,
        "successor": None if after is None else f"/charges/{after['successor']}",
        "corrects": f"/charges/{charge['charge']}" if "adjustment" in charge else None,
    }
    return {name: link for name, link in links.items() if link is not None}
