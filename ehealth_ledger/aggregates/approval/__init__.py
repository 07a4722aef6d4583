"""Judge access that patients grant: asked for, confirmed in time, ended (rule 64)."""

from __future__ import annotations

from ehealth_ledger.aggregates.approval.request import request
from ehealth_ledger.aggregates.approval.settle import EXPIRY_RULE, cancel, confirm, expire
from ehealth_ledger.aggregates.approval.state import (
    EVOLVE,
    AnyApprovalFact,
    Approval,
    Status,
    evolve,
    write_approval,
)

__all__ = [
    "EVOLVE",
    "EXPIRY_RULE",
    "AnyApprovalFact",
    "Approval",
    "Status",
    "cancel",
    "confirm",
    "evolve",
    "expire",
    "request",
    "write_approval",
]
