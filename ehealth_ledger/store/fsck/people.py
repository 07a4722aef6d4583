"""Check that whoever a fact employs is the person whom the signed content names.

What proves a signer's identity later is the keyed blind index that the fact carries: it is made
again from the tax id that was signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.employee import RegisterEmployee
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.legal_entity import ChangeHead, RegisterLegalEntity
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EmployeeId


def misnamed(
    command: Command, facts: Sequence[Fact], tax_index: Callable[[str], bytes]
) -> str | None:
    """Name the first fact that employs somebody else than was signed; None where none does."""
    for fact in facts:
        if isinstance(fact, EmployeeRegistered):
            tax_id = _signed(command, fact.employee)
            if tax_id is None or tax_index(tax_id).hex() != fact.tax_index:
                return f"{fact.TOPIC} of another person"
    return None


def _signed(command: Command, employee: EmployeeId) -> str | None:
    """Return the tax id that was signed for an employment."""
    match command:
        case RegisterEmployee(resource=asked):
            return asked.party.tax_id if asked.id == employee else None
        case RegisterLegalEntity(resource=asked) | ChangeHead(resource=asked):
            return asked.head.party.tax_id if asked.head.id == employee else None
        case OpenLedger(resource=asked):
            named = (each.party.tax_id for each in asked.administrators if each.id == employee)
            return next(named, None)
        case _:
            return None
