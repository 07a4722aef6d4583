"""Compare facts about offsets and repayments with what was signed."""

from __future__ import annotations

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.payment import RecordRefund
from ehealth_ledger.commands.statement import OffsetStatement
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import RefundRecorded
from ehealth_ledger.events.statement import StatementOffset, StatementRecovered


def agrees(command: Command, fact: Fact) -> bool:
    """Tell whether either side of an offset, or a repayment, says what was signed; others do."""
    said: tuple[object, ...]
    match command, fact:
        case OffsetStatement(resource=asked), StatementOffset():
            said = (fact.offset, fact.statement, fact.against, fact.amount)
            return said == (asked.id, asked.statement, asked.against, asked.amount)
        case OffsetStatement(resource=asked), StatementRecovered():
            said = (fact.offset, fact.by, fact.statement, fact.amount)
            return said == (asked.id, asked.statement, asked.against, asked.amount)
        case RecordRefund(resource=asked), RefundRecorded():
            said = (fact.refund, fact.statement, fact.amount, fact.bank_reference, fact.received_on)
            wanted = (asked.id, asked.statement, asked.amount)
            return said == (*wanted, asked.bank_reference, asked.received_on)
        case _:
            return True
