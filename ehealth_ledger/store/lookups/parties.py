"""Look up people at work, in the vault: no table of the ledger holds a tax id."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import PartyId

NOBODY: Final = PartyId(UUID(int=0))


class Parties:
    """Serve `aggregates.lookups.PartyLookup`."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of_tax_id(self, tax_id: str) -> PartyId:
        """Return the person behind a tax id; intake made the key before."""
        return self._vault.ensure_party(tax_id)

    def tax_index(self, tax_id: str) -> str:
        """Return the keyed blind index of a tax id, in hexadecimal."""
        return self._vault.tax_index(tax_id).hex()


class KnownParties(Parties):
    """Answer without making anything: for whoever asks beforehand."""

    def of_tax_id(self, tax_id: str) -> PartyId:
        """Return the person behind a tax id; one whom nobody has met stands as nobody."""
        return self._vault.known_party(tax_id) or NOBODY
