"""Map commands about referrals to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import referral
from ehealth_ledger.commands.referral import (
    CancelReferral,
    ExpireReferral,
    IssueReferral,
    RecallReferral,
    RedeemReferral,
)
from ehealth_ledger.intake.law import Law, LawTable

LAWS: Final[LawTable] = {
    IssueReferral: Law(
        referral.issue,
        streams=lambda c: (c.resource.subject.reference,),
        brings=lambda c: (c.resource.id,),
    ),
    RedeemReferral: Law(referral.redeem, streams=lambda c: (c.resource.referral,)),
    RecallReferral: Law(referral.recall, streams=lambda c: (c.resource.referral,)),
    CancelReferral: Law(referral.cancel, streams=lambda c: (c.resource.referral,)),
    ExpireReferral: Law(referral.expire, streams=lambda c: (c.resource.referral,)),
}
