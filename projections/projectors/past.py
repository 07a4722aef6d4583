"""Fold models as of a past position, for whoever asks about the past while the present goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from ehealth_ledger.store.notifications import Notification
from projections.projectors.catalogue import MODELS
from projections.projectors.fold import Fold
from projections.read_models.document import Document
from projections.read_models.model import Key, Model
from projections.read_models.past import Standing


class Records(Protocol):
    """Read a log's records by kind; `store.notifications.Notifications` is the real one."""

    log: str

    def standing_at(self, position: int) -> tuple[bytes, int]:
        """Return a record's chain value and time; raise LookupError where there is none."""

    def position_at(self, moment_us: int) -> int:
        """Return the last position recorded at or before a moment (microseconds UTC)."""

    def chain_values(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the chain values of records, by position."""

    def select(
        self, topics: Sequence[str], *, upto: int, subject: UUID | None
    ) -> Iterable[Notification]:
        """Read the records of some topics in order, those of one subject where one is named."""


class FoldedPast:
    """Answer about the past from the log alone."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.log = records.log

    def standing_at(self, position: int) -> Standing:
        """Return where the log stood; raise LookupError where it does not reach the position."""
        return Standing(position, *self._records.standing_at(position))

    def position_at(self, moment_us: int) -> int:
        """Return the last position recorded at or before a moment; 0 before the first."""
        return self._records.position_at(moment_us)

    def chain_values(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the chain values of records, by position; of one that is not there, nothing."""
        return self._records.chain_values(positions)

    def documents(
        self, model: Model, position: int, subject: UUID | None
    ) -> Mapping[Key, Document]:
        """Fold a model; only the rows about one subject, where one is named.

        All facts about a patient are sealed under that patient's key, so the records of one key
        make all rows about one patient.
        """
        projector = MODELS[model.name]
        fold = Fold(projector)
        topics = [fact.TOPIC for fact in projector.facts]
        fold.apply(self._records.select(topics, upto=position, subject=subject))
        return fold.documents
