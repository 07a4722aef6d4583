"""Read money: charges as they accrue, statements folded from them, signatures and payments.

What a statement adds up to is folded here from the charges; `statement.formed` is only what it is
held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, assert_never

from ehealth_ledger.errors import ReadModelCorrupt
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeDenied,
    ChargeFact,
    ChargeFlagged,
    ChargeQuestioned,
    ChargeResubmitted,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
    ChargeWithheldV1,
    OfCharge,
)
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.statement import (
    Accepted,
    Formed,
    Reviewed,
    StatementAccepted,
    StatementAcceptedV2,
    StatementCountersigned,
    StatementFact,
    StatementFormed,
    StatementFormedV2,
    StatementOffset,
    StatementRecovered,
    StatementReviewed,
    StatementReviewedV2,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.money import CURRENCY
from projections.projectors import payment_sets
from projections.projectors.projector import Projector, seen
from projections.read_models.document import Document, named, named_if
from projections.read_models.model import Group, Key, Model
from projections.read_models.payment_statement import (
    CHARGES,
    CUT_OFFS,
    MODEL,
    SETS,
    STATEMENTS,
    folded,
)

AnyStep = StatementFact | PaymentRecorded | RefundRecorded


class PaymentStatement(Projector):
    """Fold money facts into rows of charges and rows of statements."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        ChargeAccruedV1,
        ChargeAccrued,
        ChargeWithheldV1,
        ChargeWithheld,
        ChargeSettled,
        ChargeFlagged,
        ChargeWithdrawn,
        ChargeQuestioned,
        StatementFormed,
        StatementFormedV2,
        StatementCountersigned,
        StatementAccepted,
        StatementAcceptedV2,
        StatementReviewed,
        StatementReviewedV2,
        ChargeDenied,
        ChargeResubmitted,
        ChargeAdjusted,
        StatementOffset,
        StatementRecovered,
        PaymentRecorded,
        RefundRecorded,
        CutOffSet,
    )

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the charge or the statement, and the set it is of; a cut-off is of a month.

        A correction is a row beside the charge it corrects.
        """
        sets = payment_sets.keys(fact)
        if isinstance(fact, ChargeAdjusted):
            return (Key(CHARGES.name, fact.adjustment), Key(CHARGES.name, fact.charge), *sets)
        if isinstance(fact, CutOffSet):
            return sets
        table = CHARGES if isinstance(fact, OfCharge) else STATEMENTS
        return (Key(table.name, fact.stream_id), *sets)

    def gathers(self, notification: Notification) -> Group | None:
        """Name the charges a statement adds up."""
        fact = notification.fact
        if not isinstance(fact, Formed):
            return None
        return Group(CHARGES.name, (named(fact.contract), fact.package, fact.period))

    def evolve_row(
        self,
        key: Key,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],
    ) -> Document | None:
        """Return the charge, statement, set or month after a fact.

        Raise ReadModelCorrupt where the charges do not add up to what the formed statement says.
        """
        if key.table in (SETS.name, CUT_OFFS.name):
            return payment_sets.evolved(document, fact, notification)
        if isinstance(fact, Formed):
            return _formed(fact, notification, gathered)
        if isinstance(fact, AnyStep):
            return None if document is None else _stepped(document, fact, notification)
        if isinstance(fact, ChargeAdjusted) and key.id == fact.adjustment:
            return _adjustment(fact, notification)
        return _charged(document, fact, notification)


def _charged(document: Document | None, fact: Fact, notification: Notification) -> Document | None:
    """Return a charge after a fact."""
    match fact:
        case ChargeAccruedV1() | ChargeAccrued():
            return _charge(fact, notification) | _priced(fact)
        case ChargeWithheldV1() | ChargeWithheld():
            return _charge(fact, notification) | _unpriced(fact)
        case _ if document is None:
            return None
        case ChargeWithdrawn():
            if document["status"] == "withdrawn":
                return document
            return _withdrawn(document, notification)
        case ChargeQuestioned():
            return (
                document if "questioned" in document else _questioned(document, fact, notification)
            )
        case ChargeFlagged():
            return _flagged(document, fact, notification)
        case ChargeDenied() | ChargeResubmitted() | ChargeSettled() | ChargeAdjusted():
            return _later(document, fact, notification)
        case _:
            return document


def _stepped(
    document: Document,
    fact: AnyStep,
    notification: Notification,
) -> Document:
    """Return a statement after one more step."""
    return {**document, **seen(notification), **_moved(document, fact, notification)}


def _charge(fact: ChargeFact, notification: Notification) -> Document:
    return {
        **seen(notification),
        "charge": named(fact.charge),
        # An act and its charge are facts of one command, so this is the id the act was signed
        # under.
        "command_id": named(notification.command_id),
        "act": {"log": fact.act_log, "position": fact.act_position},
        "provider": named(fact.provider),
        "performer": named_if(fact.performer),
        "service": fact.service,
        "day": fact.day.isoformat(),
    }


def _priced(fact: ChargeAccruedV1 | ChargeAccrued) -> Document:
    return {
        "status": "accrued",
        "kind": fact.of_kind,
        "payer": named(fact.payer),
        "contract": named(fact.contract),
        "package": fact.package,
        "period": fact.period,
        "attempt": fact.attempt,
        "tariff": named(fact.tariff),
        "quantity": fact.quantity,
        "unit_price": fact.unit_price,
        "amount": fact.amount,
    } | (_parts(fact) if isinstance(fact, ChargeAccrued) else {})


def _parts(fact: ChargeAccrued) -> Document:
    """Tell the parts of a price that only some charges have."""
    coefficients = [
        {"code": each.code, "value": each.value, "tariff": named(each.tariff)}
        for each in fact.coefficients
    ]
    parts: Document = {
        "base": fact.base,
        "per": fact.per,
        "coefficients": coefficients or None,
        "acts": list(fact.acts) or None,
        "band": fact.band,
        "mountain": fact.mountain,
        "unreferred": fact.unreferred,
    }
    return {name: value for name, value in parts.items() if value is not None}


def _unpriced(fact: ChargeWithheldV1 | ChargeWithheld) -> Document:
    return {
        "status": "withheld",
        "kind": fact.of_kind,
        "reason": fact.reason,
        "contract": None,
        "package": fact.package if isinstance(fact, ChargeWithheld) else None,
        "period": None,
    } | _instead(fact)


def _instead(fact: ChargeWithheldV1 | ChargeWithheld) -> Document:
    """Tell what stood where no electronic referral was answered."""
    said = fact.unreferred if isinstance(fact, ChargeWithheld) else None
    return {} if said is None else {"unreferred": said}


def _withdrawn(document: Document, notification: Notification) -> Document:
    """Take a charge out of its period; the period's statement no longer finds it."""
    was = {name: document[name] for name in ("contract", "package", "period")}
    step = {**seen(notification), "command_id": named(notification.command_id), **was}
    return {
        **document,
        "status": "withdrawn",
        "withdrawn": step,
        "contract": None,
        "package": None,
        "period": None,
    }


def _flagged(document: Document, fact: ChargeFlagged, notification: Notification) -> Document:
    """Tell beside a charge what a rule found; the statement's bytes do not say it."""
    flag = {
        **seen(notification),
        "rule": fact.rule,
        "version": fact.rule_version,
        "evidence": {each.name: each.value for each in fact.evidence},
    }
    known = document.get("flags", [])
    return document if flag in known else {**document, "flags": [*known, flag]}


def _questioned(document: Document, fact: ChargeQuestioned, notification: Notification) -> Document:
    """Note that a closed period holds a charge whose act was entered in error."""
    step = {**seen(notification), "command_id": named(notification.command_id)}
    return {
        **document,
        "questioned": {**step, "reason": fact.reason},
    }


def _adjustment(fact: ChargeAdjusted, notification: Notification) -> Document:
    return {
        **seen(notification),
        "adjustment": named(fact.adjustment),
        "charge": named(fact.charge),
        "command_id": named(notification.command_id),
        "act": {"log": notification.log, "position": fact.act_position},
        "provider": named(fact.provider),
        "status": "adjustment",
        "payer": named(fact.payer),
        "contract": named(fact.contract),
        "package": fact.package,
        "period": fact.period,
        "corrects": {"statement": named(fact.statement), "position": fact.line},
        "reason": fact.reason,
        "rule": fact.rule,
        "rule_version": fact.rule_version,
        "amount": fact.amount,
    }


def _later(
    document: Document,
    fact: ChargeDenied | ChargeResubmitted | ChargeSettled | ChargeAdjusted,
    notification: Notification,
) -> Document:
    """Note what became of a charge; its own place, by which pages go, stays."""
    step = {**seen(notification), "command_id": named(notification.command_id)}
    match fact:
        case ChargeDenied():
            denied = {
                **step,
                "statement": named(fact.statement),
                "reason": fact.reason,
                "rule": fact.rule,
                "rule_version": fact.rule_version,
                "explanation": notification.said(fact.denial_pointer)["explanation"],
            }
            return {**document, "status": "denied", "denied": denied}
        case ChargeResubmitted():
            again = {**step, "successor": named(fact.successor)}
            return {**document, "status": "resubmitted", "resubmitted": again}
        case ChargeSettled():
            settled = {**step, "successor": named(fact.successor)}
            return {**document, "status": "settled", "settled": settled}
        case ChargeAdjusted():
            known = document.get("adjustments", [])
            if any(each["adjustment"] == named(fact.adjustment) for each in known):
                return document
            adjusted = {**step, "adjustment": named(fact.adjustment), "amount": fact.amount}
            return {**document, "adjustments": [*known, adjusted]}
        case _:
            assert_never(fact)


def _formed(fact: Formed, notification: Notification, charges: Sequence[Document]) -> Document:
    document = {
        **seen(notification),
        "statement": named(fact.statement),
        "contract": named(fact.contract),
        "package": fact.package,
        "period": fact.period,
        "provider": named(fact.provider),
        "payer": named(fact.payer),
        "digest": fact.digest,
        # A countersignature copies this part as it stands.
        "first": {
            "log": notification.log,
            "position": notification.position,
            "chain_value": notification.chain_value.hex(),
            "content_digest": fact.content_digest,
        },
        "status": "formed",
        "formed": {**seen(notification), "command_id": named(notification.command_id)},
        "countersigned": None,
        "accepted": None,
        "owed": None,
        "remaining": None,
        "paid": 0,
        "payments": [],
        "offsets": [],
        "refunds": [],
    }
    statement = folded(document, charges)
    stated = (fact.as_of, fact.count, fact.total)
    if (statement.as_of, len(statement.lines), statement.total) != stated:
        raise ReadModelCorrupt(
            "statement.totals_mismatch",
            notification.log,
            notification.position,
            named(fact.statement),
        )
    return {
        **document,
        "as_of": statement.as_of,
        "count": len(statement.lines),
        "total": statement.total,
        "currency": CURRENCY,
    }


def _moved(
    document: Document,
    fact: AnyStep,
    notification: Notification,
) -> Document:
    step = {**seen(notification), "command_id": named(notification.command_id)}
    match fact:
        case StatementCountersigned():
            signed = step | {"employee": named(fact.signed_by), "digest": fact.digest}
            return {"status": "countersigned", "countersigned": signed}
        case Accepted():
            accepted = step | {"employee": named(fact.accepted_by), "total": fact.total}
            return {"accepted": accepted, **_owed(fact.total)}
        case Reviewed():
            reviewed = step | {
                "employee": named(fact.reviewed_by),
                "total": fact.total,
                "accepted": fact.accepted,
                "denied": fact.denied,
            }
            return {"accepted": reviewed, **_owed(fact.accepted)}
        case PaymentRecorded():
            paid = document["paid"] + fact.amount
            payment = step | {
                "payment": named(fact.payment),
                "amount": fact.amount,
                "bank_reference": fact.bank_reference,
                "paid_on": fact.paid_on.isoformat(),
            }
            more = {"paid": paid, "payments": [*document["payments"], payment]}
            return more | _settled(document, fact.amount)
        case StatementOffset():
            offset = step | {"offset": named(fact.offset), "statement": named(fact.against)}
            offsets = [*document["offsets"], offset | {"amount": fact.amount}]
            return {"offsets": offsets} | _settled(document, fact.amount)
        case StatementRecovered():
            offset = step | {"offset": named(fact.offset), "statement": named(fact.by)}
            offsets = [*document["offsets"], offset | {"amount": fact.amount}]
            return {"offsets": offsets} | _settled(document, -fact.amount)
        case RefundRecorded():
            refund = step | {
                "refund": named(fact.refund),
                "amount": fact.amount,
                "bank_reference": fact.bank_reference,
                "received_on": fact.received_on.isoformat(),
            }
            refunds = [*document["refunds"], refund]
            return {"refunds": refunds} | _settled(document, -fact.amount)
        case _:
            return {}


def _owed(accepted: int) -> Document:
    """Say what is owed from now on; below zero, the provider owes it back; zero is settled."""
    status = "accepted" if accepted else "paid"
    return {"status": status, "owed": accepted, "remaining": accepted}


def _settled(document: Document, amount: int) -> Document:
    """Take an amount off what remains; `amount` has the sign of what is owed."""
    remaining = document["remaining"] - amount
    return {"remaining": remaining, "status": document["status"] if remaining else "paid"}
