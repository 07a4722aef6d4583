"""Stand around every request: note it, keep answers out of caches, answer faults, end on damage."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ehealth_ledger.entrypoints.http import problems
from ehealth_ledger.errors import LedgerCorrupt, Undecided

_log = logging.getLogger(__name__)
_access = logging.getLogger("ehealth_ledger.access")

_NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
_UNCACHED: Final = (b"cache-control", b"no-store")

Fatal = Callable[[BaseException], None]
"""End the process: it must not answer from damaged bytes."""


class Gate:
    """Wrap the application."""

    def __init__(self, app: ASGIApp, on_fatal: Fatal) -> None:
        self._app = app
        self._on_fatal = on_fatal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0  # no answer was begun

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], _NOSNIFF]
                # Only a route whose answer never changes says how long it may be kept.
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append(_UNCACHED)
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except LedgerCorrupt as fault:
            self._on_fatal(fault)
            raise
        except Exception as fault:
            # The lines of a batch are judged side by side: what they meet comes in a group.
            damage = fault.subgroup(LedgerCorrupt) if isinstance(fault, ExceptionGroup) else None
            if damage is not None:
                self._on_fatal(damage)
                raise
            if status:
                raise  # half an answer cannot be taken back: the connection ends
            _log.exception("a request failed")
            await problems.answer(Undecided("service.internal_error"))(scope, receive, sending)
        finally:
            # The route's template, not the address: an address may hold anybody's number.
            _access.info(
                "%s %s %d %.1f ms",
                scope["method"],
                getattr(scope.get("route"), "path", "(no route)"),
                status,
                (time.perf_counter() - begun) * 1000,
            )
