"""Read months of capitation: what was counted, what was not and why, and what was charged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ehealth_ledger.events.capitation import (
    CapitationCounted,
    CapitationSettled,
    CountedPackage,
    Uncounted,
)
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.capitation import OVER_LIMIT
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.identifiers import contract_month_stream
from ehealth_ledger.values.time import month_of
from projections.projectors.projector import OneRow, seen
from projections.read_models.capitation import COUNTED, MODEL, MONTHS, WITHHELD
from projections.read_models.document import Document
from projections.read_models.model import Key, Model


class Capitation(OneRow):
    """Fold a month's count and its charges into the month's row.

    A charge that is claimed again after a denial is no other patients: it is left out.
    """

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        CapitationCounted,
        CapitationSettled,
        ChargeAccrued,
    )
    reads_contents: ClassVar[bool] = False

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the contract's month."""
        if isinstance(fact, CapitationCounted | CapitationSettled):
            return (Key(MONTHS.name, fact.stream_id),)
        if isinstance(fact, ChargeAccrued) and fact.kind == "capitation" and fact.attempt == 1:
            return (Key(MONTHS.name, contract_month_stream(fact.contract, month_of(fact.day))),)
        return ()

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - a month needs nobody else's rows
    ) -> Document | None:
        """Return the month after its count, after packages were settled, or with one more line."""
        if isinstance(fact, CapitationCounted):
            return _counted(fact, notification)
        if document is not None and isinstance(fact, CapitationSettled):
            return {**document, **seen(notification), **_settled(document, fact, notification)}
        if document is None or not isinstance(fact, ChargeAccrued):
            return document
        return {**document, **seen(notification), "lines": [*document["lines"], _line(fact)]}


def _counted(fact: CapitationCounted, notification: Notification) -> Document:
    return {
        **seen(notification),
        "month": str(fact.stream_id),
        "counted_position": notification.position,
        "command_id": str(notification.command_id),
        "contract": str(fact.contract),
        "provider": str(fact.provider),
        "payer": str(fact.payer),
        "period": fact.period,
        "billing_date": fact.billing_date.isoformat(),
        "as_of": fact.as_of,
        "declared": fact.declared,
        "packages": [_package(each) for each in fact.packages],
        "status": _status(_package(each) for each in fact.packages),
        "uncounted": _uncounted(fact.uncounted),
        "settled": [],
        "lines": [],
    }


def _settled(document: Document, fact: CapitationSettled, notification: Notification) -> Document:
    """Return what the month came to once more of its packages had a tariff."""
    found = {each.package: _package(each) for each in fact.packages}
    packages = [found.get(each["package"], each) for each in document["packages"]]
    step = {
        **seen(notification),
        "command_id": str(notification.command_id),
        "employee": str(fact.settled_by),
        "packages": list(found),
        "uncounted": _uncounted(fact.uncounted),
    }
    return {
        "packages": packages,
        "status": _status(packages),
        "settled": [*document["settled"], step],
    }


def _package(counted: CountedPackage) -> Document:
    return {
        "package": counted.package,
        "tariff": None if counted.tariff is None else str(counted.tariff),
        "withheld": counted.withheld,
        "counted": counted.counted,
        "beyond": len(counted.beyond),
        "amount": counted.amount,
    }


def _status(packages: Iterable[Document]) -> str:
    """Say whether a package of the month still waits to be settled."""
    waits = any(each["withheld"] == "no_tariff" for each in packages)
    return WITHHELD if waits else COUNTED


def _uncounted(uncounted: Sequence[Uncounted]) -> Document:
    return {each.reason: len(each.acts) for each in uncounted}


def _line(fact: ChargeAccrued) -> Document:
    step = None
    if fact.band is None:
        first, *_ = fact.coefficients  # the step of the ladder comes first, as the age does below
        step = int(first.code.removeprefix(OVER_LIMIT))
    return {
        "charge": str(fact.charge),
        "package": fact.package,
        "doctor": str(fact.performer),
        "mountain": bool(fact.mountain),
        "band": fact.band,
        "up_to_percent": step,
        "patients": fact.quantity,
        "amount": fact.amount,
    }
