"""Log to standard error without what a fault's message may carry: names, numbers, rows."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class FramesOnly(logging.Formatter):
    """Print a fault's type and where it was raised, never its message, which may quote a row."""

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - the library's name
        """Write the chain of faults, the first cause first."""
        parts: list[str] = []
        fault = ei[1]
        while fault is not None:
            frames = "".join(traceback.format_tb(fault.__traceback__)).rstrip()
            parts.append(
                f"{frames}\n{type(fault).__module__}.{type(fault).__qualname__}".lstrip("\n")
            )
            fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
        return "\n".join(reversed(parts))


def set_up(*, access: bool = True) -> None:
    """Send every log to standard error in one form; `access` notes each request."""
    handler = logging.StreamHandler()
    handler.setFormatter(FramesOnly(FORMAT))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn.error", "psycopg.pool", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("ehealth_ledger.access").setLevel(logging.INFO if access else logging.WARNING)
