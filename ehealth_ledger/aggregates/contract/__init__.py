"""Judge contracts between the payer and institutions."""

from ehealth_ledger.aggregates.contract.state import EVOLVE, Contract, ContractRequest

__all__ = ["EVOLVE", "Contract", "ContractRequest"]
