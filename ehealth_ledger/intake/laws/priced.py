"""Announce what it takes to price an act on a patient, and to watch its charge.

Commands that earn something share this; the table of no noun stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from ehealth_ledger.aggregates.case import Parameter
from ehealth_ledger.aggregates.charge import first_of
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.intake.law import Ids, Leads, States
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import PatientId, parameter_stream
from ehealth_ledger.values.monitoring import (
    DUPLICATE_SERVICE,
    OVER_CEILING,
    PERFORMER_WITHOUT_ROLE,
)
from ehealth_ledger.values.parameters.monitoring import DIAGNOSES_BY_SERVICE, RULES

PARAMETERS: Final = (RULES, DIAGNOSES_BY_SERVICE)


def announce(command: StaffCommand, services: Iterable[str], wanted: Wanted) -> None:
    """Announce tariffs, contracts and cut-offs."""
    wanted.services.update(services)
    wanted.providers.add(command.legal_entity)
    wanted.cut_offs = True


def watching(whom: Callable[[Any], PatientId | None]) -> Leads:
    """Name what the rules of monitoring ask, of those that were ever turned on.

    `whom` names the patient on whom an act is priced; None where nothing is. What no rule asks is
    not read: an act has many others behind it, and most of them matter to nobody.
    """

    def lookups(command: StaffCommand, states: States, wanted: Wanted) -> None:
        patient = whom(command)
        if patient is not None and _is_used(states, DUPLICATE_SERVICE):
            wanted.acts_on.add(patient)
        if patient is not None and _is_used(states, PERFORMER_WITHOUT_ROLE):
            wanted.role_employees.add(command.employee)

    def found(command: StaffCommand, states: States, asked: Lookups) -> Ids:
        patient = whom(command)
        if patient is None:
            return
        if _is_used(states, OVER_CEILING):
            yield from asked.contracts.of_provider(command.legal_entity)
        if _is_used(states, DUPLICATE_SERVICE):
            for act in asked.resources.acts_on(patient) or ():
                yield from first_of(act)
        if _is_used(states, PERFORMER_WITHOUT_ROLE):
            yield from asked.employee_roles.of_employee(command.employee) or ()

    return Leads(lambda _: (parameter_stream(RULES),), lookups, found)


def _is_used(states: States, rule: str) -> bool:
    """Tell whether a rule is on at any time, whichever day a law may ask for."""
    state = states.get(parameter_stream(RULES))
    if not isinstance(state, Parameter):
        return False
    return any(isinstance(value, dict) and rule in value for value in state.values.values)
