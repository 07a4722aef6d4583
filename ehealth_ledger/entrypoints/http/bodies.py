"""Read what a caller sends: bounded in bytes and time, one media type, strict JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request

from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import Refused
from ehealth_ledger.values.json import json_path
from ehealth_ledger.verification.containers import CMS, JOSE, unwrap_base64

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"

BODY_S_MAX: Final = 30.0
DRAINED_BYTES_MAX: Final = 4 * 2**20  # read past the limit, so that the caller hears the refusal


class BodyUnfinished(Exception):  # noqa: N818 - the name is the finding
    """Report a body whose rest did not come in time."""


def media_type(request: Request, *known: str) -> str:
    """Return the body's media type; refuse another one, and any coding on top of it."""
    named = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if named not in known:
        raise Refused("request.media_type_unknown", known=", ".join(known))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused("request.media_type_unknown", content_encoding="none is read")
    return named


async def whole(request: Request, bytes_max: int) -> bytes:
    """Read the body; refuse a longer one, declared or sent; raise BodyUnfinished."""
    declared = request.headers.get("content-length", "0")
    if int(declared) > bytes_max + DRAINED_BYTES_MAX:
        raise Refused("request.too_large", bytes_max=bytes_max)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S_MAX):
            async for piece in request.stream():
                size += len(piece)
                if size > bytes_max + DRAINED_BYTES_MAX:
                    break
                if size > bytes_max:
                    pieces.clear()
                else:
                    pieces.append(piece)
    except TimeoutError as fault:
        raise BodyUnfinished from fault
    if size > bytes_max:
        raise Refused("request.too_large", bytes_max=bytes_max)
    return b"".join(pieces)


def container_of(body: bytes, kind: str) -> tuple[bytes, str]:
    """Return the container in a body of a media type, and the container's own media type."""
    if kind != JSON:
        return body, kind
    return wrapped(body, ("signed_data",))


def wrapped(document: bytes, fields: tuple[str, ...]) -> tuple[bytes, str]:
    """Return the container in a JSON object of exactly one of the fields, and its media type.

    Refuse with request.not_json what is no such object, request.not_base64 what does not decode.
    """
    try:
        read = read_object(document)
    except Refused as refusal:
        raise Refused(
            "request.not_json", refusal.path, reason=refusal.code, **refusal.evidence
        ) from None
    expected = " or ".join(fields)
    unknown = next((name for name in read if name not in fields), None)
    if unknown is not None:
        raise Refused("request.not_json", json_path((unknown[:100],)), expected=expected)
    if len(read) != 1:
        raise Refused("request.not_json", "$", expected=f"{expected}, once")
    ((name, text),) = read.items()
    if not isinstance(text, str):
        raise Refused("request.not_json", json_path((name,)), expected="text")
    if name == "jws":
        return text.encode(), JOSE
    return unwrap_base64(text), CMS


async def lines(
    request: Request, *, line_bytes_max: int, lines_max: int, bytes_max: int
) -> AsyncIterator[bytes | Refused]:
    """Give the body's lines as they come, a line that is too long as its refusal.

    Past the limits of the whole, give one last refusal and end; raise BodyUnfinished.
    """
    pending = bytearray()
    is_skipping = False
    size = count = 0
    pieces = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(BODY_S_MAX):
                piece = await anext(pieces, None)
        except TimeoutError as fault:
            raise BodyUnfinished from fault
        if piece is None:
            break
        size += len(piece)
        *ended, rest = piece.split(b"\n")
        for each in ended:
            line = bytes(pending) + each
            pending.clear()
            count += 1
            if size > bytes_max or count > lines_max:
                yield Refused("request.too_large", bytes_max=bytes_max, lines_max=lines_max)
                return
            if is_skipping or len(line) > line_bytes_max:
                yield Refused("request.too_large", line_bytes_max=line_bytes_max)
            else:
                yield line
            is_skipping = False
        pending += rest
        if len(pending) > line_bytes_max:
            is_skipping = True
            pending.clear()
        if size > bytes_max:
            yield Refused("request.too_large", bytes_max=bytes_max, lines_max=lines_max)
            return
    if is_skipping:
        yield Refused("request.too_large", line_bytes_max=line_bytes_max)
    elif pending:
        yield bytes(pending)
