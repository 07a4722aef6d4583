"""Open one body and read the fact in it, or say what is wrong with it."""

from __future__ import annotations

from uuid import UUID

from pydantic import ValidationError

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.blobs import BlobUnreadable, RevealedKey, Shelf, SubjectKey, body_about
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.pages import RecordRow


class BodyDamaged(Exception):  # noqa: N818 - the name is the finding
    """Report a body that is not a fact of its record; the text may be empty."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        self.kind = kind
        super().__init__(detail)


def opened(
    shelf: Shelf,
    ledger: UUID,
    key: SubjectKey | RevealedKey,
    row: RecordRow,
    kind: type[Fact],
    body: bytes,
) -> Fact:
    """Return the fact that a record's body holds, or raise BodyDamaged."""
    about = body_about(row.stream_id, row.stream_version, row.topic)
    try:
        fact = kind.from_bytes(shelf.open(key, row.command_id, row.fact_index, about, body))
    except BlobUnreadable as fault:
        raise BodyDamaged(Kind.BODY_UNREADABLE, str(fault)) from fault
    except ValidationError as fault:
        detail = f"{fault.error_count()} violations"
        raise BodyDamaged(Kind.BODY_MALFORMED, detail) from fault
    if (fact.stream_id, fact.subject or ledger) != (row.stream_id, row.key_id):
        raise BodyDamaged(Kind.BODY_MISPLACED)
    return fact
