"""Judge encounter packages: recorded whole, cancelled by signing all of them again."""

from __future__ import annotations

from ehealth_ledger.aggregates.encounter.cancel import cancel
from ehealth_ledger.aggregates.encounter.coded import coded
from ehealth_ledger.aggregates.encounter.record import record
from ehealth_ledger.aggregates.encounter.state import EVOLVE, Encounter, Status

__all__ = ["EVOLVE", "Encounter", "Status", "cancel", "coded", "record"]
