"""Read contracts' months: what was counted or rated, what was not and why, what was charged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar, Final

from ehealth_ledger.events.capitation import (
    CapitationCounted,
    CapitationSettled,
    CountedPackage,
    Uncounted,
)
from ehealth_ledger.events.charge import ChargeAccrued
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractFact,
    ContractResumed,
    ContractSuspended,
)
from ehealth_ledger.events.contract_month import ContractMonthFact
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned, GlobalRateSettled, RatedPackage
from ehealth_ledger.events.tariff import TariffEnded, TariffReleased
from ehealth_ledger.pricing.capitation import OVER_LIMIT
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.identifiers import contract_month_stream
from ehealth_ledger.values.tariffs import GlobalTerms, subject
from ehealth_ledger.values.time import day_begins, month_of
from projections.projectors.projector import OneRow, seen
from projections.read_models.capitation import (
    CAPITATION,
    CONTRACTS,
    COUNTED,
    GLOBAL,
    MODEL,
    MONTHS,
    RATES,
    UNRATED,
    WITHHELD,
)
from projections.read_models.document import Document, named, named_if
from projections.read_models.model import Group, Key, Model

BY_GLOBAL_RATE: Final = "MEDICAL_SERVICES"  # the kind of contract


class Capitation(OneRow):
    """Fold a month's count and its charges into the month's row.

    A charge that is claimed again after a denial is no other patients: it is left out. Beside them
    stand what contracts bought, and the global rates: which packages of a month found none, no fact
    about the month says.
    """

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        CapitationCounted,
        CapitationSettled,
        ChargeAccrued,
        GlobalRateReckoned,
        GlobalRateSettled,
        ContractConcluded,
        ContractAmended,
        ContractSuspended,
        ContractResumed,
        TariffReleased,
        TariffEnded,
    )
    reads_contents: ClassVar[bool] = False

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the contract's month, the contract, or the rate."""
        if isinstance(fact, ContractMonthFact):
            return (Key(MONTHS.name, fact.stream_id),)
        if isinstance(fact, ContractFact) and fact.terms.kind == BY_GLOBAL_RATE:
            return (Key(CONTRACTS.name, fact.contract),)
        if isinstance(fact, TariffReleased) and isinstance(fact.terms, GlobalTerms):
            return (Key(RATES.name, fact.tariff),)
        if isinstance(fact, TariffEnded) and fact.service == subject("global", fact.package):
            return (Key(RATES.name, fact.tariff),)
        if isinstance(fact, ChargeAccrued) and fact.kind == "capitation" and fact.attempt == 1:
            return (Key(MONTHS.name, contract_month_stream(fact.contract, month_of(fact.day))),)
        return ()

    def gathers(self, notification: Notification) -> Group | None:
        """Name the contract of a month at the global rate."""
        fact = notification.fact
        if not isinstance(fact, GlobalRateReckoned):
            return None
        return Group(CONTRACTS.name, (named(fact.contract),))

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],
    ) -> Document | None:
        """Return the month after its count, after packages were settled, or with one more line."""
        match fact:
            case CapitationCounted():
                return _counted(fact, notification)
            case GlobalRateReckoned():
                return _rated(fact, notification, gathered)
            case GlobalRateSettled():
                return None if document is None else _rated_later(document, fact, notification)
            case ContractFact():
                return _bought(document, fact, notification)
            case TariffReleased():
                return _rate(fact, notification)
            case TariffEnded():
                return None if document is None else _rate_ended(document, fact, notification)
            case _:
                pass
        if document is not None and isinstance(fact, CapitationSettled):
            return {**document, **seen(notification), **_settled(document, fact, notification)}
        if document is None or not isinstance(fact, ChargeAccrued):
            return document
        return {**document, **seen(notification), "lines": [*document["lines"], _line(fact)]}


def _rate(fact: TariffReleased, notification: Notification) -> Document:
    days = {"first_day": fact.first_day.isoformat(), "last_day": fact.last_day.isoformat()}
    return {**seen(notification), "tariff": named(fact.tariff), "package": fact.package, **days}


def _rate_ended(
    document: Document, fact: TariffEnded, notification: Notification
) -> Document | None:
    """Return a rate with the days it has left; one that holds on none any more goes."""
    if fact.last_day is None:
        return None
    return {**document, **seen(notification), "last_day": fact.last_day.isoformat()}


def _bought(document: Document | None, fact: ContractFact, notification: Notification) -> Document:
    """Return what a contract buys, with how it stood before."""
    steps: list[Document] = [] if document is None else document["steps"]
    suspended = bool(steps and steps[-1]["suspended"])
    bought = steps[-1]["bought"] if steps else [_from(fact.terms.first_day, fact)]
    if isinstance(fact, ContractSuspended | ContractResumed):
        suspended = isinstance(fact, ContractSuspended)
    if isinstance(fact, ContractAmended):
        since = fact.since.isoformat()
        earlier = [each for each in bought if each["first_day"] < since]
        bought = [*earlier, _from(fact.since, fact)]
    step = {
        "recorded_at_us": notification.recorded_at,
        "bought": bought,
        "suspended": suspended,
    }
    return {**seen(notification), "contract": named(fact.contract), "steps": [*steps, step]}


def _from(day: date, fact: ContractFact) -> Document:
    return {"first_day": day.isoformat(), "packages": list(fact.terms.packages)}


def _rated(
    fact: GlobalRateReckoned, notification: Notification, contracts: Sequence[Document]
) -> Document:
    packages = [_rated_package(each) for each in fact.packages]
    rated = {each["package"] for each in packages}
    unrated = [each for each in _stood(fact, contracts) if each not in rated]
    return {
        **_month(fact, notification, GLOBAL),
        "packages": packages,
        "unrated": unrated,
        "status": UNRATED if unrated else COUNTED,
        "settled": [],
    }


def _stood(fact: GlobalRateReckoned, contracts: Sequence[Document]) -> list[str]:
    """List what the contract bought on the first day, by what was recorded when the month began.

    A suspended one earns nothing, ever.
    """
    began, day = day_begins(fact.billing_date), fact.billing_date.isoformat()
    for contract in contracts:
        first, *_ = steps = contract["steps"]
        before = [each for each in steps if each["recorded_at_us"] < began]
        stood = before[-1] if before else first
        if stood["suspended"]:
            return []
        bought: list[Document] = stood["bought"]
        counts: list[list[str]] = [e["packages"] for e in bought if e["first_day"] <= day]
        return counts[-1] if counts else []
    return []


def _rated_later(
    document: Document, fact: GlobalRateSettled, notification: Notification
) -> Document:
    """Return what the month came to once more of its packages had a rate."""
    found = [_rated_package(each) for each in fact.packages]
    settled = [each["package"] for each in found]
    step = {
        **seen(notification),
        "command_id": named(notification.command_id),
        "employee": named(fact.settled_by),
        "packages": settled,
    }
    unrated = [each for each in document["unrated"] if each not in settled]
    return {
        **document,
        **seen(notification),
        "packages": [*document["packages"], *found],
        "unrated": unrated,
        "status": UNRATED if unrated else COUNTED,
        "settled": [*document["settled"], step],
    }


def _rated_package(rated: RatedPackage) -> Document:
    return {
        "package": rated.package,
        "tariff": named(rated.tariff),
        "withheld": rated.withheld,
        "amount": rated.amount,
    }


def _month(fact: ContractMonthFact, notification: Notification, kind: str) -> Document:
    return {
        **seen(notification),
        "month": named(fact.stream_id),
        "kind": kind,
        "counted_position": notification.position,
        "command_id": named(notification.command_id),
        "contract": named(fact.contract),
        "provider": named(fact.provider),
        "payer": named(fact.payer),
        "period": fact.period,
        "billing_date": fact.billing_date.isoformat(),
    }


def _counted(fact: CapitationCounted, notification: Notification) -> Document:
    return {
        **_month(fact, notification, CAPITATION),
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
        "command_id": named(notification.command_id),
        "employee": named(fact.settled_by),
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
        "tariff": named_if(counted.tariff),
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
        "charge": named(fact.charge),
        "package": fact.package,
        "doctor": named_if(fact.performer),
        "mountain": bool(fact.mountain),
        "band": fact.band,
        "up_to_percent": step,
        "patients": fact.quantity,
        "amount": fact.amount,
    }
