"""Make the money of a bundle again: prices, balances, statements from their charges alone.

A payment is the payer's own word: it stands in its statement's stream, and no sum rests on it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from uuid import UUID

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST
from ehealth_ledger.bundle.finding import (
    DerivedLine,
    DerivedStatement,
    Finding,
    Flaw,
    incomplete,
    invalid,
)
from ehealth_ledger.bundle.part import Header, Kept
from ehealth_ledger.commands.statement import CountersignStatement
from ehealth_ledger.events.charge import Accrued, ChargeAccrued, ChargeAdjusted, ChargeWithdrawn
from ehealth_ledger.events.statement import Accepted, Formed, Reviewed, StatementCountersigned
from ehealth_ledger.pricing.charge import amount
from ehealth_ledger.pricing.statement import StatementKey, fold
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.money import MEDICINE, FormedStatement
from ehealth_ledger.store.fsck.published import Published
from ehealth_ledger.store.fsck.relations import countersigned

_Charges = list[tuple[int, Accrued | ChargeAdjusted]]


class Money:
    """Follow the money facts that a bundle reveals, in the order of the log."""

    def __init__(self, facts: Iterable[Kept], headers: Sequence[Header]) -> None:
        self._facts = sorted(facts, key=lambda each: each.row.position)
        self._at = {each.position: each for each in headers}
        self._streams = {each.stream_id for each in headers}
        self._published = Published()
        self._charges: dict[StatementKey, _Charges] = {}
        self._lines: dict[UUID, tuple[StatementKey, int]] = {}
        self.formed: dict[UUID, FormedStatement] = {}
        self._sets: dict[UUID, _Charges] = {}

    def check(self) -> Iterator[Finding]:
        """Check each charge and each later word about a statement."""
        for row, fact in self._facts:
            wrong = self._published.absorb(fact)
            if wrong is not None:
                yield invalid(Kind.FACT_CONTRADICTED, row.position, found=wrong)
            match fact:
                case Accrued():
                    yield from self._charge(row.position, fact)
                    self._charges.setdefault(fact.key, []).append((row.position, fact))
                    self._lines[fact.charge] = (fact.key, row.position)
                case ChargeAdjusted():
                    yield from self._balance(row.position, fact)
                    self._charges.setdefault(fact.key, []).append((row.position, fact))
                case ChargeWithdrawn():
                    yield from self._balance(row.position, fact)
                    self._withdraw(fact)
                case Formed():
                    stands = FormedStatement(row.position, row.chain_value, fact)
                    self.formed[fact.statement] = stands
                    self._sets[fact.statement] = self._charges.pop(fact.key, [])
                case StatementCountersigned():
                    yield from self._later(row.position, fact)
                case Accepted() | Reviewed():
                    yield from self._balance(row.position, fact)
                    yield from self._later(row.position, fact)
                case _:
                    pass  # no money in it

    def countersignatures(
        self, signed: Iterable[tuple[int, CountersignStatement]]
    ) -> Iterator[Finding]:
        """Check that those who agreed to a statement named its record."""
        for position, command in signed:
            wrong = countersigned(command, self.formed)
            if wrong is not None:
                yield invalid(Kind.FACT_CONTRADICTED, position, found=wrong)

    def statement(
        self, stands: FormedStatement, erased: Container[int]
    ) -> DerivedStatement | list[Finding]:
        """Fold a statement again and lead its lines to their acts, or say what is in the way."""
        formed = stands.fact
        charges = self._sets[formed.statement]
        if len(charges) < formed.count:
            found = f"{formed.count} lines, {len(charges)} of them are here"
            return [incomplete(Flaw.LINE_MISSING, stands.position, found)]
        try:
            lines = [charge.as_line(position) for position, charge in charges]
            folded = fold(formed.key, formed.provider, formed.payer, lines)
        except ValueError as fault:
            return [invalid(Kind.STATEMENT_ALTERED, stands.position, found=str(fault))]
        said = (formed.as_of, formed.count, formed.total, formed.digest)
        made = (folded.as_of, len(folded.lines), folded.total, folded.digest())
        if said != made:
            return [invalid(Kind.STATEMENT_ALTERED, stands.position, str(said), str(made))]
        missing = [
            incomplete(Flaw.ACT_MISSING, act, f"the signed act of line {position}")
            for position, charge in charges
            for act in _acts(charge)
            if act not in self._at
        ]
        return missing or DerivedStatement(
            *(formed.statement, formed.digest, folded.total, folded.to_bytes()),
            tuple(
                DerivedLine(
                    *(line.position, line.amount, line.act_position),
                    self._at[line.act_position].command_id,
                    line.act_position in erased,
                )
                for line in folded.lines
            ),
        )

    def _charge(self, position: int, fact: Accrued) -> Iterator[Finding]:
        yield from self._balance(position, fact)
        worth = amount(fact.quantity, fact.price)
        if worth != fact.amount:
            yield invalid(Kind.CHARGE_ALTERED, position, str(worth), str(fact.amount))
        for basis in _bases(fact):
            if basis not in self._streams:
                yield incomplete(Flaw.BASIS_MISSING, position, str(basis))
        if fact.of_kind != MEDICINE:
            yield from self._price(position, fact)

    def _price(self, position: int, fact: Accrued) -> Iterator[Finding]:
        """Compare a price with its tariff's, and its day with the days that the tariff had then."""
        price = self._published.price(fact.tariff)
        if price is None:
            if fact.tariff in self._streams:
                yield incomplete(Flaw.BASIS_MISSING, position, f"what tariff {fact.tariff} says")
        elif price != fact.price.base:
            yield invalid(Kind.CHARGE_ALTERED, position, str(price), str(fact.price.base))
        elif fact.attempt == ATTEMPT_FIRST and not self._published.holds(fact.tariff, fact.day):
            found = f"tariff {fact.tariff}, which does not hold on {fact.day}"
            yield invalid(Kind.CHARGE_ALTERED, position, found=found)

    def _balance(
        self,
        position: int,
        fact: Accrued | ChargeAdjusted | ChargeWithdrawn | Accepted | Reviewed,
    ) -> Iterator[Finding]:
        total = sum(each.amount for each in fact.postings)
        if total:
            yield invalid(Kind.POSTINGS_UNBALANCED, position, "0", str(total))

    def _withdraw(self, fact: ChargeWithdrawn) -> None:
        key, position = self._lines.get(fact.charge, (None, 0))
        if key is not None and key in self._charges:
            self._charges[key] = [each for each in self._charges[key] if each[0] != position]

    def _later(
        self, position: int, fact: StatementCountersigned | Accepted | Reviewed
    ) -> Iterator[Finding]:
        formed = self.formed.get(fact.statement)
        if formed is not None and formed.fact.digest != fact.digest:
            yield invalid(Kind.STATEMENT_ALTERED, position, formed.fact.digest, fact.digest)


def _acts(charge: Accrued | ChargeAdjusted) -> tuple[int, ...]:
    counted = charge.acts if isinstance(charge, ChargeAccrued) else ()
    return (charge.act_position, *counted)


def _bases(fact: Accrued) -> tuple[UUID, ...]:
    """Name the streams that a price rests on; a medicine's price is a grant, not a tariff's."""
    return (fact.contract,) if fact.of_kind == MEDICINE else (fact.contract, fact.tariff)
