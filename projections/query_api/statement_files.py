"""Answer with one statement as a file: its exact bytes, CSV, a workbook, a page, a FHIR resource.

Each is made from the bytes of the statement's digest, which is what the provider signs; nothing is
priced again. Each carries that digest, and where its record stands, in its headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from projections.query_api.answers import JSON, kept_as, one, streamed, whole
from projections.query_api.file_headers import described, headers_of
from projections.query_api.moments import Moments
from projections.query_api.parameters import StatementId, an_id, one_of, refuse_others
from projections.read_models import contracts, payment_statement
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.document import Document
from projections.read_models.exact_statement import ExactStatement, exact
from projections.renderings import csv_table, page, payment_reconciliation, workbook
from projections.renderings.printed import Printed
from projections.renderings.words import WORDS, Language

LanguageChoice = Annotated[str | None, Query(description="uk unless said, or en")]


class _Found(NamedTuple):
    checkpoint: Checkpoint
    exact: ExactStatement
    denied: dict[str, Document]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add a statement's files."""
    _add_data(routes, moments)
    _add_paper(routes, moments)


def _add_data(routes: APIRouter, moments: Moments) -> None:
    @routes.get(
        "/statements/{id}/bytes",
        responses=described(JSON, "The exact bytes"),
        summary="Return a statement's bytes",
        response_class=Response,
    )
    @routes.get(
        "/statements/{id}/statement.json",
        responses=described(JSON, "The exact bytes"),
        summary="Return a statement's bytes",
        response_class=Response,
    )
    def statement_bytes(request: Request, wanted: StatementId) -> Response:
        """Return exactly the bytes whose SHA-256 is the digest that both sides sign."""
        refuse_others(request)
        found = _exact(moments, request, wanted)
        pieces = _to_the_end(found.exact, found.exact.pieces())
        return streamed(found.checkpoint, pieces, JSON, _kept(found, "json"))

    @routes.get(
        "/statements/{id}/statement.csv",
        responses=described(csv_table.MEDIA_TYPE, "One row a line"),
        summary="Return a statement as CSV",
        response_class=Response,
    )
    def statement_csv(request: Request, wanted: StatementId) -> Response:
        """Return one row a line: amounts in whole kopiykas, and in hryvnias.

        A text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        refuse_others(request)
        found = _exact(moments, request, wanted)
        printed = _printed(moments, request, found)
        pieces = _to_the_end(found.exact, csv_table.pieces(printed))
        return streamed(found.checkpoint, pieces, csv_table.MEDIA_TYPE, _kept(found, "csv"))

    @routes.get(
        "/statements/{id}/fhir",
        responses=described(payment_reconciliation.MEDIA_TYPE, "FHIR R4 PaymentReconciliation"),
        summary="Return a statement as FHIR",
        response_class=Response,
    )
    def statement_fhir(request: Request, wanted: StatementId) -> Response:
        """Return FHIR R4 PaymentReconciliation: what is owed line by line, and what was paid."""
        refuse_others(request)
        found = _exact(moments, request, wanted)
        with found.exact:
            printed = _printed(moments, request, found)
            body = payment_reconciliation.whole(printed, found.denied)
        return whole(found.checkpoint, body, payment_reconciliation.MEDIA_TYPE, _headers(found))


def _add_paper(routes: APIRouter, moments: Moments) -> None:
    @routes.get(
        "/statements/{id}/statement.xlsx",
        responses=described(workbook.MEDIA_TYPE, "A workbook of two sheets"),
        summary="Return a statement as a workbook",
        response_class=Response,
    )
    def statement_xlsx(request: Request, wanted: StatementId) -> Response:
        """Return a sheet of the lines and a sheet about the statement; values alone, no formula."""
        refuse_others(request)
        found = _exact(moments, request, wanted)
        with found.exact:
            body = workbook.whole(_printed(moments, request, found))
        return whole(found.checkpoint, body, workbook.MEDIA_TYPE, _kept(found, "xlsx"))

    @routes.get(
        "/statements/{id}/statement.pdf",
        responses=described(page.MEDIA_TYPE, "A4 pages"),
        summary="Return a statement to be printed",
        response_class=Response,
    )
    def statement_pdf(
        request: Request, wanted: StatementId, language: LanguageChoice = None
    ) -> Response:
        """Return A4 pages: lines, total, digest, and a QR code that leads to the record."""
        refuse_others(request, "language")
        asked = "uk" if language is None else one_of(language, "language", tuple(WORDS))
        spoken: Language = "en" if asked == "en" else "uk"
        found = _exact(moments, request, wanted)
        with found.exact:
            body = page.whole(_printed(moments, request, found), spoken)
        return whole(found.checkpoint, body, page.MEDIA_TYPE, _kept(found, "pdf"))


def _exact(moments: Moments, request: Request, wanted: str) -> _Found:
    """Put the exact bytes of a statement together; whoever asks lets them go."""
    statement_id = an_id(wanted, "id")
    with moments.of(request, payment_statement.MODEL) as seen:
        document = one(seen, payment_statement.statement(seen, statement_id))
        denied = payment_statement.denied(seen, document)
        return _Found(seen.checkpoint, exact(seen, document), denied)


def _printed(moments: Moments, request: Request, found: _Found) -> Printed:
    """Name the parties as they were called when the statement was formed."""
    with moments.of(request, contracts.MODEL) as seen:
        return Printed.of(found.exact, seen)


def _to_the_end(exact: ExactStatement, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give the pieces, and let the bytes go at their end."""
    with exact:
        yield from pieces


def _headers(found: _Found) -> dict[str, str]:
    return headers_of(found.exact.document)


def _kept(found: _Found, suffix: str) -> dict[str, str]:
    return _headers(found) | kept_as(f"statement-{found.exact.document['statement']}.{suffix}")
