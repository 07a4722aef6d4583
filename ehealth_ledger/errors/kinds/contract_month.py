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
    "contract_month.not_reckoned": RefusalKind(
        422, "The contract's month was never reckoned, so that nothing of it is withheld"
    ),
    "contract_month.nothing_withheld": RefusalKind(
        409, "Nothing of the month waits for a tariff: each package has its price"
    ),
    "contract_month.already_settled": RefusalKind(
        409, "What the month withheld was settled already: it is paid once"
    ),
    "contract_month.contract_suspended": RefusalKind(
        409, "The contract was suspended when the month began: nothing is owed for it"
    ),
    "contract_month.still_no_tariff": RefusalKind(
        409, "No tariff prices what the month withheld yet", retry=True
    ),
}
