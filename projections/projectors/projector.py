"""Say what a projector is: which rows a record touches, and what each becomes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Notification, Share, Wanted
from projections.read_models.document import Document, instant
from projections.read_models.model import Group, Key, Model

SharedBy = Literal["stream_id", "key_id"]


class Projector(ABC):
    """Fold records into the documents of one model; every method is a pure function.

    Each document carries the `position` of the last record it reflects, so a record seen twice
    changes nothing.
    """

    model: ClassVar[Model]
    facts: ClassVar[tuple[type[Fact], ...]]  # the kinds this model reads; everything else passes by
    reads_contents: ClassVar[bool] = True  # what was signed, beside what the law decided
    # Of what every row is made alone: the facts of the stream whose id it bears, or the facts about
    # one subject. Shares of the log by that id can be folded side by side. None: rows mix both.
    shared_by: ClassVar[SharedBy | None] = None

    def __init__(self) -> None:
        self._topics = frozenset(fact.TOPIC for fact in self.facts)

    def keys(self, notification: Notification) -> Sequence[Key]:
        """Name the rows a record touches; none where its subject's key was destroyed.

        What stood about an erased patient is taken away by the fold, in every model alike.
        """
        if notification.fact is None or notification.topic not in self._topics:
            return ()
        return self.touched(notification.fact)

    def may_exist(self, key: Key, notification: Notification) -> bool:
        """Tell whether a row that a record touches may be there already."""
        begins = notification.fact is not None and notification.fact.BEGINS
        return not (begins and self.shared_by == "stream_id" and key.id == notification.stream_id)

    def wanted(self, share: Share | None) -> Wanted:
        """Say what of the log this model is made of."""
        return Wanted(self._topics, self.reads_contents, share)

    def apply(
        self,
        key: Key,
        document: Document | None,
        notification: Notification,
        gathered: Sequence[Document] = (),
    ) -> Document | None:
        """Return what a row becomes by a record; None removes it.

        `gathered` are the documents of the group that `gathers` names.
        """
        fact = notification.fact
        if fact is None or (document is not None and notification.position <= document["position"]):
            return document
        return self.evolve_row(key, document, fact, notification, gathered)

    @abstractmethod
    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the rows a fact touches."""

    def gathers(self, notification: Notification) -> Group | None:  # noqa: ARG002 - for others to override
        """Name the group of rows whose documents the fold of this record needs."""
        return None

    @abstractmethod
    def evolve_row(
        self,
        key: Key,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],
    ) -> Document | None:
        """Return what this row becomes by a fact it has not seen."""

    def follows(
        self,
        notification: Notification,  # noqa: ARG002 - for others to override
        documents: Mapping[Key, Document],  # noqa: ARG002 - for others to override
    ) -> Mapping[Key, Document]:
        """Write the rows that begin with a record and can only be named once it is folded.

        `documents` are those of the rows it touched; a row given here was not there before.
        """
        return {}


class OneRow(Projector):
    """Fold facts that touch one row each, or several alike."""

    def evolve_row(
        self,
        key: Key,  # noqa: ARG002 - one row is like another
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],
    ) -> Document | None:
        """Return what a row becomes, whichever it is."""
        return self.evolve(document, fact, notification, gathered)

    @abstractmethod
    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],
    ) -> Document | None:
        """Return what a row becomes by a fact it has not seen."""


def seen(notification: Notification) -> Document:
    """Write where and when a record stands, as every document and step carries it."""
    return {
        "position": notification.position,
        "recorded_at": instant(notification.recorded_at),
    }
