"""Judge encounter packages: recorded whole, cancelled by signing all of them again."""

from __future__ import annotations

from ehealth_ledger.aggregates.encounter.cancel import PRICED_KIND, cancel
from ehealth_ledger.aggregates.encounter.coded import coded
from ehealth_ledger.aggregates.encounter.record import record
from ehealth_ledger.aggregates.encounter.state import EVOLVE, Encounter, Status

__all__ = ["EVOLVE", "PRICED_KIND", "Encounter", "Status", "cancel", "coded", "record"]
