"""Read for the payer every record that changed a statement, or the set one will add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, assert_never

from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeDenied,
    ChargeQuestioned,
    ChargeResubmitted,
    ChargeWithdrawn,
    OfCharge,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.statement import (
    Accepted,
    Formed,
    Reviewed,
    StatementAccepted,
    StatementAcceptedV2,
    StatementCountersigned,
    StatementFormed,
    StatementFormedV2,
    StatementOffset,
    StatementRecovered,
    StatementReviewed,
    StatementReviewedV2,
)
from ehealth_ledger.store.notifications import Notification
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.document import Document, named
from projections.read_models.model import Key, Model
from projections.read_models.statement_changes import MODEL, THREADS, change_key


class StatementChanges(OneRow):
    """Fold each record into the thread of its charge or statement, and write the change it is."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        ChargeAccruedV1,
        ChargeAccrued,
        ChargeWithdrawn,
        ChargeQuestioned,
        ChargeDenied,
        ChargeResubmitted,
        ChargeAdjusted,
        StatementFormed,
        StatementFormedV2,
        StatementCountersigned,
        StatementAccepted,
        StatementAcceptedV2,
        StatementReviewed,
        StatementReviewedV2,
        StatementOffset,
        StatementRecovered,
        PaymentRecorded,
        RefundRecorded,
    )
    reads_contents: ClassVar[bool] = False
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the thread of the charge or the statement."""
        return (Key(THREADS.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a change follows from its thread alone
    ) -> Document | None:
        """Return the thread; a charge that nothing prices yet has none."""
        if isinstance(fact, Accrued | Formed):
            formed = isinstance(fact, Formed)
            return {
                **seen(notification),
                "began": notification.position,
                "statement": named(fact.stream_id) if formed else None,
                "contract": named(fact.contract),
                "package": fact.package,
                "period": fact.period,
                "provider": named(fact.provider),
                "payer": named(fact.payer),
            }
        return None if document is None else {**document, **seen(notification)}

    def follows(
        self, notification: Notification, documents: Mapping[Key, Document]
    ) -> Mapping[Key, Document]:
        """Write the change a record is; an accrual is none, its statement tells of it."""
        thread = documents.get(Key(THREADS.name, notification.stream_id))
        fact = notification.fact
        if thread is None or fact is None or thread["position"] != notification.position:
            return {}
        said = _said(fact)
        if said is None:
            return {}
        line: Document = {}
        if isinstance(fact, OfCharge):
            line = {"charge": named(fact.charge), "line": thread["began"]}
        return {
            change_key(notification.position): {
                **seen(notification),
                "chain_value": notification.chain_value.hex(),
                "command_id": named(notification.command_id),
                "topic": notification.topic,
                **{
                    name: thread[name]
                    for name in ("contract", "package", "period", "provider", "payer")
                },
                **line,
                **said,
            }
        }


def _said(fact: Fact) -> dict[str, Any] | None:
    """Say in a word what happened, with the sums it is about (kopiykas)."""
    match fact:
        case Formed():
            return {"change": "formed", "total": fact.total, "digest": fact.digest}
        case StatementCountersigned():
            return {"change": "countersigned", "digest": fact.digest}
        case Accepted():
            return {"change": "accepted", "total": fact.total, "accepted": fact.total}
        case Reviewed():
            sums = {"total": fact.total, "accepted": fact.accepted, "denied": fact.denied}
            return {"change": "reviewed", **sums}
        case PaymentRecorded() | StatementOffset() | StatementRecovered() | RefundRecorded():
            return _settling(fact)
        case ChargeDenied():
            return {"change": "line_denied", "amount": fact.amount, **_found(fact)}
        case ChargeResubmitted():
            return {"change": "line_resubmitted", "successor": named(fact.successor)}
        case ChargeAdjusted():
            into = {
                "contract": named(fact.contract),
                "package": fact.package,
                "period": fact.period,
            }
            moved = {"adjustment": named(fact.adjustment), "amount": fact.amount, "into": into}
            return {"change": "line_adjusted", **moved, **_found(fact)}
        case ChargeWithdrawn():
            return {"change": "line_withdrawn", "reason": fact.reason}
        case ChargeQuestioned():
            return {"change": "line_questioned", "reason": fact.reason}
        case _:
            return None


def _found(fact: ChargeDenied | ChargeAdjusted) -> dict[str, Any]:
    return {"reason": fact.reason, "rule": fact.rule, "rule_version": fact.rule_version}


def _settling(
    fact: PaymentRecorded | StatementOffset | StatementRecovered | RefundRecorded,
) -> dict[str, Any]:
    match fact:
        case PaymentRecorded():
            paid = {"amount": fact.amount, "bank_reference": fact.bank_reference}
            return {"change": "paid", "payment": named(fact.payment), **paid}
        case StatementOffset():
            other = {"offset": named(fact.offset), "against": named(fact.against)}
            return {"change": "offset", **other, "amount": fact.amount}
        case StatementRecovered():
            other = {"offset": named(fact.offset), "by": named(fact.by)}
            return {"change": "recovered", **other, "amount": fact.amount}
        case RefundRecorded():
            paid = {"amount": fact.amount, "bank_reference": fact.bank_reference}
            return {"change": "refunded", "refund": named(fact.refund), **paid}
        case _:
            assert_never(fact)
