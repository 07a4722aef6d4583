"""Announce what it takes to price an act on a patient, and to watch its charge.

Commands that earn something share this; the table of no noun stands here.
"""

from __future__ import annotations

from collections.abc import Iterable

from ehealth_ledger.aggregates.charge import first_of
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.intake.law import Ids
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import PatientId
from ehealth_ledger.values.parameters.monitoring import DIAGNOSES_BY_SERVICE, RULES

PARAMETERS = (RULES, DIAGNOSES_BY_SERVICE)


def announce(
    command: StaffCommand, services: Iterable[str], patient: PatientId, wanted: Wanted
) -> None:
    """Announce tariffs, contracts and cut-offs, and what the rules of monitoring ask."""
    wanted.services.update(services)
    wanted.providers.add(command.legal_entity)
    wanted.cut_offs = True
    wanted.acts_on.add(patient)
    wanted.role_employees.add(command.employee)


def streams_found(command: StaffCommand, patient: PatientId, lookups: Lookups) -> Ids:
    """Name the provider's contracts, the charges of other acts, the performer's roles."""
    yield from lookups.contracts.of_provider(command.legal_entity)
    for act in lookups.resources.acts_on(patient):
        yield from first_of(act)
    yield from lookups.employee_roles.of_employee(command.employee)
