"""Fold records over documents held in memory, one row after another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from uuid import UUID

from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import Projector
from projections.read_models import document as documents
from projections.read_models.document import Document
from projections.read_models.model import Group, Key


class Fold:
    """Hold the documents a projector works on: all of a model, or those one batch touches."""

    def __init__(self, projector: Projector) -> None:
        self._projector = projector
        self._groups: defaultdict[Group, set[Key]] = defaultdict(set)
        self.documents: dict[Key, Document] = {}
        self.touched: set[Key] = set()

    def put(self, key: Key, document: Document) -> None:
        """Hold a document as loaded."""
        group = self._projector.model.by_name[key.table].group_of(document)
        if group is not None:
            self._groups[group].add(key)
        self.documents[key] = document

    def apply(self, batch: Iterable[Notification]) -> None:
        """Take in records in their order."""
        for notification in batch:
            self.take(notification, self._projector.keys(notification))

    def take(self, notification: Notification, keys: Iterable[Key]) -> None:
        """Take in a record, which touches these rows."""
        projector = self._projector
        if notification.erased_streams:
            self._remove(notification.erased_streams)
        for key in keys:
            before = self.documents.get(key)
            after = projector.apply(key, before, notification, self._gathered(notification))
            self.touched.add(key)
            if after is None:
                self.documents.pop(key, None)
            elif after is not before:
                self.put(key, after)
        for key, document in projector.follows(notification, self.documents).items():
            self.touched.add(key)
            self.put(key, document)

    def _remove(self, streams: Container[UUID]) -> None:
        """Take away every row about an erased patient."""
        tables = self._projector.model.by_name
        for key, document in list(self.documents.items()):
            if tables[key.table].is_about(key.id, document, streams):
                self.touched.add(key)
                del self.documents[key]

    def texts(self) -> Iterable[tuple[Key, str]]:
        """Write every document held as its row would hold it."""
        for key, document in self.documents.items():
            yield key, documents.write(document)

    def _gathered(self, notification: Notification) -> Sequence[Document]:
        group = self._projector.gathers(notification)
        if group is None:
            return ()
        table = self._projector.model.by_name[group.table]
        held = (self.documents.get(key) for key in self._groups[group])
        # A row may have left the group since it was held.
        return [each for each in held if each is not None and table.group_of(each) == group]
