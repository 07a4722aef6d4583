"""Refuse a request before anything in it is opened."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "request.media_type_unknown": RefusalKind(415, "The media type is not one the ledger opens"),
    "request.too_large": RefusalKind(413, "The body is larger than the ledger accepts"),
    "request.not_json": RefusalKind(
        400, "The body is not the JSON object that this media type promises"
    ),
    "request.not_base64": RefusalKind(400, "signed_data is not canonical base64"),
    "request.unknown_parameter": RefusalKind(
        400, "The query parameter is not one this route knows"
    ),
    "request.invalid_parameter": RefusalKind(400, "A parameter of the request has the wrong form"),
    "request.not_found": RefusalKind(404, "There is no such thing at this address"),
    "request.method_not_allowed": RefusalKind(405, "This address does not answer to that method"),
}
