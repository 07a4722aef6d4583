"""Read which contract, package and month has something to be stated, and when months close."""

from __future__ import annotations

from ehealth_ledger.events.charge import Accrued, ChargeAdjusted
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.statement import Formed
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import seen
from projections.read_models.document import Document, instant, named
from projections.read_models.model import Key
from projections.read_models.statements_due import month_key, set_key

OfSet = Accrued | ChargeAdjusted | Formed


def keys(fact: Fact) -> tuple[Key, ...]:
    """Name the rows of sets and months that a fact touches."""
    if isinstance(fact, CutOffSet):
        return (month_key(fact.period),)
    if isinstance(fact, OfSet):
        return (set_key(named(fact.contract), fact.package, fact.period),)
    return ()


def evolved(document: Document | None, fact: Fact, notification: Notification) -> Document | None:
    """Return a set's or a month's row after a fact; a set begins once, and is stated once."""
    if isinstance(fact, CutOffSet):
        return _closing(fact, notification)
    if isinstance(fact, Formed):
        begun = _begun(fact, notification) if document is None else document
        return {**begun, **seen(notification), "statement": named(fact.statement)}
    if isinstance(fact, OfSet) and document is None:
        return _begun(fact, notification)
    return document


def _begun(fact: OfSet, notification: Notification) -> Document:
    return {
        **seen(notification),
        "begun": notification.position,
        "contract": named(fact.contract),
        "package": fact.package,
        "period": fact.period,
        "provider": named(fact.provider),
        "payer": named(fact.payer),
        "statement": None,
    }


def _closing(fact: CutOffSet, notification: Notification) -> Document:
    return {
        **seen(notification),
        "command_id": named(notification.command_id),
        "cut_off": named(fact.cut_off),
        "period": fact.period,
        "closes_at_us": fact.at,
        "closes_at": instant(fact.at),
    }
