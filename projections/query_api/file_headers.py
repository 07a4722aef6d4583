"""Say in the headers of a statement's file which statement it is, and where that is proved."""

from __future__ import annotations

from typing import Any, Final

from projections.query_api.answers import (
    CHAIN_VALUE_HEADER,
    POSITION_HEADER,
    RECORDED_AT_HEADER,
)
from projections.read_models.document import Document

DIGEST_HEADER: Final = "X-Statement-Digest"
STATEMENT_POSITION_HEADER: Final = "X-Statement-Position"
LINK_HEADER: Final = "Link"

_MEANINGS: Final = {
    DIGEST_HEADER: "SHA-256 of the statement's bytes, in hexadecimal, on each of its files",
    STATEMENT_POSITION_HEADER: "position of the record that formed the statement",
    LINK_HEADER: (
        "proof of that record (RFC 8288, `describedby`): its path to the root as JSON, and the "
        "proof file of its command"
    ),
    POSITION_HEADER: "position of the last record that the answer reflects",
    CHAIN_VALUE_HEADER: "chain value of that record",
    RECORDED_AT_HEADER: "when that record was recorded, UTC",
}


def headers_of(statement: Document) -> dict[str, str]:
    """Write the headers of every file of a statement."""
    first = statement["first"]
    log, position, command = first["log"], first["position"], statement["formed"]["command_id"]
    proofs = (
        f'</log/{log}/proof/{position}>; rel="describedby"; type="application/json"',
        f'</commands/{command}/proof>; rel="describedby"; type="text/plain"',
    )
    return {
        DIGEST_HEADER: statement["digest"],
        STATEMENT_POSITION_HEADER: str(position),
        LINK_HEADER: ", ".join(proofs),
    }


def described(media_type: str, says: str) -> dict[int | str, dict[str, Any]]:
    """Describe a file of a statement for the service's own description."""
    headers = {
        name: {"description": meaning, "schema": {"type": "string"}}
        for name, meaning in _MEANINGS.items()
    }
    schema = {"type": "string", "format": "binary"}
    content = {media_type.partition(";")[0]: {"schema": schema}}
    return {200: {"description": says, "headers": headers, "content": content}}
