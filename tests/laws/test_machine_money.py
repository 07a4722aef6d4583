"""Any order of acts, errors, months, denials, claims, corrections and payments keeps the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Charge, charge_id, charges_of, withdraw
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import Stated
from ehealth_ledger.aggregates.statement import Statement, Status
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.charge import Accrued, ChargeAdjusted, ChargeWithdrawn
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.statement import Formed
from ehealth_ledger.pricing.statement import AnyLine, StatementKey, fold
from ehealth_ledger.store.fsck.books import Books
from ehealth_ledger.store.fsck.finding import Findings
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.time import Month, microseconds, next_month
from tests.laws.bench import NOW, Scene, asks
from tests.laws.lookups import an_id
from tests.laws.scenes.common import CONTRACT, ENTITY, KEY, MONTH, contract
from tests.laws.scenes.money import (
    accept_statement,
    accrued,
    adjust_charge,
    countersign_statement,
    form_statement,
    offset_statement,
    record_payment,
    record_refund,
    resubmit_charge,
    review_statement,
)

_AMOUNTS = some.integers(1, 100_000)
_ANY = some.integers(0, 1_000)
_ACCEPTED = (Status.ACCEPTED, Status.PAID)


class MoneyMachine(RuleBasedStateMachine):
    """Hold a contract's money as the laws make it; the books are reckoned from the facts."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Fact] = []
        self.states: dict[UUID, object] = {CONTRACT: contract(provider=ENTITY)}
        self.open: Month = MONTH
        self.acts = 0
        self.ids = 0
        self.in_error: set[UUID] = set()  # every charge that an act in error may have

    # What was done

    def took(self, facts: list[Fact]) -> None:
        for fact in facts:
            self.log.append(fact)
            self.states[fact.stream_id] = evolve(self.states.get(fact.stream_id), fact)

    def judged(self, scene: Scene) -> bool:
        """Put a scene before its law, as things stand; a refusal changes nothing."""
        scene.states.update(self.states)
        month = MONTH
        while month != self.open:
            scene.lookups.cut_offs.known[month] = microseconds(NOW)
            month = next_month(month)
        for at, fact in enumerate(self.log, start=1):
            if isinstance(fact, Formed):
                scene.lookups.statements.formed[fact.key] = fact.statement
                scene.lookups.statements.firsts[fact.statement] = (at, "0" * 64)
                for line in self.lines(fact.key):
                    scene.lookups.charges.known[line.charge] = Stated(fact.statement, line.position)
        try:
            facts = scene.judge()
        except RuleBroken:
            return False
        self.took(facts)
        return True

    def lines(self, key: StatementKey) -> list[AnyLine]:
        """List what a month of the contract holds by now."""
        gone = {each.charge for each in self.log if isinstance(each, ChargeWithdrawn)}
        return [
            fact.as_line(at)
            for at, fact in enumerate(self.log, start=1)
            if isinstance(fact, Accrued | ChargeAdjusted)
            and fact.key == key
            and not (isinstance(fact, Accrued) and fact.charge in gone)
        ]

    @property
    def key(self) -> StatementKey:
        return replace(KEY, period=self.open)

    def charges(self) -> list[Charge]:
        return [each for each in self.states.values() if isinstance(each, Charge)]

    def statements(self) -> list[Statement]:
        return [each for each in self.states.values() if isinstance(each, Statement)]

    def of_statement(
        self, scene: Callable[[], Scene], which: int, wanted: Status
    ) -> tuple[Scene, Statement] | None:
        found = [each for each in self.statements() if each.status is wanted]
        if not found:
            return None
        chosen = found[which % len(found)]
        made = scene()
        asks("resource", "statement", value=str(chosen.id))(made)
        if "digest" in made.content["resource"]:
            asks("resource", "digest", value=chosen.digest)(made)
        return made, chosen

    def new_id(self) -> str:
        self.ids += 1
        return str(an_id(f"made {self.ids}"))

    # What may be done

    @rule(amount=_AMOUNTS)
    def act(self, amount: int) -> None:
        self.acts += 1
        postings = transfer(
            debit="expense",
            credit="accrued",
            owner=LegalEntityId(ENTITY),
            counterparty=LegalEntityId(ENTITY),
            amount=amount,
        )
        earned = accrued(
            charge=charge_id(an_id(f"act {self.acts}"), ATTEMPT_FIRST),
            act_position=1_000_000 + self.acts,
            payer=ENTITY,
            period=self.open,
            unit_price=amount,
            amount=amount,
            postings=postings,
        )
        self.took([earned])

    @precondition(lambda self: self.acts)
    @rule(which=_ANY)
    def err(self, which: int) -> None:
        scene = record_payment()
        scene.lookups.announce(Wanted(cut_offs=True))
        month = MONTH
        while month != self.open:
            scene.lookups.cut_offs.known[month] = microseconds(NOW)
            month = next_month(month)
        act = an_id(f"act {1 + which % self.acts}")
        case = Case(scene.wish(), self.states, scene.lookups, 0, NOW, None)
        self.took(withdraw(case, act))
        self.in_error.update(charges_of(act))

    @rule(amounts=some.lists(_AMOUNTS, min_size=1, max_size=3), signs=some.sampled_from((2, 1, 0)))
    def month_ends(self, amounts: list[int], signs: int) -> None:
        """State what came in; mostly the provider signs at once, so that more can follow."""
        for amount in amounts:
            self.act(amount)
        self.close()
        if signs:
            self.countersign(0)
        if signs > 1:
            self.accept(0)

    @rule(which=_ANY)
    def month_goes_below_zero(self, which: int) -> None:
        """Take a whole line back, and let both sides sign the month, often one without an act."""
        found = [each for each in self.charges() if each.accrued.amount + each.adjusted]
        if found:
            chosen = found[which % len(found)]
            at = self.charges().index(chosen)
            self.correct(at, -chosen.accrued.amount - chosen.adjusted)
            self.close()
            self.countersign(0)
            self.accept(0)

    @rule(amount=_AMOUNTS, by=some.integers(-100_000, 100_000))
    def a_line_is_corrected_too_early(self, amount: int, by: int) -> None:
        """Correct a line whose month waits for the payer's word, and deny it then."""
        self.month_ends([amount], 1)
        self.correct(len(self.charges()) - 1, by)
        waiting = [each for each in self.statements() if each.status is Status.COUNTERSIGNED]
        self.deny(len(waiting) - 1, {len(self.lines(self.stated_last)) - 1})

    @property
    def stated_last(self) -> StatementKey:
        return next(each.key for each in reversed(self.log) if isinstance(each, Formed))

    def close(self) -> None:
        key, self.open = self.key, next_month(self.open)
        found = self.lines(key)
        if not found:
            return
        scene = form_statement()
        asks("resource", "id", value=self.new_id())(scene)
        asks("resource", "period", value=key.period)(scene)
        parties = (LegalEntityId(ENTITY), LegalEntityId(ENTITY))
        scene.lookups.statements.folds[key] = fold(key, *parties, found)
        assert self.judged(scene), "a closed month with lines could not be stated"

    @rule(which=_ANY)
    def countersign(self, which: int) -> None:
        found = self.of_statement(countersign_statement, which, Status.FORMED)
        if found is None:
            return
        scene, chosen = found
        at = next(
            at
            for at, fact in enumerate(self.log, start=1)
            if isinstance(fact, Formed) and fact.statement == chosen.id
        )
        asks("resource", "first", "position", value=at)(scene)
        asks("resource", "first", "chain_value", value="0" * 64)(scene)
        asks("resource", "first", "content_digest", value=chosen.content_digest)(scene)
        assert self.judged(scene)

    @rule(which=_ANY)
    def accept(self, which: int) -> None:
        found = self.of_statement(accept_statement, which, Status.COUNTERSIGNED)
        assert found is None or self.judged(found[0])

    @rule(which=_ANY, picks=some.sets(_ANY, min_size=1, max_size=3))
    def deny(self, which: int, picks: set[int]) -> None:
        found = self.of_statement(review_statement, which, Status.COUNTERSIGNED)
        if found is None or found[1].key is None:
            return
        scene, _ = found
        lines = [each.charge for each in self.lines(found[1].key) if not hasattr(each, "line")]
        if not lines:
            return
        denied = {str(lines[pick % len(lines)]) for pick in picks}
        (pattern,) = scene.content["resource"]["denied"]
        value = [pattern | {"charge": each} for each in sorted(denied)]
        asks("resource", "denied", value=value)(scene)
        self.judged(scene)

    @rule(which=_ANY)
    def claim_again(self, which: int) -> None:
        found = self.charges()
        if found:
            scene = resubmit_charge()
            charge = found[which % len(found)].accrued.charge
            asks("resource", "charge", value=str(charge))(scene)
            assert not (self.judged(scene) and charge in self.in_error)

    @rule(which=_ANY, amount=some.integers(-120_000, 120_000))
    def correct(self, which: int, amount: int) -> None:
        found = self.charges()
        if found:
            scene = adjust_charge()
            charge = found[which % len(found)].accrued.charge
            asks("resource", "id", value=self.new_id())(scene)
            asks("resource", "charge", value=str(charge))(scene)
            asks("resource", "amount", value=amount)(scene)
            scene.lookups.charges.known.clear()
            self.judged(scene)

    @rule(which=_ANY, amount=_AMOUNTS)
    def pay(self, which: int, amount: int) -> None:
        found = self.of_statement(record_payment, which, Status.ACCEPTED)
        if found is not None:
            scene, chosen = found
            asks("resource", "id", value=self.new_id())(scene)
            asks("resource", "amount", value=amount)(scene)
            asks("resource", "bank_reference", value=self.new_id())(scene)
            assert self.judged(scene) is (amount <= chosen.payable)

    @rule(which=_ANY, other=_ANY, amount=some.integers(1, 20_000))
    def set_off(self, which: int, other: int, amount: int) -> None:
        """Mostly what the law takes, sometimes not: any statement against any other."""
        known = [each for each in self.statements() if each.status in _ACCEPTED]
        owed = sorted(known, key=lambda each: -each.payable)[:3]
        back = sorted(known, key=lambda each: -each.receivable)[:3]
        if known:
            scene = offset_statement()
            one, against = owed[which % len(owed)], back[other % len(back)]
            asks("resource", "id", value=self.new_id())(scene)
            asks("resource", "statement", value=str(one.id))(scene)
            asks("resource", "against", value=str(against.id))(scene)
            asks("resource", "amount", value=amount)(scene)
            assert self.judged(scene) is (amount <= min(one.payable, against.receivable))

    @rule(which=_ANY, amount=some.integers(1, 20_000))
    def come_back(self, which: int, amount: int) -> None:
        known = [each for each in self.statements() if each.status in _ACCEPTED]
        back = sorted(known, key=lambda each: -each.receivable)[:3]
        if back:
            scene, chosen = record_refund(), back[which % len(back)]
            asks("resource", "id", value=self.new_id())(scene)
            asks("resource", "statement", value=str(chosen.id))(scene)
            asks("resource", "amount", value=amount)(scene)
            asks("resource", "bank_reference", value=self.new_id())(scene)
            assert self.judged(scene) is (amount <= chosen.receivable)

    # What holds after every one of them

    @invariant()
    def the_books_agree(self) -> None:
        findings = Findings()
        books = Books("records", findings)
        for position, fact in enumerate(self.log, start=1):
            books.absorb(position, fact)
        books.finish(books.balances)
        assert [str(each) for each in findings.items] == []
        assert sum(books.balances.values()) == 0

    @invariant()
    def every_kopiyka_accepted_is_paid_owed_or_owed_back(self) -> None:
        accounts: Counter[str] = Counter()
        for fact in self.log:
            for each in getattr(fact, "postings", ()):
                accounts[each.account] += each.amount
        accepted = sum(each.accepted for each in self.statements() if each.status in _ACCEPTED)
        assert accepted == -accounts["bank"] - accounts["payable"] - accounts["receivable"]
        assert accounts["receivable"] == sum(
            each.receivable for each in self.statements() if each.status in _ACCEPTED
        )
        assert -accounts["payable"] == sum(
            each.payable for each in self.statements() if each.status in _ACCEPTED
        )
        for each in self.statements():
            assert 0 <= each.paid <= max(0, each.accepted)
            assert 0 <= each.refunded <= max(0, -each.accepted)
            assert each.paid + each.refunded + each.offset <= abs(each.accepted)

    @invariant()
    def what_is_left_of_a_line_is_never_below_zero(self) -> None:
        """Of each line of each act: a denied one is nothing, and keeps no correction either."""
        for each in self.charges():
            left = 0 if each.denied else each.accrued.amount
            assert left + each.adjusted >= 0
            assert not (each.denied and each.adjusted)

    @invariant()
    def a_stated_total_is_the_sum_of_its_lines(self) -> None:
        for fact in self.log:
            if isinstance(fact, Formed):
                lines = self.lines(fact.key)
                assert (fact.count, fact.total) == (len(lines), sum(each.amount for each in lines))


TestMoney = MoneyMachine.TestCase
TestMoney.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
