"""Balance the books: what every account must come to, reckoned a second time without its postings.

One side adds up the postings of the facts; the other adds up what the facts say was earned, taken
back, corrected, accepted, denied, set off, paid and repaid. Between a payer and a provider, in
the payer's books:

    expense = accrued and corrected, less withdrawn      payable = paid and set off, less accepted
    accrued = stated and accepted or denied, less expense    denied = less what was denied
    bank    = repaid, less what was paid
    receivable = what is owed back: accepted below zero, less what was set off and repaid

What is left of a line is never below zero, and nothing is left of a denied one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from ehealth_ledger.aggregates.charge import successor_of
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeDenied,
    ChargeWithdrawn,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.posting import AnyAccount, AnyPosting
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
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.store.fsck.finding import NO_POSITION, Findings, Kind

MONEY_FACTS: Final[tuple[type[Fact], ...]] = (
    ChargeAccruedV1,
    ChargeAccrued,
    ChargeWithdrawn,
    ChargeDenied,
    ChargeAdjusted,
    StatementFormed,
    StatementFormedV2,
    StatementAccepted,
    StatementAcceptedV2,
    StatementReviewed,
    StatementReviewedV2,
    StatementOffset,
    StatementRecovered,
    PaymentRecorded,
    RefundRecorded,
)
COUNTED_TOGETHER: Final = "capitation"  # one run counts an act once for each doctor, band, mountain


class AccountKey(NamedTuple):
    """Name an account: whose books, which kind, against whom."""

    owner: UUID
    account: AnyAccount
    counterparty: UUID


@dataclass(slots=True)
class Stated:
    """Hold what one statement came to; amounts in kopiykas."""

    position: int
    fact: Formed
    accepted: int | None = None  # None until somebody accepted or reviewed it; may be below zero
    denied: int = 0
    paid: int = 0
    offset: int = 0
    refunded: int = 0


class Owed(NamedTuple):
    """Sum up over all statements, in kopiykas."""

    accepted: int
    paid: int
    owed_back: int  # what was accepted below zero
    offset: int  # of what was accepted, and as much of what is owed back
    refunded: int


class Between(Protocol):
    """Name the two sides of what is owed."""

    @property
    def payer(self) -> UUID:
        """Name whose books it stands in."""

    @property
    def provider(self) -> UUID:
        """Name whom it is owed to, or by."""


Paid = tuple[int, str, UUID | None]
"""Name what one line pays: position and package of an act, and which of several of its record."""


class Earned(NamedTuple):
    """Hold what a charge says that later facts do not repeat; the amount in kopiykas."""

    key: StatementKey
    payer: UUID
    provider: UUID
    amount: int
    act: Paid | None  # None where acts are counted together


class Books:
    """Take in the money facts of a log in order, and say where its books do not agree.

    Memory holds a few hundred bytes for each charge.
    """

    def __init__(self, log: str, findings: Findings) -> None:
        self._log = log
        self._findings = findings
        self._earned: dict[UUID, Earned] = {}
        self._lines: defaultdict[StatementKey, Counter[UUID]] = defaultdict(Counter)
        self._claims: dict[UUID, UUID] = {}  # the first charge of an act, by the id of the next
        self._denied: set[UUID] = set()
        self._corrected: Counter[UUID] = Counter()  # by charge, kopiykas
        self._expected: Counter[AccountKey] = Counter()
        self.balances: Counter[AccountKey] = Counter()
        self.statements: dict[UUID, Stated] = {}
        self._offsets: dict[UUID, tuple[int, StatementOffset]] = {}  # whose other side is to come

    def absorb(self, position: int, fact: Fact) -> None:
        """Take in one fact; postings are added up beside what they ought to say."""
        match fact:
            case Accrued():
                self._post(position, fact.postings)
                self._accrue(fact)
            case ChargeWithdrawn():
                self._post(position, fact.postings)
                self._withdraw(position, fact)
            case ChargeAdjusted():
                self._post(position, fact.postings)
                self._adjust(position, fact)
            case Formed():
                self._form(position, fact)
            case Accepted() | Reviewed():
                self._post(position, fact.postings)
                self._accept(position, fact)
            case ChargeDenied():
                self._deny(position, fact)
            case PaymentRecorded():
                self._post(position, fact.postings)
                self._pay(position, fact)
            case StatementOffset():
                self._post(position, fact.postings)
                self._set_off(position, fact)
            case StatementRecovered():
                self._recover(position, fact)
            case RefundRecorded():
                self._post(position, fact.postings)
                self._refund(position, fact)
            case _:
                pass  # no money in it

    def finish(self, written: Mapping[AccountKey, int]) -> None:
        """Compare the accounts with what was expected, and with `written`: the database's rows."""
        for key in sorted({*self._expected, *self.balances, *written}, key=str):
            said = {"facts": self._expected[key], "postings": self.balances[key]}
            said["table"] = written.get(key, 0)
            if len(set(said.values())) > 1:
                text = " ".join(f"{name}={amount}" for name, amount in said.items())
                where = f"{key.account} of {key.owner} with {key.counterparty}: {text}"
                self._findings.add(Kind.POSTINGS_UNBALANCED, self._log, NO_POSITION, where)
        for stated in self.statements.values():
            if stated.accepted is not None and (
                stated.accepted + stated.denied != stated.fact.total
            ):
                text = "accepted and denied lines are not its total"
                self._add(stated.position, text)
        for position, _ in self._offsets.values():
            self._add(position, "set off against nothing")
        for act, times in Counter(self._paid_acts()).items():
            if times > 1:
                text = f"the act at {act[0]} stands in {times} accepted lines of package {act[1]}"
                self._add_line(act[0], text)

    def owed(self) -> Owed:
        """Return what was accepted, paid, owed back, set off and repaid."""
        stated = self.statements.values()
        accepted = [each.accepted or 0 for each in stated]
        return Owed(
            sum(each for each in accepted if each > 0),
            sum(each.paid for each in stated),
            -sum(each for each in accepted if each < 0),
            sum(each.offset for each in stated if (each.accepted or 0) > 0),
            sum(each.refunded for each in stated),
        )

    def _accrue(self, fact: Accrued) -> None:
        act = None
        if fact.of_kind != COUNTED_TOGETHER:
            act = (fact.act_position, fact.package, self._first_claim(fact))
        earned = Earned(fact.key, fact.payer, fact.provider, fact.amount, act)
        self._earned[fact.charge] = earned
        self._lines[fact.key][fact.charge] = fact.amount
        self._expect(fact, ("expense", fact.amount), ("accrued", -fact.amount))

    def _first_claim(self, fact: Accrued) -> UUID | None:
        """Name by its first charge an act that is not the only one of its record."""
        if not isinstance(fact, ChargeAccrued) or fact.unreferred is None:
            return None
        first = self._claims.pop(fact.charge, fact.charge)
        self._claims[successor_of(fact.charge)] = first
        return first

    def _withdraw(self, position: int, fact: ChargeWithdrawn) -> None:
        if fact.contract is None:
            return  # it was withheld, and posted nothing
        earned = self._earned.pop(fact.charge, None)
        if earned is None:
            self._add(position, "withdrawn where it was never accrued")
            return
        del self._lines[earned.key][fact.charge]
        amount = earned.amount
        self._expect(earned, ("expense", -amount), ("accrued", amount))

    def _adjust(self, position: int, fact: ChargeAdjusted) -> None:
        self._lines[fact.key][fact.adjustment] = fact.amount
        self._expect(fact, ("expense", fact.amount), ("accrued", -fact.amount))
        self._corrected[fact.charge] += fact.amount
        earned = self._earned.get(fact.charge)
        if earned is None or fact.charge in self._denied:
            self._add_line(position, "a line is corrected of which nothing is owed")
            return
        left = earned.amount + self._corrected[fact.charge]
        if left < 0:
            self._add_line(position, f"corrected to {left}: what is left of a line is below zero")

    def _form(self, position: int, fact: Formed) -> None:
        self.statements[fact.statement] = Stated(position, fact)
        lines = self._lines[fact.key]
        if (len(lines), sum(lines.values())) != (fact.count, fact.total):
            self._add(position, f"its lines are {len(lines)} and come to {sum(lines.values())}")

    def _accept(self, position: int, fact: Accepted | Reviewed) -> None:
        stated = self._stated(position, fact.statement, "accepted")
        if stated is None:
            return
        stated.accepted = fact.total if isinstance(fact, Accepted) else fact.accepted
        owed: AnyAccount = "payable" if stated.accepted >= 0 else "receivable"
        self._expect(stated.fact, ("accrued", fact.total), (owed, -stated.accepted))
        self._expect(stated.fact, ("denied", stated.accepted - fact.total))

    def _deny(self, position: int, fact: ChargeDenied) -> None:
        stated, earned = self.statements.get(fact.statement), self._earned.get(fact.charge)
        if stated is None or earned is None or earned.amount != fact.amount:
            self._add(position, "denied another line than was stated")
            return
        stated.denied += fact.amount
        self._denied.add(fact.charge)
        corrected = self._corrected.get(fact.charge, 0)
        if corrected:
            self._add_line(position, f"denied whole, though it had been corrected by {corrected}")

    def _pay(self, position: int, fact: PaymentRecorded) -> None:
        stated = self._stated(position, fact.statement, "paid")
        if stated is None:
            return
        stated.paid += fact.amount
        self._check_paid(position, stated)
        self._expect(stated.fact, ("payable", fact.amount), ("bank", -fact.amount))

    def _set_off(self, position: int, fact: StatementOffset) -> None:
        self._offsets[fact.offset] = position, fact
        stated = self._stated(position, fact.statement, "set off")
        if stated is None:
            return
        stated.offset += fact.amount
        self._check_paid(position, stated)
        self._expect(stated.fact, ("payable", fact.amount))

    def _recover(self, position: int, fact: StatementRecovered) -> None:
        _, other = self._offsets.pop(fact.offset, (0, None))
        said = (fact.by, fact.statement, fact.amount)
        if other is None or said != (other.statement, other.against, other.amount):
            self._add(position, "the two sides of an offset differ")
        stated = self._stated(position, fact.statement, "set off")
        if stated is None:
            return
        stated.offset += fact.amount
        self._check_recovered(position, stated)
        self._expect(stated.fact, ("receivable", -fact.amount))

    def _refund(self, position: int, fact: RefundRecorded) -> None:
        stated = self._stated(position, fact.statement, "refunded")
        if stated is None:
            return
        stated.refunded += fact.amount
        self._check_recovered(position, stated)
        self._expect(stated.fact, ("bank", fact.amount), ("receivable", -fact.amount))

    def _check_paid(self, position: int, stated: Stated) -> None:
        if stated.paid + stated.offset > max(0, stated.accepted or 0):
            self._add(position, "paid beyond what was accepted")

    def _check_recovered(self, position: int, stated: Stated) -> None:
        if stated.refunded + stated.offset > max(0, -(stated.accepted or 0)):
            self._add(position, "recovered beyond what is owed back")

    def _paid_acts(self) -> Iterator[Paid]:
        accepted = {each.fact.key for each in self.statements.values() if each.accepted is not None}
        for charge, earned in self._earned.items():
            if earned.act and earned.key in accepted and charge not in self._denied:
                yield earned.act

    def _stated(self, position: int, statement: UUID, what: str) -> Stated | None:
        """Return a statement that something was done to; its absence is a finding."""
        stated = self.statements.get(statement)
        if stated is None:
            self._add(position, f"{what}, but never formed")
        return stated

    def _expect(self, between: Between, *amounts: tuple[AnyAccount, int]) -> None:
        for account, amount in amounts:
            self._expected[AccountKey(between.payer, account, between.provider)] += amount

    def _post(self, position: int, postings: tuple[AnyPosting, ...]) -> None:
        total = sum(each.amount for each in postings)
        if total:
            self._findings.add(Kind.POSTINGS_UNBALANCED, self._log, position, str(total))
        for each in postings:
            key = AccountKey(each.owner, each.account, each.counterparty)
            self.balances[key] += each.amount

    def _add_line(self, position: int, text: str) -> None:
        self._findings.add(Kind.CHARGE_ALTERED, self._log, position, text)

    def _add(self, position: int, text: str) -> None:
        self._findings.add(Kind.STATEMENT_ALTERED, self._log, position, text)
