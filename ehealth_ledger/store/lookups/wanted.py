"""Collect what a batch's commands announce that their laws will ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from ehealth_ledger.aggregates.lookups import TreatmentKey
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    DivisionId,
    EmployeeId,
    EncounterId,
    LegalEntityId,
    PartyId,
    PatientId,
    StatementId,
)


@dataclass(slots=True)
class Wanted:
    """Hold the announced keys, noun by noun."""

    ids: set[UUID] = field(default_factory=set)
    edrpous: set[str] = field(default_factory=set)
    patient_tax_ids: set[str] = field(default_factory=set)
    patient_names: set[tuple[tuple[str, ...], date]] = field(default_factory=set)
    patient_phones: set[str] = field(default_factory=set)
    declarations: set[PatientId] = field(default_factory=set)
    open_matters: set[PatientId] = field(default_factory=set)
    employees: set[EmployeeId] = field(default_factory=set)  # whose declarations are asked for
    employers: set[LegalEntityId] = field(default_factory=set)
    service_divisions: set[DivisionId] = field(default_factory=set)
    role_employees: set[EmployeeId] = field(default_factory=set)
    declared_signers: set[str] = field(default_factory=set)  # tax ids
    declared_parties: set[PartyId] = field(default_factory=set)  # where nobody has signed yet
    positions: set[int] = field(default_factory=set)
    resources: set[UUID] = field(default_factory=set)
    acts_on: set[PatientId] = field(default_factory=set)
    originals: set[EncounterId] = field(default_factory=set)
    acts: set[int] = field(default_factory=set)  # positions of packages
    approvals: set[PatientId] = field(default_factory=set)
    care_plans: set[PatientId] = field(default_factory=set)
    charges: set[ChargeId] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    providers: set[LegalEntityId] = field(default_factory=set)
    applicants: set[LegalEntityId] = field(default_factory=set)  # whose open requests are asked for
    cut_offs: bool = False
    groupings: bool = False
    case_days: set[date] = field(default_factory=set)  # on which treated cases may have ended
    billed: set[ContractId] = field(default_factory=set)  # whose months are reckoned
    packages: set[str] = field(default_factory=set)  # whose released tariffs are asked for
    statements: set[StatementKey] = field(default_factory=set)
    first_records: set[StatementId] = field(default_factory=set)
    bank_references: set[str] = field(default_factory=set)
    prescription_numbers: set[str] = field(default_factory=set)
    treatments: set[TreatmentKey] = field(default_factory=set)
    licensed: set[LegalEntityId] = field(default_factory=set)

    def parties(self, vault: Vault) -> set[PartyId]:
        """Name the people of whom it is asked what they hold, and are, over all jobs."""
        signers = (vault.known_party(each) for each in self.declared_signers)
        return {*(each for each in signers if each is not None), *self.declared_parties}
