"""Refuse the opening of a ledger, and commands before it."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "ledger.already_open": RefusalKind(409, "The ledger has its first record"),
    "ledger.not_open": RefusalKind(503, "The ledger has no first record yet", retry=True),
    "ledger.genesis_mismatch": RefusalKind(
        422,
        "The opening command names other keys or another trust store than this deployment holds",
    ),
    "ledger.administrator_not_signer": RefusalKind(
        403, "One of the administrators it names opens a ledger"
    ),
}
