"""Answer with a statement's lines, each with the signed record that earned it and who did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ehealth_ledger.errors import LedgerCorrupt
from projections.query_api.answers import answer, one
from projections.query_api.moments import Moments
from projections.query_api.parameters import StatementId, an_id, page, refuse_others
from projections.read_models import payment_statement
from projections.read_models.document import Document, read
from projections.read_models.payment_statement import MODEL

After = Annotated[str | None, Query(description="begin after this line: `next` of the page before")]
Limit = Annotated[str | None, Query(description="lines on a page, 100 unless said, at most 1000")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about the lines of one statement."""

    @routes.get(
        "/statements/{id}/lines", summary="List a statement's lines", response_class=Response
    )
    def lines(
        request: Request, wanted: StatementId, after: After = None, limit: Limit = None
    ) -> Response:
        """List the lines in the order in which they stand in the signed bytes.

        `act` is the signed record that earned the line: its position, its chain value, where to
        read its columns, the command, and who did it (`performer`, none where the ledger counted
        by itself). A correction leads to the act of the line it corrects.
        """
        refuse_others(request, "after", "limit")
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            document = one(seen, payment_statement.statement(seen, an_id(wanted, "id")))
            found = payment_statement.some_lines(seen, document, after=begin, limit=rows)
            charges = [read(text) for _, text in found.rows]
            corrected = payment_statement.corrected(seen, charges)
        values = moments.chain_values([each["act"]["position"] for each in charges])
        members = {
            "statement": document["statement"],
            "digest": document["digest"],
            "lines": [
                led_to_act(each, corrected.get(each["charge"], each), values) for each in charges
            ],
            "next": found.rows[-1][0] if found.more else None,
        }
        return answer(seen.checkpoint, members)


def led_to_act(charge: Document, earned: Document, values: Mapping[int, bytes]) -> Document:
    """Lead a line to its act; `earned` is the charge whose act it is."""
    act = charge["act"]
    log, position = act["log"], act["position"]
    if position not in values:
        raise LedgerCorrupt("position.missing", log, position)
    led = {
        "chain_value": values[position].hex(),
        "record": f"/records/{log}/{position}",
        "command_id": earned["command_id"],
        "performer": earned["performer"],
    }
    return {**charge, "act": {**act, **led}}
