"""Hand out proofs as files that stand alone: each carries the signed checkpoint it leads to.

`ehealth-ledger log check` reads them without a database, and so can whoever knows the formats.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.entrypoints.http.log import POSITION_MAX, LogName
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.published import (
    TEXT,
    Published,
    Size,
    covered,
    file_answer,
    text_file,
)
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.store.proofs import (
    checkpoint_file,
    consistency_file,
    inclusion_file,
    place_of,
)
from ehealth_ledger.values.identifiers import CanonicalUUID

SIGNED_SIZE: Final = "the size of a signed checkpoint; the newest by default"


def add(routes: APIRouter, published: Published) -> None:
    """Add the routes."""
    _of_records(routes, published)
    _of_growth(routes, published)
    _of_checkpoints(routes, published)


def _of_records(routes: APIRouter, published: Published) -> None:
    @routes.get(
        "/log/{log}/proof/{position}/file",
        summary="Get the proof file of one record",
        responses=file_answer(TEXT, "A proof file (C2SP tlog-proof), which verifies by itself"),
        response_class=Response,
    )
    def record(
        request: Request,
        log: LogName,
        position: Annotated[int, Path(ge=1, le=POSITION_MAX, examples=[1])],
        size: Annotated[Size | None, Query(description=SIGNED_SIZE)] = None,
    ) -> Response:
        """Prove any record by the newest checkpoint, or by the one that was signed at `size`."""
        refuse_parameters(request, "size")
        with published.signed_at(log, size, "$.size") as found:
            covered(found, position, size)
            return text_file(inclusion_file(found, position).to_bytes())

    @routes.get(
        "/commands/{command_id}/proof",
        summary="Get the proof file of a command",
        responses=file_answer(
            TEXT, "A proof file (C2SP tlog-proof) that verifies without this service"
        ),
        response_class=Response,
    )
    def command(request: Request, command_id: CanonicalUUID) -> Response:
        """Prove a command's last record, which the receipt names, by the newest checkpoint.

        The file holds the record, its path and the checkpoint: keep it beside the receipt.
        """
        refuse_parameters(request)
        with published.reader.connection() as connection:
            place = place_of(connection, command_id)
        if place is None:
            raise Refused("request.not_found", "$.command_id", status="unknown")
        log, position = place
        with published.newest(log) as found:
            covered(found, position, None)
            return text_file(inclusion_file(found, position).to_bytes())


def _of_growth(routes: APIRouter, published: Published) -> None:
    @routes.get(
        "/log/{log}/consistency/file",
        summary="Get a file that proves that the log only grew",
        responses=file_answer(
            TEXT, "The older size, the path and the newer checkpoint (C2SP tlog-witness)"
        ),
        response_class=Response,
    )
    def growth(
        request: Request,
        log: LogName,
        from_: Annotated[Size, Query(alias="from")],
        to: Annotated[Size | None, Query(description=SIGNED_SIZE)] = None,
    ) -> Response:
        """Show the first `from` records at the beginning of the log that a checkpoint signs for.

        The file is checked against the checkpoint of `from` that somebody kept, and is what a
        witness is sent.
        """
        refuse_parameters(request, "from", "to")
        with published.signed_at(log, to, "$.to") as found:
            covered(found, from_, to)
            return text_file(consistency_file(found, from_).to_bytes())


def _of_checkpoints(routes: APIRouter, published: Published) -> None:
    @routes.get(
        "/log/{log}/checkpoint/proof",
        summary="Prove a log's checkpoint to be in the super-log",
        responses=file_answer(
            TEXT, "A proof file (C2SP tlog-proof) whose entry is the checkpoint's text"
        ),
        response_class=Response,
    )
    def held(request: Request, log: LogName, size: Size | None = None) -> Response:
        """Show a checkpoint of a log, the newest by default, beneath the super-log's newest one.

        The super-log is `/log/super`: its entries are the checkpoints of all logs, so that one
        checkpoint of it, kept, binds every log.
        """
        refuse_parameters(request, "size")
        if log != RECORDS:
            raise Refused("request.not_found", "$.log")
        with published.reader.connection() as connection:
            file = checkpoint_file(connection, log, published.policy, size, published.keys)
        if file is None:
            raise Undecided("checkpoint.pending")
        return text_file(file.to_bytes())
