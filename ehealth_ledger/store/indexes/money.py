"""Index money: tariffs, contracts, cut-offs, charges, statements, payments, postings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeWithdrawn,
)
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractCountersigned,
    ContractDeclined,
    ContractRequested,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.posting import AnyPosting
from ehealth_ledger.events.statement import (
    Accepted,
    Formed,
    Reviewed,
    StatementAccepted,
    StatementAcceptedV2,
    StatementFormed,
    StatementFormedV2,
    StatementOffset,
    StatementRecovered,
    StatementReviewed,
    StatementReviewedV2,
)
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased
from ehealth_ledger.store.indexes.index import Change, ChangesByFact, Drop, End, Index, Put
from ehealth_ledger.values.money import CURRENCY

_DAY: Final = timedelta(days=1)
TARIFFS: Final = Index(
    "tariffs",
    ("tariff", "package", "service", "first_day", "last_day", "unit_price"),
    grows_only=False,
)
CONTRACTS: Final = Index(
    "contracts",
    (
        *("contract", "package", "first_day", "last_day", "payer", "provider"),
        *("kind", "corrections"),
    ),
    key_columns=3,
    grows_only=False,
)
"""A row for each package and span of days on which the contract's terms buy it."""

CONTRACT_SUSPENSIONS: Final = Index(
    "contract_suspensions", ("contract", "position", "suspended"), key_columns=2
)
OPEN_CONTRACT_REQUESTS: Final = Index(
    "open_contract_requests", ("request", "provider"), grows_only=False
)
CUT_OFFS: Final = Index("cut_offs", ("period", "at"), grows_only=False)
CHARGES: Final = Index(
    "charges",
    (
        *("charge", "position", "act_position", "package", "attempt", "contract", "period"),
        *("amount", "kind", "unreferred"),
    ),
)
WITHDRAWN_CHARGES: Final = Index("withdrawn_charges", ("charge", "position"))
ADJUSTMENTS: Final = Index(
    "adjustments",
    ("adjustment", "position", "charge", "contract", "package", "period", "amount"),
)
STATEMENTS: Final = Index("statements", ("statement", "contract", "package", "period"))
PAYMENTS: Final = Index("payments", ("bank_reference", "statement", "amount"))
STATEMENT_DEBTS: Final = Index("statement_debts", ("statement", "amount"))
DEBTS_SETTLED: Final = Index("debts_settled", ("position", "statement", "kind", "amount"))
POSTINGS: Final = Index(
    "postings",
    ("position", "line", "owner", "account", "counterparty", "currency", "amount"),
    key_columns=2,
)


def _priced(fact: TariffPublished | TariffReleased | TariffEnded, _: int) -> Iterator[Change]:
    days = (fact.first_day, fact.last_day)
    yield Put(TARIFFS, (fact.tariff, fact.package, fact.service, *days, fact.unit_price))


def _signed(fact: ContractSigned, _: int) -> Iterator[Change]:
    days, sides = (fact.first_day, fact.last_day), (fact.payer, fact.provider)
    for package in fact.packages:
        what = (*sides, "MEDICAL_SERVICES", "")  # nobody named corrections then
        yield Put(CONTRACTS, (fact.contract, package, *days, *what))


def _concluded(fact: ContractConcluded, _: int) -> Iterator[Change]:
    yield from _bought(fact, fact.terms.first_day)


def _amended(fact: ContractAmended, _: int) -> Iterator[Change]:
    yield End(CONTRACTS, (fact.contract,), fact.since - _DAY)
    yield from _bought(fact, fact.since)


def _terminated(fact: ContractTerminated, _: int) -> Iterator[Change]:
    """End what is bought; a contract that ends before it began buys nothing."""
    yield End(CONTRACTS, (fact.contract,), fact.terms.last_day)


def _bought(fact: ContractConcluded | ContractAmended, since: date) -> Iterator[Change]:
    terms = fact.terms
    sides = (terms.payer, terms.provider, terms.kind)
    for package in terms.packages:
        corrections = " ".join(terms.corrections_of(package))
        row = (fact.contract, package, since, terms.last_day, *sides, corrections)
        yield Put(CONTRACTS, row)


def _rested(fact: ContractSuspended | ContractResumed, position: int) -> Iterator[Change]:
    suspended = isinstance(fact, ContractSuspended)
    yield Put(CONTRACT_SUSPENSIONS, (fact.contract, position, suspended))


def _requested(fact: ContractRequested, _: int) -> Iterator[Change]:
    yield Put(OPEN_CONTRACT_REQUESTS, (fact.request, fact.provider))


def _answered(fact: ContractDeclined | ContractCountersigned, _: int) -> Iterator[Change]:
    yield Drop(OPEN_CONTRACT_REQUESTS, (fact.request,))


def _set(fact: CutOffSet, _: int) -> Iterator[Change]:
    yield Put(CUT_OFFS, (fact.period, fact.at))


def _accrued(fact: Accrued, position: int) -> Iterator[Change]:
    act = (fact.act_position, fact.package, fact.attempt)
    worth = (fact.contract, fact.period, fact.amount, fact.of_kind)
    unreferred = isinstance(fact, ChargeAccrued) and fact.unreferred is not None
    yield Put(CHARGES, (fact.charge, position, *act, *worth, unreferred))
    yield from _posted(fact.postings, position)


def _withdrawn(fact: ChargeWithdrawn, position: int) -> Iterator[Change]:
    yield Put(WITHDRAWN_CHARGES, (fact.charge, position))
    yield from _posted(fact.postings, position)


def _adjusted(fact: ChargeAdjusted, position: int) -> Iterator[Change]:
    key = (fact.contract, fact.package, fact.period)
    yield Put(ADJUSTMENTS, (fact.adjustment, position, fact.charge, *key, fact.amount))
    yield from _posted(fact.postings, position)


def _formed(fact: Formed, _: int) -> Iterator[Change]:
    yield Put(STATEMENTS, (fact.statement, fact.contract, fact.package, fact.period))


def _owed(fact: Accepted | Reviewed, position: int) -> Iterator[Change]:
    accepted = fact.accepted if isinstance(fact, Reviewed) else fact.total
    yield Put(STATEMENT_DEBTS, (fact.statement, accepted))
    yield from _posted(fact.postings, position)


def _offset(fact: StatementOffset, position: int) -> Iterator[Change]:
    yield Put(DEBTS_SETTLED, (position, fact.statement, "offset", fact.amount))
    yield from _posted(fact.postings, position)


def _recovered(fact: StatementRecovered, position: int) -> Iterator[Change]:
    yield Put(DEBTS_SETTLED, (position, fact.statement, "recovery", fact.amount))


def _paid(fact: PaymentRecorded | RefundRecorded, position: int) -> Iterator[Change]:
    kind = "payment" if isinstance(fact, PaymentRecorded) else "refund"
    yield Put(PAYMENTS, (fact.bank_reference, fact.statement, fact.amount))
    yield Put(DEBTS_SETTLED, (position, fact.statement, kind, fact.amount))
    yield from _posted(fact.postings, position)


def _posted(postings: Sequence[AnyPosting], position: int) -> Iterator[Change]:
    for line, posting in enumerate(postings, start=1):
        sides = (posting.owner, posting.account, posting.counterparty)
        yield Put(POSTINGS, (position, line, *sides, CURRENCY, posting.amount))


INDEXES: Final = (
    TARIFFS,
    CONTRACTS,
    CONTRACT_SUSPENSIONS,
    OPEN_CONTRACT_REQUESTS,
    CUT_OFFS,
    CHARGES,
    WITHDRAWN_CHARGES,
    ADJUSTMENTS,
    STATEMENTS,
    PAYMENTS,
    STATEMENT_DEBTS,
    DEBTS_SETTLED,
    POSTINGS,
)
CHANGES: Final[ChangesByFact] = {
    TariffPublished: _priced,
    TariffReleased: _priced,
    TariffEnded: _priced,
    ContractSigned: _signed,
    ContractRequested: _requested,
    ContractDeclined: _answered,
    ContractCountersigned: _answered,
    ContractConcluded: _concluded,
    ContractAmended: _amended,
    ContractSuspended: _rested,
    ContractResumed: _rested,
    ContractTerminated: _terminated,
    CutOffSet: _set,
    ChargeAccruedV1: _accrued,
    ChargeAccrued: _accrued,
    ChargeWithdrawn: _withdrawn,
    ChargeAdjusted: _adjusted,
    StatementFormed: _formed,
    StatementFormedV2: _formed,
    StatementAccepted: _owed,
    StatementAcceptedV2: _owed,
    StatementReviewed: _owed,
    StatementReviewedV2: _owed,
    StatementOffset: _offset,
    StatementRecovered: _recovered,
    PaymentRecorded: _paid,
    RefundRecorded: _paid,
}
