"""Hold what the command routes share: the intake, its limits, whether the service is stopping."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from fastapi import Request

from ehealth_ledger.errors import Undecided
from ehealth_ledger.intake.accept import Intake


@dataclass(slots=True)
class Desk:
    """Stand where commands are handed in; lives in one event loop."""

    intake: Intake
    signing_key: str
    body_bytes_max: int
    waiting_max: int
    stopping: Event = field(default_factory=Event)
    _waiting: int = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place in the queue; refuse where none is free, before any work is done."""
        if self._waiting >= self.waiting_max:
            raise Undecided("service.busy")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


def client_of(request: Request) -> str:
    """Name the system that posted, for the envelope: in this version, where it called from."""
    return "http" if request.client is None else f"http {request.client.host}"
