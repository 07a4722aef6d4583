"""Refuse what the service or a read model cannot answer now."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "service.stopping": RefusalKind(
        503, "The service is stopping; nothing was written", retry=True
    ),
    "service.busy": RefusalKind(503, "The queue is full; nothing was written", retry=True),
    "service.outcome_unknown": RefusalKind(
        503, "The database was lost at commit; ask for the command by its id", retry=True
    ),
    "service.internal_error": RefusalKind(
        500, "The ledger failed on this command; nothing was written", retry=True
    ),
    "checkpoint.pending": RefusalKind(
        503, "No signed checkpoint covers this part of the log yet", retry=True
    ),
    "read_model.not_ready": RefusalKind(503, "The read model has not been built yet", retry=True),
    "read_model.not_found": RefusalKind(
        404, "The read model holds no such thing at the position it reflects"
    ),
}
