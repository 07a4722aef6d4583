"""Hold an institution's state; the modules beside judge what is asked about it."""

from ehealth_ledger.aggregates.legal_entity.state import EVOLVE, LegalEntity, Status, evolve

__all__ = ["EVOLVE", "LegalEntity", "Status", "evolve"]
