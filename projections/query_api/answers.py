"""Write answers: canonical JSON, decimals exact, with the position each one reflects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

from fastapi import Response
from fastapi.responses import StreamingResponse

from ehealth_ledger.errors import Refused
from ehealth_ledger.values.json import canonical
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.database import Snapshot
from projections.read_models.document import embedded, instant
from projections.read_models.paging import Page

JSON: Final = "application/json"
POSITION_HEADER: Final = "X-Ledger-Position"
CHAIN_VALUE_HEADER: Final = "X-Ledger-Chain-Value"
RECORDED_AT_HEADER: Final = "X-Ledger-Recorded-At"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

Found = TypeVar("Found")


def standing(found: Checkpoint) -> dict[str, Any]:
    """Write how far a model has read: the last record it reflects."""
    return {
        "log": found.log,
        "position": found.position,
        "chain_value": found.chain_value.hex(),
        "recorded_at": instant(found.recorded_at),
    }


def answer(found: Checkpoint, members: Mapping[str, Any]) -> Response:
    """Answer with members beside the position they reflect."""
    return whole(found, canonical({**standing(found), **members}))


def present(**filters: object) -> Mapping[str, object]:
    """Keep the filters that were given."""
    return {column: value for column, value in filters.items() if value is not None}


def one(seen: Snapshot, found: Found | None, name: str = "id") -> Found:
    """Return what was found by the parameter of that name; refuse with 404 where nothing was."""
    if found is None:
        raise Refused("read_model.not_found", f"$.{name}", position=seen.checkpoint.position)
    return found


def listed(seen: Snapshot, name: str, found: Page) -> Response:
    """Answer with a page of documents, and where the next one begins."""
    return paged(seen, name, [embedded(text) for _, text in found.rows], found)


def paged(seen: Snapshot, name: str, rows: Sequence[Any], found: Page) -> Response:
    """Answer with what a page's documents were made into, and where the next one begins."""
    members = {name: rows, "next": found.rows[-1][0] if found.more else None}
    return answer(seen.checkpoint, members)


def whole(
    found: Checkpoint,
    body: bytes,
    media_type: str = JSON,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Response:
    """Answer with exactly these bytes; the position they reflect is in the headers alone."""
    return Response(body, media_type=media_type, headers=_headers(found, headers))


def streamed(
    found: Checkpoint, pieces: Iterator[bytes], media_type: str, headers: Mapping[str, str]
) -> StreamingResponse:
    """Answer with exactly these bytes, piece by piece."""
    return StreamingResponse(pieces, media_type=media_type, headers=_headers(found, headers))


def kept_as(file: str) -> dict[str, str]:
    """Name the file under which an answer is kept."""
    return {"Content-Disposition": f'attachment; filename="{file}"'}


def _headers(found: Checkpoint, more: Mapping[str, str]) -> dict[str, str]:
    return {
        POSITION_HEADER: str(found.position),
        CHAIN_VALUE_HEADER: found.chain_value.hex(),
        RECORDED_AT_HEADER: instant(found.recorded_at),
        "Cache-Control": "no-store",  # what a person may see is decided at each request
        **more,
    }
