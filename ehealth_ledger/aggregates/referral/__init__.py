"""Judge referrals: issued once, redeemed by one institution at a time, completed by who redeemed.

`state` holds where a referral stands; `issue`, `use` and `withdraw` are what happens to it.
"""

from __future__ import annotations

from ehealth_ledger.aggregates.referral.issue import issue
from ehealth_ledger.aggregates.referral.program import process, qualify
from ehealth_ledger.aggregates.referral.shared import service_codes
from ehealth_ledger.aggregates.referral.state import (
    EVOLVE,
    AnyReferralFact,
    ProgramStatus,
    Referral,
    Status,
    evolve,
)
from ehealth_ledger.aggregates.referral.use import (
    complete,
    complete_by_hand,
    fulfil,
    redeem,
    release,
)
from ehealth_ledger.aggregates.referral.withdraw import cancel, expire, recall

__all__ = [
    "EVOLVE",
    "AnyReferralFact",
    "ProgramStatus",
    "Referral",
    "Status",
    "cancel",
    "complete",
    "complete_by_hand",
    "evolve",
    "expire",
    "fulfil",
    "issue",
    "process",
    "qualify",
    "recall",
    "redeem",
    "release",
    "service_codes",
]
