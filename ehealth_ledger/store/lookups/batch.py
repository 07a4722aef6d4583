"""Gather the look-ups of every noun for one batch.

A batch reads what its commands announced, then keeps the answers current as facts are accepted, so
that a command sees the facts of the ones before it. What the facts change in the index tables is
collected on the way and written with the batch; each table's constraint is the second wall
(store/guards.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import psycopg

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.conveyor import Conveyor
from ehealth_ledger.store.indexes.catalogue import CHANGES, changes
from ehealth_ledger.store.indexes.writer import IndexWriter
from ehealth_ledger.store.lookups.approvals import Approvals
from ehealth_ledger.store.lookups.billing import Billing, Take
from ehealth_ledger.store.lookups.care_plans import CarePlans
from ehealth_ledger.store.lookups.case_tariffs import CaseTariffs
from ehealth_ledger.store.lookups.charges import Charges
from ehealth_ledger.store.lookups.contracts import Contracts
from ehealth_ledger.store.lookups.cut_offs import CutOffs
from ehealth_ledger.store.lookups.declarations import Declarations
from ehealth_ledger.store.lookups.employees import Employees
from ehealth_ledger.store.lookups.groupings import Groupings
from ehealth_ledger.store.lookups.healthcare_services import EmployeeRoles, HealthcareServices
from ehealth_ledger.store.lookups.ids import Ids
from ehealth_ledger.store.lookups.legal_entities import LegalEntities
from ehealth_ledger.store.lookups.licences import Licences
from ehealth_ledger.store.lookups.lookup import Lookup
from ehealth_ledger.store.lookups.open_matters import OpenMatters
from ehealth_ledger.store.lookups.originals import Originals
from ehealth_ledger.store.lookups.parties import Parties
from ehealth_ledger.store.lookups.patients import Patients
from ehealth_ledger.store.lookups.payments import Payments
from ehealth_ledger.store.lookups.prescriptions import Prescriptions
from ehealth_ledger.store.lookups.records import Records
from ehealth_ledger.store.lookups.resources import Resources
from ehealth_ledger.store.lookups.statements import Fold, Statements
from ehealth_ledger.store.lookups.tariffs import Tariffs
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault


class BatchLookups:
    """Serve `aggregates.lookups.Lookups` for one batch."""

    def __init__(
        self,
        cursor: psycopg.Cursor,
        wanted: Wanted,
        *,
        today: date,
        vault: Vault,
        mapper: FactMapper,
        fold: Fold,
        take: Take,
    ) -> None:
        self.ids = Ids(cursor, wanted.ids)
        self.parties = Parties(vault)
        self.legal_entities = LegalEntities(cursor, wanted.edrpous)
        self.employees = Employees(cursor, wanted, vault)
        self.healthcare_services = HealthcareServices(cursor, wanted.service_divisions)
        self.employee_roles = EmployeeRoles(cursor, wanted.role_employees)
        self.patients = Patients(cursor, wanted, vault)
        self.declarations = Declarations(cursor, wanted, vault)
        self.open_matters = OpenMatters(cursor, wanted.open_matters)
        self.records = Records(cursor, wanted.positions)
        self.resources = Resources(cursor, wanted.resources, wanted.acts_on)
        self.originals = Originals(cursor, wanted.originals, wanted.acts, mapper, vault)
        self.approvals = Approvals(cursor, wanted.approvals)
        self.care_plans = CarePlans(cursor, wanted.care_plans)
        self.charges = Charges(cursor, wanted.charges)
        self.tariffs = Tariffs(cursor, wanted.services)
        self.case_tariffs = CaseTariffs(cursor, wanted.case_days)
        self.groupings = Groupings(cursor, wanted=wanted.groupings or bool(wanted.case_days))
        self.contracts = Contracts(cursor, wanted.providers, wanted.applicants, today=today)
        self.billing = Billing(cursor, mapper, vault, take=take)
        self.cut_offs = CutOffs(cursor, wanted=wanted.cut_offs)
        self.statements = Statements(cursor, wanted.statements, wanted.first_records, fold)
        self.payments = Payments(cursor, wanted.bank_references)
        self.prescriptions = Prescriptions(
            cursor, wanted.prescription_numbers, wanted.treatments, vault
        )
        self.licences = Licences(cursor, wanted.licensed)
        self._writer = IndexWriter()
        told: tuple[Lookup, ...] = (
            self.legal_entities,
            self.employees,
            self.healthcare_services,
            self.employee_roles,
            self.patients,
            self.declarations,
            self.resources,
            self.approvals,
            self.care_plans,
            self.charges,
            self.tariffs,
            self.case_tariffs,
            self.groupings,
            self.contracts,
            self.billing,
            self.cut_offs,
            self.statements,
            self.payments,
            self.prescriptions,
            self.licences,
            *((self.open_matters,) if wanted.open_matters else ()),
        )
        self._told: dict[type[Fact], list[Lookup]] = {}
        for lookup in told:
            for fact in lookup.FACTS:
                self._told.setdefault(fact, []).append(lookup)

    def absorb(self, new_ids: Iterable[UUID], facts: Sequence[Fact], first_position: int) -> None:
        """Take in an accepted command's facts, which will stand from `first_position` on."""
        self.ids.bring(new_ids, first_position)
        for position, fact in enumerate(facts, start=first_position):
            kind = type(fact)
            for lookup in self._told.get(kind, ()):
                lookup.absorb(fact, position)
            if kind in CHANGES:
                for change in changes(fact, position):
                    self._writer.take(change)

    def send(self, conveyor: Conveyor) -> None:
        """Send the rows collected since the last time, one statement a table."""
        self.ids.send(conveyor)
        self._writer.send(conveyor)
