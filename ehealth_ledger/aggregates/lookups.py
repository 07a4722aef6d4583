"""Say what the laws may ask about other streams.

`store/lookups.py` answers, exact under the head lock.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol
from uuid import UUID

from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import Statement, StatementKey
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    LegalEntityId,
    PartyId,
    PatientId,
    StatementId,
)
from ehealth_ledger.values.time import Month


class Lookups(Protocol):
    """Answer from index tables and the vault.

    Asking what the law did not announce is a programming error.
    """

    def id_is_taken(self, wanted: UUID) -> bool:
        """Tell whether any resource of the ledger has this id."""

    def party(self, tax_id: str) -> PartyId:
        """Return the person at work behind a tax id.

        The vault made the id and the key beforehand.
        """

    def tax_index(self, tax_id: str) -> str:
        """Return the keyed blind index of a tax id, in hexadecimal."""

    def legal_entity_by_edrpou(self, edrpou: str) -> LegalEntityId | None:
        """Return the institution registered under a code."""

    def active_declaration(self, patient: PatientId) -> DeclarationId | None:
        """Return the patient's active declaration."""

    def tariff(self, service: str, day: date) -> TariffInForce | None:
        """Return the tariff of a service (`system|code`) on a day."""

    def tariff_overlaps(self, service: str, first_day: date, last_day: date) -> bool:
        """Tell whether a tariff of the service is in force on one of these days."""

    def contract(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        """Return the contract that buys a package from a provider on a day."""

    def contract_overlaps(
        self, provider: LegalEntityId, package: str, first_day: date, last_day: date
    ) -> bool:
        """Tell whether the provider has a contract for the package on one of these days."""

    def cut_off(self, period: Month) -> int | None:
        """Return the cut-off of a month, microseconds UTC."""

    def statement_of(self, key: StatementKey) -> StatementId | None:
        """Return the statement already formed for a contract, package and period."""

    def folded(self, key: StatementKey) -> Statement | None:
        """Return the statement folded outside the head lock; None for a period without charge."""

    def first_record_of(self, statement: StatementId) -> tuple[int, str] | None:
        """Return position and chain value (hexadecimal) of the record that formed a statement."""

    def bank_reference_is_taken(self, reference: str) -> bool:
        """Tell whether a payment carries this bank reference already."""
