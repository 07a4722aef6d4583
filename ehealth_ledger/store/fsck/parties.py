"""Compare whom the vault leads a tax id to with the person whom the records employ under it.

The vault tells a registration which person at work a tax id belongs to. A row that leads elsewhere
would employ somebody else from then on, and every signature after it would be judged by his papers.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.vault import Vault

LOST: Final = "the vault leads the tax id to nobody"
ELSEWHERE: Final = "the vault leads the tax id to another person"
ANOTHER: Final = "the vault leads another tax id to the person"


class Parties:
    """Hold the people of one log by the blind index of their tax ids, each where first employed."""

    def __init__(self, log: str, findings: Findings) -> None:
        self._log = log
        self._findings = findings
        self._employed: dict[str, tuple[UUID, int]] = {}

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in whom a fact employs."""
        if isinstance(fact, EmployeeRegistered):
            self._employed.setdefault(fact.tax_index, (fact.party, row.position))

    def finish(self, vault: Vault) -> None:
        """Name each person to whom the vault does not lead, or leads by another tax id.

        A row of which the records know neither side is none: its registration was refused.
        """
        missing = dict(self._employed)
        first = dict(self._employed.values())
        for index, party in vault.parties():
            employed, position = missing.pop(index.hex(), (None, 0))
            if employed is not None and employed != party:
                self._add(position, ELSEWHERE)
            elif employed is None and party in first:
                self._add(first[party], ANOTHER)
        for _, position in missing.values():
            self._add(position, LOST)

    def _add(self, position: int, detail: str) -> None:
        self._findings.add(Kind.PARTY_ALTERED, self._log, position, detail)
