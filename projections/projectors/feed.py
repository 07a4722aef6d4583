"""Read for each institution every record that concerns it.

A record concerns the institution whose command led to it, those its fact names, and those that an
earlier record of the same thing concerned: a referral redeemed, refused, expired or closed by
others reaches the institution that issued it. With an erased patient the entries about the
patient's things go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Final, get_args
from uuid import UUID

from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.identifiers import LegalEntityId
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, named
from projections.read_models.feed import MODEL, THREADS, entry_key
from projections.read_models.model import Key, Model

ORDERED: Final = "ordered"  # by a command of the institution's own
NAMED: Final = "named"  # the fact names it
FOLLOWED: Final = "followed"  # others acted on a thing that concerned it before


class Feed(OneRow):
    """Fold every record into a thread for its thing and an entry for each institution."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = tuple(FACTS.values())
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the thing's thread."""
        return (Key(THREADS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - an entry follows from its thread alone
    ) -> Document | None:
        """Return the thread with whom this record concerns, each with why."""
        before = {} if document is None else document["legal_entities"]
        concerned = dict.fromkeys(before, FOLLOWED)
        concerned |= dict.fromkeys(map(str, named_by(fact)), NAMED)
        actor = _actor(notification)
        if actor is not None:
            concerned[actor] = ORDERED
        return {**seen(notification), "legal_entities": concerned}

    def follows(
        self, notification: Notification, documents: Mapping[Key, Document]
    ) -> Mapping[Key, Document]:
        """Write an entry for each institution that the thing's thread says this record concerns."""
        thread = documents.get(Key(THREADS.name, notification.stream_id))
        if thread is None or thread["position"] != notification.position:
            return {}
        return {
            entry_key(UUID(legal_entity), notification.position): {
                **seen(notification),
                "legal_entity": legal_entity,
                "because": because,
                "command_id": named(notification.command_id),
                "topic": notification.topic,
                "about": {
                    "kind": notification.topic.partition(".")[0],
                    "id": named(notification.stream_id),
                },
            }
            for legal_entity, because in thread["legal_entities"].items()
        }


def named_by(fact: Fact) -> Iterator[UUID]:
    """Give the institutions a fact names, whatever the field is called."""
    for name in _fields(type(fact)):
        value = getattr(fact, name)
        if isinstance(value, UUID):
            yield value
        elif value is not None:
            yield from value


@cache
def _fields(kind: type[Fact]) -> tuple[str, ...]:
    """List the fields of a fact that hold institutions' ids, alone or several."""
    return tuple(
        name for name, field in kind.model_fields.items() if _holds_entities(field.annotation)
    )


def _holds_entities(annotation: Any) -> bool:
    return annotation is LegalEntityId or any(map(_holds_entities, get_args(annotation)))


def _actor(notification: Notification) -> str | None:
    """Name the institution whose command led to a record; None for the ledger's own acts.

    Content under another key than the fact's is not asked: an erasure would take it away and leave
    the fact, and the feed would be another one when it is built again. So whoever earned a charge
    by treating a patient is named by the charge.
    """
    if not notification.is_sealed_together:
        return None
    try:
        named = notification.content().get("legal_entity")
    except KeyError:  # erased between fact and content
        return None
    return named if isinstance(named, str) else None
