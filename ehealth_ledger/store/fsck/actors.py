"""Know who was employed where, and check that each signer was the acting employee (rules 2, 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from ehealth_ledger.aggregates.entitlement import MAY_ORDER
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved

TaxIndex = Callable[[str], bytes]


class _Employment(NamedTuple):
    position: int
    legal_entity: UUID
    tax_index: str
    type: str


class Actors:
    """Hold the employments and institutions read so far: one entry each, for the whole check."""

    def __init__(self, tax_index: TaxIndex) -> None:
        self._tax_index = tax_index
        self._employments: dict[UUID, _Employment | None] = {}  # None: the person's key is gone
        self._codes: dict[UUID, str] = {}

    def absorb(self, row: RecordRow, fact: Fact | None) -> None:
        """Take in a registration."""
        if isinstance(fact, EmployeeRegistered):
            self._employments[fact.employee] = _Employment(
                row.position, fact.legal_entity, fact.tax_index, fact.type
            )
        elif isinstance(fact, LegalEntityRegistered):
            self._codes[fact.legal_entity] = fact.edrpou
        elif fact is None and row.topic == EmployeeRegistered.TOPIC:
            self._employments[row.stream_id] = None

    def objection(self, proved: Proved, *, all_read: bool) -> str | None:
        """Say why the signer was not entitled to the act; None where all is in order.

        `all_read` is False where a damaged record may be the one that registered the employee.
        """
        command, signer = proved.command, proved.signer
        if not isinstance(command, StaffCommand):
            return "only staff may order this"
        if command.employee not in self._employments:
            return "no such employee" if all_read else None
        employment = self._employments[command.employee]
        if employment is None:
            return None
        # Whoever opens the ledger or registers an institution is registered by that very command.
        if employment.position > proved.stored.last.position:
            return "the employee was registered later"
        if self._tax_index(signer.tax_id).hex() != employment.tax_index:
            return "the signer is not the acting employee"
        if command.legal_entity != employment.legal_entity:
            return "the employee works for another legal entity"
        code = self._codes.get(employment.legal_entity)
        # A person who is the institution signs by tax id and has no entity code.
        if code is not None and signer.edrpou not in (None, code):
            return "the certificate names another legal entity"
        allowed = MAY_ORDER.get(type(command))
        if allowed is not None and employment.type not in allowed:
            return f"an employee of type {employment.type} may not order this"
        return None
