"""Post signed commands in batches, as a hospital system does, and compare the answers."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.mis import placement_of
from scripts.regional.tally import Tally

BATCH_MAX: Final = 200
ANSWER_S_MAX: Final = 300.0
NDJSON: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Act:
    """Hold a signed command and the refusal it is to get; None where it is to be accepted."""

    signed: Signed
    expected: str | None = None


@dataclass(slots=True)
class Mis:
    """Post over HTTP and count."""

    http: httpx.Client
    tally: Tally

    def post(self, acts: Sequence[Act]) -> list[dict[str, Any]]:
        """Post acts that do not rest on one another; return the answers in order."""
        answers: list[dict[str, Any]] = []
        for start in range(0, len(acts), BATCH_MAX):
            batch = acts[start : start + BATCH_MAX]
            lines = [
                json.dumps({"signed_data": b64encode(act.signed.container).decode()})
                for act in batch
            ]
            response = self.http.post(
                "/commands/batch",
                content="\n".join(lines).encode(),
                headers={"content-type": NDJSON},
            ).raise_for_status()
            found = [json.loads(line) for line in response.text.splitlines()]
            for act, answer in zip(batch, found, strict=True):
                self.tally.take(act.signed.command, act.expected, answer)
            answers.extend(found)
        return answers

    def placed(self, command_id: UUID) -> Placement:
        """Ask where an accepted command stands."""
        return placement_of(self.get(f"/commands/{command_id}"))

    def look(self, path: str) -> Any | None:
        """Get an answer of the query API; None where it is not there yet."""
        response = self.http.get(path)
        if response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE):
            return None
        return response.raise_for_status().json()

    def get(self, path: str) -> Any:
        """Get an answer of the query API."""
        return self.http.get(path).raise_for_status().json()
