"""Look up payments."""

from __future__ import annotations

from typing import ClassVar

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.store.lookups.lookup import Lookup, rows_by


class Payments(Lookup):
    """Serve `aggregates.lookups.PaymentLookup`."""

    FACTS: ClassVar[tuple[type[Fact], ...]] = (PaymentRecorded, RefundRecorded)

    def __init__(self, cursor: psycopg.Cursor, references: set[str]) -> None:
        self._references = {
            reference
            for (reference,) in rows_by(
                cursor,
                "SELECT bank_reference FROM payments WHERE bank_reference = ANY(%s)",
                references,
            )
        }

    def reference_is_taken(self, reference: str) -> bool:
        """Tell whether a payment or a refund carries this bank reference already."""
        return reference in self._references

    def absorb(self, fact: Fact, position: int) -> None:  # noqa: ARG002 - the answer is a reference
        """Take in a payment or a refund."""
        if isinstance(fact, PaymentRecorded | RefundRecorded):
            self._references.add(fact.bank_reference)
