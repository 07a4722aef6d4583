"""Refuse to reckon a contract's month."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "contract_month.not_due": RefusalKind(
        409, "The month's first day has not begun in Kyiv", retry=True
    ),
    "contract_month.other_kind": RefusalKind(
        422, "A month of a contract of this kind is not reckoned by this command"
    ),
    "contract_month.not_covered": RefusalKind(
        409, "The contract is not in force on the month's first day"
    ),
    "contract_month.already_reckoned": RefusalKind(
        409, "The contract's month was reckoned already: it is paid once"
    ),
}
