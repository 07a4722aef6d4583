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
    ChargeFact,
    ChargeQuestioned,
    ChargeWithdrawn,
    ChargeWithheld,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.statement import (
    StatementAccepted,
    StatementCountersigned,
    StatementFormed,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.money import CURRENCY
from projections.projectors.projector import OneRow, seen
from projections.read_models.document import Document
from projections.read_models.model import Group, Key, Model
from projections.read_models.payment_statement import CHARGES, MODEL, STATEMENTS, folded

MoneyFact = (
    ChargeAccruedV1
    | ChargeAccrued
    | ChargeWithheld
    | ChargeWithdrawn
    | ChargeQuestioned
    | StatementFormed
    | StatementCountersigned
    | StatementAccepted
    | PaymentRecorded
)


class PaymentStatement(OneRow):
    """Fold money facts into rows of charges and rows of statements."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        ChargeAccruedV1,
        ChargeAccrued,
        ChargeWithheld,
        ChargeWithdrawn,
        ChargeQuestioned,
        StatementFormed,
        StatementCountersigned,
        StatementAccepted,
        PaymentRecorded,
    )

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the charge or the statement."""
        of_charge = isinstance(fact, ChargeFact | ChargeWithdrawn | ChargeQuestioned)
        table = CHARGES if of_charge else STATEMENTS
        return (Key(table.name, fact.stream_id),)

    def gathers(self, notification: Notification) -> Group | None:
        """Name the charges a statement adds up."""
        fact = notification.fact
        if not isinstance(fact, StatementFormed):
            return None
        return Group(CHARGES.name, (str(fact.contract), fact.package, fact.period))

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],
    ) -> Document | None:
        """Return the charge or statement after a fact.

        Raise ReadModelCorrupt where the charges do not add up to what the formed statement says.
        """
        if not isinstance(fact, MoneyFact):
            return document
        match fact:
            case ChargeAccruedV1() | ChargeAccrued():
                return _charge(fact, notification) | _priced(fact)
            case ChargeWithheld():
                return _charge(fact, notification) | _unpriced(fact)
            case ChargeWithdrawn():
                if document is None or document["status"] == "withdrawn":
                    return document
                return _withdrawn(document, notification)
            case ChargeQuestioned():
                if document is None or "questioned" in document:
                    return document
                return _questioned(document, fact, notification)
            case StatementFormed():
                return _formed(fact, notification, gathered)
            case StatementCountersigned() | StatementAccepted() | PaymentRecorded():
                if document is None:
                    return None
                return {**document, **seen(notification), **_moved(document, fact, notification)}
            case _:
                assert_never(fact)


def _charge(fact: ChargeFact, notification: Notification) -> Document:
    return {
        **seen(notification),
        "charge": str(fact.charge),
        # An act and its charge are facts of one command, so this is the id the act was signed
        # under.
        "command_id": str(notification.command_id),
        "act": {"log": fact.act_log, "position": fact.act_position},
        "provider": str(fact.provider),
        "performer": None if fact.performer is None else str(fact.performer),
        "service": fact.service,
        "day": fact.day.isoformat(),
    }


def _priced(fact: ChargeAccruedV1 | ChargeAccrued) -> Document:
    return {
        "status": "accrued",
        "kind": fact.of_kind,
        "payer": str(fact.payer),
        "contract": str(fact.contract),
        "package": fact.package,
        "period": fact.period,
        "attempt": fact.attempt,
        "tariff": str(fact.tariff),
        "quantity": fact.quantity,
        "unit_price": fact.unit_price,
        "amount": fact.amount,
    } | (_parts(fact) if isinstance(fact, ChargeAccrued) else {})


def _parts(fact: ChargeAccrued) -> Document:
    """Tell the parts of a price that only some charges have."""
    coefficients = [
        {"code": each.code, "value": each.value, "tariff": str(each.tariff)}
        for each in fact.coefficients
    ]
    parts: Document = {
        "base": fact.base,
        "per": fact.per,
        "coefficients": coefficients or None,
        "acts": list(fact.acts) or None,
        "band": fact.band,
        "mountain": fact.mountain,
    }
    return {name: value for name, value in parts.items() if value is not None}


def _unpriced(fact: ChargeWithheld) -> Document:
    return {
        "status": "withheld",
        "reason": fact.reason,
        "contract": None,
        "package": None,
        "period": None,
    }


def _withdrawn(document: Document, notification: Notification) -> Document:
    """Take a charge out of its period; the period's statement no longer finds it."""
    was = {name: document[name] for name in ("contract", "package", "period")}
    step = {**seen(notification), "command_id": str(notification.command_id), **was}
    return {
        **document,
        "status": "withdrawn",
        "withdrawn": step,
        "contract": None,
        "package": None,
        "period": None,
    }


def _questioned(document: Document, fact: ChargeQuestioned, notification: Notification) -> Document:
    """Note that a closed period holds a charge whose act was entered in error."""
    step = {**seen(notification), "command_id": str(notification.command_id)}
    return {
        **document,
        "questioned": {**step, "reason": fact.reason},
    }


def _formed(
    fact: StatementFormed, notification: Notification, charges: Sequence[Document]
) -> Document:
    document = {
        **seen(notification),
        "statement": str(fact.statement),
        "contract": str(fact.contract),
        "package": fact.package,
        "period": fact.period,
        "provider": str(fact.provider),
        "payer": str(fact.payer),
        "digest": fact.digest,
        # A countersignature copies this part as it stands.
        "first": {
            "log": notification.log,
            "position": notification.position,
            "chain_value": notification.chain_value.hex(),
            "content_digest": fact.content_digest,
        },
        "status": "formed",
        "formed": {**seen(notification), "command_id": str(notification.command_id)},
        "countersigned": None,
        "accepted": None,
        "paid": 0,
        "payments": [],
    }
    statement = folded(document, charges)
    stated = (fact.as_of, fact.count, fact.total)
    if (statement.as_of, len(statement.lines), statement.total) != stated:
        raise ReadModelCorrupt(
            "statement.totals_mismatch",
            notification.log,
            notification.position,
            str(fact.statement),
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
    fact: StatementCountersigned | StatementAccepted | PaymentRecorded,
    notification: Notification,
) -> Document:
    step = {**seen(notification), "command_id": str(notification.command_id)}
    match fact:
        case StatementCountersigned():
            signed = step | {"employee": str(fact.signed_by), "digest": fact.digest}
            return {"status": "countersigned", "countersigned": signed}
        case StatementAccepted():
            accepted = step | {"employee": str(fact.accepted_by), "total": fact.total}
            return {"status": "accepted", "accepted": accepted}
        case PaymentRecorded():
            paid = document["paid"] + fact.amount
            payment = step | {
                "payment": str(fact.payment),
                "amount": fact.amount,
                "bank_reference": fact.bank_reference,
                "paid_on": fact.paid_on.isoformat(),
            }
            return {
                "paid": paid,
                "payments": [*document["payments"], payment],
                "status": "paid" if paid >= document["total"] else document["status"],
            }
        case _:
            assert_never(fact)
