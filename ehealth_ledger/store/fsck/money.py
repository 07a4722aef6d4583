"""Check the money: balanced postings, charges at the tariff's price, statements that add up."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAdjusted,
    ChargeDenied,
    ChargeFlagged,
    ChargeResubmitted,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
    Withheld,
)
from ehealth_ledger.events.dispense import DispenseProcessed
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.statement import (
    Accepted,
    Formed,
    Reviewed,
    StatementCountersigned,
    StatementOffset,
    StatementRecovered,
)
from ehealth_ledger.pricing.charge import amount
from ehealth_ledger.pricing.statement import Statement, StatementKey, fold
from ehealth_ledger.store.fsck.dispenses import Dispenses
from ehealth_ledger.store.fsck.facts import Bodies
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.flags import Flags
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.published import Published

if TYPE_CHECKING:
    import psycopg

MEDICINE: Final = "medicine"  # the kind of charge whose price is a grant, not a tariff's

_CHARGES: Final = """
    SELECT r.position, r.ledger, r.command_id, r.fact_index, r.fact_count, r.stream_id,
           r.stream_version, r.topic, r.recorded_at, r.key_id, r.body_digest, r.envelope_digest,
           r.previous, r.chain_value, b.blob
    FROM records r JOIN bodies b ON b.log = r.log AND b.position = r.position
    WHERE r.log = %s AND r.position = ANY(%s) ORDER BY r.position
"""


@dataclass(slots=True)
class FormedStatement:
    """Hold what later facts and signatures say again about a statement."""

    position: int
    chain_value: bytes
    fact: Formed
    accepted: int = 0  # what the payer owes, once reviewed or accepted; below zero, is owed back
    unnamed: int = 0  # of what was denied, not named by a denied line yet
    paid: int = 0  # or set off
    recovered: int = 0  # repaid or set off, of what is owed back


class Money:
    """Follow one log's money; a charge is held by its position until its statement is formed."""

    def __init__(
        self, connection: psycopg.Connection, log: str, bodies: Bodies, findings: Findings
    ) -> None:
        self._connection = connection
        self._log = log
        self._bodies = bodies
        self._findings = findings
        self._published = Published()
        self._charges: dict[StatementKey, array[int]] = defaultdict(lambda: array("q"))
        self._closed: set[StatementKey] = set()
        self._dispenses = Dispenses()
        self._flags = Flags(self._begun)
        self._resubmitted: dict[
            UUID, UUID
        ] = {}  # the charge before, or the withheld one, by successor
        self.statements: dict[UUID, FormedStatement] = {}

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in the next fact of the log and check what it says against the ones before."""
        wrong = self._published.absorb(fact)
        if wrong is not None:
            self._findings.add(Kind.FACT_CONTRADICTED, self._log, row.position, wrong)
        self._take_medicine(row, fact)
        self._take_flag(row, fact)
        self._take_settling(row, fact)
        match fact:
            case Accrued():
                self._check_balance(row, [each.amount for each in fact.postings])
                self._take_charge(row, fact)
            case ChargeWithdrawn():
                self._check_balance(row, [each.amount for each in fact.postings])
                self._take_withdrawal(row, fact)
            case Formed():
                self._take_statement(row, fact)
            case StatementCountersigned():
                self._check_digest(row, fact.statement, fact.digest)
            case Accepted() | Reviewed():
                self._check_balance(row, [each.amount for each in fact.postings])
                self._check_digest(row, fact.statement, fact.digest)
                self._take_acceptance(row, fact)
            case ChargeDenied():
                self._take_denial(row, fact)
            case ChargeResubmitted() | ChargeSettled():
                self._resubmitted[fact.successor] = fact.charge
            case ChargeAdjusted():
                self._check_balance(row, [each.amount for each in fact.postings])
                self._take_adjustment(row, fact)
            case _:
                pass  # no money in it

    def _check_balance(self, row: RecordRow, amounts: Iterable[int]) -> None:
        total = sum(amounts)
        if total:
            self._findings.add(Kind.POSTINGS_UNBALANCED, self._log, row.position, str(total))

    def _take_charge(self, row: RecordRow, fact: Accrued) -> None:
        before = self._resubmitted.pop(fact.charge, None)
        objections = {
            "the act is another command's": before is None
            and fact.act_position != row.position - row.fact_index,
            "not the charge that was denied or withheld": before is not None
            and not self._repeats(before, fact),
            "not quantity times price": fact.amount != amount(fact.quantity, fact.price),
            "not the tariff's price": fact.of_kind != MEDICINE and not self._is_tariffs(fact),
            "its tariff does not hold on the day": fact.of_kind != MEDICINE
            and fact.attempt == ATTEMPT_FIRST  # a later attempt claims what was priced before
            and not self._is_in_force(fact),
            "in a period whose statement is formed": fact.key in self._closed,
        }
        for objection in (text for text, holds in objections.items() if holds):
            self._findings.add(Kind.CHARGE_ALTERED, self._log, row.position, objection)
        self._charges[fact.key].append(row.position)

    def _is_tariffs(self, fact: Accrued) -> bool:
        price = self._published.price(fact.tariff)
        return fact.price.base == price or (price is None and self._findings.unread)

    def _is_in_force(self, fact: Accrued) -> bool:
        """Tell whether a tariff held on the day of the act when that was priced."""
        return self._published.holds(fact.tariff, fact.day) or (
            self._published.price(fact.tariff) is None  # said already, or unread
        )

    def _take_medicine(self, row: RecordRow, fact: Fact) -> None:
        """Make the price of a medicine again; of an erased dispense nothing is known any more."""
        self._dispenses.absorb(row.position, fact)
        if not isinstance(fact, Accrued | Withheld) or fact.of_kind != MEDICINE:
            return
        if self._dispenses.is_read(fact.act_position):
            objections = [*self._dispenses.objections(fact)]
        else:
            found = self._connection.execute(
                "SELECT topic FROM records WHERE log = %s AND position = %s",
                (self._log, fact.act_position),
            ).fetchone()
            is_dispense = found == (DispenseProcessed.TOPIC,)
            objections = [] if is_dispense else ["its act hands nothing out"]
        for objection in objections:
            self._findings.add(Kind.CHARGE_ALTERED, self._log, row.position, objection)

    def _take_flag(self, row: RecordRow, fact: Fact) -> None:
        self._flags.absorb(row, fact)
        if not isinstance(fact, ChargeFlagged) or self._findings.unread:
            return
        for objection in self._flags.objections(fact):
            self._findings.add(Kind.CHARGE_ALTERED, self._log, row.position, objection)

    def _begun(self, stream: UUID) -> Fact | None:
        read = self._reread(
            "SELECT position FROM records WHERE log = %s AND stream_id = %s AND stream_version = 1",
            (self._log, stream),
        )
        return read[0][1] if read else None

    def _repeats(self, before: UUID, again: Accrued) -> bool:
        """Tell whether a charge claims the act of the one before it, at its price if it had one."""
        was = self._begun(before)
        if was is None:
            return self._findings.unread
        if isinstance(was, Withheld):
            return _settles(was, again)
        same = {"charge": again.charge, "attempt": again.attempt, "period": again.period}
        return (
            isinstance(was, Accrued)
            and was.attempt + 1 == again.attempt
            and was.model_copy(update=same) == again
        )

    def _take_acceptance(self, row: RecordRow, fact: Accepted | Reviewed) -> None:
        formed = self.statements.get(fact.statement)
        if formed is None:
            return
        formed.accepted = fact.accepted if isinstance(fact, Reviewed) else fact.total
        formed.unnamed = fact.total - formed.accepted
        if fact.total != formed.fact.total:
            self._findings.add(Kind.STATEMENT_ALTERED, self._log, row.position, "another total")

    def _take_denial(self, row: RecordRow, fact: ChargeDenied) -> None:
        formed = self.statements.get(fact.statement)
        if formed is None:
            return
        formed.unnamed -= fact.amount
        is_last = row.fact_index == row.fact_count - 1
        if formed.unnamed < 0 or (is_last and formed.unnamed):
            text = "the denied lines do not add up to what was denied"
            self._findings.add(Kind.STATEMENT_ALTERED, self._log, row.position, text)

    def _take_adjustment(self, row: RecordRow, fact: ChargeAdjusted) -> None:
        formed = self.statements.get(fact.statement)
        objections = {
            "in a period whose statement is formed": fact.key in self._closed,
            "of a line that no statement holds": formed is None and not self._findings.unread,
            "by nothing": fact.amount == 0,
        }
        for objection in (text for text, holds in objections.items() if holds):
            self._findings.add(Kind.CHARGE_ALTERED, self._log, row.position, objection)
        self._charges[fact.key].append(row.position)

    def _take_withdrawal(self, row: RecordRow, fact: ChargeWithdrawn) -> None:
        """Take a charge out of its open period; a withheld one stands in none."""
        key = fact.key
        if key is None:
            return
        if key in self._closed:
            text = "withdrawn from a period whose statement is formed"
            self._findings.add(Kind.CHARGE_ALTERED, self._log, row.position, text)
            return
        found = self._connection.execute(
            "SELECT position FROM records WHERE log = %s AND stream_id = %s AND stream_version = 1",
            (self._log, fact.charge),
        ).fetchone()
        held = self._charges[key]
        if found is not None and found[0] in held:
            held.remove(found[0])
            if not held:
                del self._charges[key]
        elif not self._findings.unread:
            text = "withdrawn where it was never accrued"
            self._findings.add(Kind.CHARGE_ALTERED, self._log, row.position, text)

    def _take_statement(self, row: RecordRow, fact: Formed) -> None:
        key = fact.key
        self.statements[fact.statement] = FormedStatement(row.position, row.chain_value, fact)
        folded = self._fold(key)
        self._closed.add(key)
        if self._findings.unread:
            return  # a charge that cannot be read may be missing from the fold
        said = (fact.provider, fact.payer, fact.as_of, fact.count, fact.total, fact.digest)
        if folded is None or said != (
            *(folded.provider, folded.payer, folded.as_of),
            *(len(folded.lines), folded.total, folded.digest()),
        ):
            self._findings.add(Kind.STATEMENT_ALTERED, self._log, row.position, "not the fold")

    def _take_settling(self, row: RecordRow, fact: Fact) -> None:
        """Take what makes less of a debt, whichever side owes it."""
        if isinstance(fact, PaymentRecorded | StatementOffset | RefundRecorded):
            self._check_balance(row, [each.amount for each in fact.postings])
        match fact:
            case PaymentRecorded() | StatementOffset():
                self._take_payment(row, fact)
            case RefundRecorded() | StatementRecovered():
                self._take_recovery(row, fact)
            case _:
                pass

    def _take_payment(self, row: RecordRow, fact: PaymentRecorded | StatementOffset) -> None:
        formed = self.statements.get(fact.statement)
        if formed is None:
            return
        formed.paid += fact.amount
        if formed.paid > max(0, formed.accepted):
            text = "paid beyond what was accepted"
            self._findings.add(Kind.STATEMENT_ALTERED, self._log, row.position, text)

    def _take_recovery(self, row: RecordRow, fact: RefundRecorded | StatementRecovered) -> None:
        formed = self.statements.get(fact.statement)
        if formed is None:
            return
        formed.recovered += fact.amount
        if formed.recovered > max(0, -formed.accepted):
            text = "recovered beyond what is owed back"
            self._findings.add(Kind.STATEMENT_ALTERED, self._log, row.position, text)

    def _check_digest(self, row: RecordRow, statement: UUID, digest: str) -> None:
        formed = self.statements.get(statement)
        if formed is not None and formed.fact.digest != digest:
            self._findings.add(Kind.STATEMENT_ALTERED, self._log, row.position, "another digest")

    def _fold(self, key: StatementKey) -> Statement | None:
        """Read the charges again; they were checked when the walk passed them."""
        positions = self._charges.pop(key, None)
        if positions is None:
            return None
        found = [
            (position, fact)
            for position, fact in self._reread_at(list(positions))
            if isinstance(fact, Accrued | ChargeAdjusted)
        ]
        if not found:
            return None
        _, first = found[0]
        lines = [fact.as_line(position) for position, fact in found]
        try:
            return fold(key, first.provider, first.payer, lines)
        except ValueError:  # a total no column could hold was never formed
            return None

    def _reread(self, statement: str, parameters: tuple[object, ...]) -> list[tuple[int, Fact]]:
        """Read the facts at the positions that a query gives."""
        rows = self._connection.execute(statement.encode(), parameters).fetchall()
        return self._reread_at([position for (position,) in rows])

    def _reread_at(self, positions: list[int]) -> list[tuple[int, Fact]]:
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_CHARGES.encode(), (self._log, positions)).fetchall()
        return [
            (row.position, fact)
            for row, fact in self._bodies.reread((RecordRow(*each[:14]), each[14]) for each in rows)
            if fact is not None
        ]


def _settles(withheld: Withheld, charge: Accrued) -> bool:
    """Tell whether a charge prices the act that was withheld, and what was known of its worth."""
    names = ["act_log", "act_position", "provider", "performer", "day", "of_kind"]
    if withheld.of_kind != "case":  # which group a case falls into, fsck/cases.py derives
        names.append("service")
        known = ("package", "quantity", "amount") if isinstance(withheld, ChargeWithheld) else ()
        names += [each for each in known if getattr(withheld, each) is not None]
    instead = (
        each.unreferred if isinstance(each, ChargeWithheld | ChargeAccrued) else None
        for each in (withheld, charge)
    )
    return (
        charge.attempt == 1
        and len({*instead}) == 1
        and all(getattr(charge, name) == getattr(withheld, name) for name in names)
    )
