"""Know who was employed where, and check that each signer might act (rules 2, 4 and 5).

What the law asked at the moment of an act is asked again, of the facts that stood before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Final, TypeVar
from uuid import UUID

from ehealth_ledger.aggregates.employee import Employee, Status
from ehealth_ledger.aggregates.entitlement import MAY_ORDER, WHILE_SUSPENDED
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.aggregates.legal_entity import Status as EntityStatus
from ehealth_ledger.aggregates.party import Party
from ehealth_ledger.commands.command import Command, PatientCommand, StaffCommand, SystemCommand
from ehealth_ledger.commands.signed import LedgerSigner, PatientSigner, Signer, StaffSigner
from ehealth_ledger.events.employee import EmployeeFact, EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityFact
from ehealth_ledger.events.party import PartyFact
from ehealth_ledger.store.fsck.chain import StoredCommand
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved


def _is_system(command: Command, signer: Signer) -> bool:
    """Tell whether the ledger itself signed what is its own; fsck/due.py goes on from there."""
    return isinstance(command, SystemCommand) and isinstance(signer, LedgerSigner)


TaxIndex = Callable[[str], bytes]
S = TypeVar("S")

_ABOUT_ACTORS: Final = (EmployeeFact, LegalEntityFact, PartyFact)


class Actors:
    """Hold what was said of employments, institutions and people, each step with its position."""

    def __init__(self, tax_index: TaxIndex) -> None:
        self._tax_index = tax_index
        self._steps: dict[UUID, list[tuple[int, object | None]]] = defaultdict(list)
        self._erased: set[UUID] = set()  # employments of people whose key is gone

    def absorb(self, row: RecordRow, fact: Fact | None) -> None:
        """Take in what a fact says of who may act."""
        if fact is None:
            if row.topic == EmployeeRegistered.TOPIC:
                self._erased.add(row.stream_id)
        elif isinstance(fact, _ABOUT_ACTORS):
            steps = self._steps[row.stream_id]
            before = steps[-1][1] if steps else None
            steps.append((row.position, evolve(before, fact)))

    def is_job_of(self, employee: UUID, party: UUID) -> bool:
        """Tell whether an employment is that of a person."""
        steps = self._steps.get(employee, ())
        return any(isinstance(each, Employee) and each.party == party for _, each in steps)

    def objection(self, proved: Proved, *, all_read: bool) -> str | None:
        """Say why the signer was not entitled to the act; None where all is in order.

        `all_read` is False where a damaged record may have said otherwise: of what has changed
        since, nothing is held against anybody then.
        """
        command, signer = proved.command, proved.signer
        if isinstance(command, PatientCommand) or isinstance(signer, PatientSigner):
            return None  # fsck/patients.py judges those
        if not isinstance(command, StaffCommand) or not isinstance(signer, StaffSigner):
            return None if _is_system(command, signer) else "signed by the wrong kind of signer"
        if command.employee in self._erased:
            return None
        if command.employee not in self._steps:
            return "no such employee" if all_read else None
        employment = self._known(Employee, command.employee, proved.stored)
        if employment is None:
            return "the employee was registered later"
        if self._tax_index(signer.tax_id).hex() != employment.tax_index:
            return "the signer is not the acting employee"
        if command.legal_entity != employment.legal_entity:
            return "the employee works for another legal entity"
        institution = self._known(LegalEntity, employment.legal_entity, proved.stored)
        # A person who is the institution signs by tax id and has no entity code.
        if institution is not None and signer.edrpou not in (None, institution.edrpou):
            return "the certificate names another legal entity"
        allowed = MAY_ORDER.get(type(command))
        if allowed is not None and employment.type not in allowed:
            return f"an employee of type {employment.type} may not order this"
        if not all_read:
            return None
        party = self._known(Party, employment.party, proved.stored)
        return _barred(command, proved.stored.first.recorded_at, employment, institution, party)

    def _known(self, kind: type[S], stream_id: UUID, command: StoredCommand) -> S | None:
        """Return what stood before a command; where nothing did, what the command itself began."""
        steps = self._steps.get(stream_id, ())
        state = next((each for at, each in reversed(steps) if at < command.first.position), None)
        # Whoever opens the ledger or registers an institution is registered by that very command.
        if state is None and steps and steps[0][0] <= command.last.position:
            state = steps[0][1]
        return state if isinstance(state, kind) else None


def _barred(
    command: Command,
    recorded_at: int,
    employment: Employee,
    institution: LegalEntity | None,
    party: Party | None,
) -> str | None:
    """Say what had happened to the employment, the institution or the person before the act."""
    if employment.status is not Status.APPROVED:
        return "the employee had been dismissed"
    if institution is not None and institution.status is not EntityStatus.ACTIVE:
        suspended = institution.status is EntityStatus.SUSPENDED
        if not (suspended and type(command) in WHILE_SUSPENDED):
            return f"the legal entity was {institution.status.value}"
    if party is not None and party.deceased:
        return "the person had died"
    if party is not None and party.barred_from is not None and party.barred_from <= recorded_at:
        return "the person was not verified"
    return None
