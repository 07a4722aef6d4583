"""Judge whether the system may act by itself: signed by the ledger, for a reason, when it is due.

What makes each act due is its own noun's law; `verify` looks the reason up again in the log.
"""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Reason, SystemCommand
from ehealth_ledger.commands.signed import LedgerSigner
from ehealth_ledger.errors import RuleBroken


def acting_system(case: Case[SystemCommand]) -> Reason:
    """Return why the system acts, proven by the ledger's signature, or refuse."""
    if not isinstance(case.command.signer, LedgerSigner):
        raise RuleBroken("system.signed_by_staff", "$.command", expected="a command of a person")
    reason = case.command.body.reason
    if reason.position > case.basis:
        raise RuleBroken(
            "system.reason_unknown",
            "$.reason.position",
            last=case.basis,
            expected=f"a position up to {case.basis}",
        )
    return reason
