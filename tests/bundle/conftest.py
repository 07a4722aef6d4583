"""Give tests of bundles the ledger of the audit's tests, which nobody alters here."""

from __future__ import annotations

from tests.audit.conftest import original

__all__ = ["original"]
