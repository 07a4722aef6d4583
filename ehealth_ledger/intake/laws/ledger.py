"""Map the opening of a ledger to its law."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import ledger
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.intake.law import Law, LawTable

LAWS: Final[LawTable] = {
    OpenLedger: Law(
        ledger.open_ledger,
        brings=lambda c: (
            c.ledger,
            c.resource.payer.id,
            *(a.id for a in c.resource.administrators),
        ),
    ),
}
