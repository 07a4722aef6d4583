"""Bound what comes before a request is a request: the bytes and the seconds of its head."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ehealth_ledger.entrypoints.http.problems import PROBLEM, describe
from ehealth_ledger.errors import Refused

HEAD_BYTES_MAX: Final = 32 * 1024
HEAD_S_MAX: Final = 15.0


class BoundedProtocol(HttpToolsProtocol):
    """Refuse an endless or slow head, and say even then what is wrong as a problem."""

    _head_bytes = 0
    _awaits_head = True
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._be_content()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while a head is not complete."""
        super().data_received(data)
        if not self._awaits_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(Refused("request.too_large", head_bytes_max=HEAD_BYTES_MAX))

    def on_message_begin(self) -> None:
        """Begin to wait for a head."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Take the head as complete."""
        self._awaits_head = False
        self._be_content()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP; `msg` is the server's own words."""
        self._refuse(Refused("request.invalid_parameter", expected=msg))

    def _await_head(self) -> None:
        self._awaits_head = True
        self._head_bytes = 0
        self._be_content()
        self._patience = self.loop.call_later(HEAD_S_MAX, self._give_up)

    def _be_content(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if self._awaits_head and not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, refusal: Refused) -> None:
        members: dict[str, Any] = describe(refusal)
        body = orjson.dumps(members)
        head = (
            f"HTTP/1.1 {refusal.kind.status} Refused\r\ncontent-type: {PROBLEM}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
