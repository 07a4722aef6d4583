"""Take many signed commands in one request, a line each, and answer each in order.

Reading, settling and answering run side by side: the committer finds many commands waiting and
commits them at once. A caller who writes everything before he reads anything blocks nobody: answers
wait in memory, bounded by the number of lines.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from ehealth_ledger.entrypoints.http import problems, receipts
from ehealth_ledger.entrypoints.http.bodies import (
    NDJSON,
    BodyUnfinished,
    lines,
    media_type,
    wrapped,
)
from ehealth_ledger.entrypoints.http.desk import Desk, client_of
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.receipts import EXAMPLE
from ehealth_ledger.errors import LedgerCorrupt, Refusal, Refused, Undecided

IN_FLIGHT_MAX: Final = 256  # as many as one commit takes
LINES_MAX: Final = 10_000
BYTES_MAX: Final = 64 * 2**20
BLOCK_BYTES: Final = 64 * 2**10

_log = logging.getLogger(__name__)

_EXAMPLE_IN: Final = '{"signed_data": "MIIJmQYJKoZIhvcNAQcC…"}\n{"jws": "eyJhbGciOiJFUzI1NiIs…"}\n'
_EXAMPLE_OUT: Final = "".join(
    orjson.dumps(each).decode() + "\n"
    for each in (
        {"line": 1, "status": 201, **EXAMPLE},
        {"line": 2, **problems.describe(Refused("container.not_jws"))},
    )
)
_DESCRIPTION: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            NDJSON: {
                "schema": {
                    "type": "string",
                    "description": "one JSON object a line: `signed_data` (CAdES, base64) or `jws`",
                },
                "example": _EXAMPLE_IN,
            }
        },
    }
}
_ANSWERS: Final[dict[str, Any]] = {
    "description": "One line for each line, in order: `line`, `status`, and a receipt or a problem",
    "content": {NDJSON: {"schema": {"type": "string"}, "example": _EXAMPLE_OUT}},
}


def router(desk: Desk) -> APIRouter:
    """Make the route."""
    routes = APIRouter(tags=["commands"])

    @routes.post(
        "/commands/batch",
        summary="Hand in many signed commands, a line each",
        openapi_extra=_DESCRIPTION,
        responses={200: _ANSWERS},
        response_class=Response,
        response_model=None,
    )
    async def post(request: Request) -> Response:
        """Settle each line by itself and answer in order; a bad line harms no other.

        Lines are settled side by side: a command that needs another one's outcome belongs in a
        later batch.
        """
        refuse_parameters(request)
        media_type(request, NDJSON)
        return _Answers(desk, request)

    return routes


class _Answers(Response):
    """Stream the answers while the lines are still coming."""

    media_type = NDJSON

    def __init__(self, desk: Desk, request: Request) -> None:
        # The connection ends with the batch: what may follow past a limit is not read.
        super().__init__(headers={"connection": "close"})
        del self.headers["content-length"]
        self._desk = desk
        self._request = request
        self._client = client_of(request)
        self._free = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._settling: asyncio.Queue[asyncio.Task[dict[str, Any]] | None] = asyncio.Queue()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(group))
            async for block in self._blocks():
                await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _read(self, group: asyncio.TaskGroup) -> None:
        incoming = lines(
            self._request,
            line_bytes_max=self._desk.body_bytes_max,
            lines_max=LINES_MAX,
            bytes_max=BYTES_MAX,
        )
        try:
            async for line in incoming:
                await self._free.acquire()
                self._settling.put_nowait(group.create_task(self._settle(line)))
        except BodyUnfinished:
            self._settling.put_nowait(group.create_task(_unfinished()))
        except ClientDisconnect:
            pass  # what was handed in is settled all the same; its ids can be asked for
        self._settling.put_nowait(None)

    async def _settle(self, line: bytes | Refused) -> dict[str, Any]:
        try:
            if isinstance(line, Refused):
                return problems.describe(line)
            if self._desk.stopping.is_set():
                raise Undecided("service.stopping")
            container, kind = wrapped(line, ("signed_data", "jws"))
            with self._desk.place():
                accepted = await self._desk.intake.accept(container, kind, client=self._client)
            members = receipts.receipt_members(accepted, self._desk.signing_key)
            return {"status": receipts.status_of(accepted), **members}
        except Refusal as refusal:
            return problems.describe(refusal)
        except LedgerCorrupt:
            raise
        except Exception:  # noqa: BLE001 - a fault on one line must not fail its neighbours
            _log.exception("a line of a batch failed")
            return problems.describe(Undecided("service.internal_error"))
        finally:
            self._free.release()

    async def _blocks(self) -> AsyncIterator[bytes]:
        """Give the answers in order, as many at once as are ready."""
        number = 0
        block = bytearray()
        while (task := await self._settling.get()) is not None:
            if block and not task.done():
                yield bytes(block)
                block.clear()
            number += 1
            block += orjson.dumps({"line": number, **await task}) + b"\n"
            if self._settling.empty() or len(block) > BLOCK_BYTES:
                yield bytes(block)
                block.clear()
        if block:
            yield bytes(block)


async def _unfinished() -> dict[str, Any]:
    return problems.unfinished()
