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
from ehealth_ledger.values.parameters.charge import SERVICES_WITHOUT_REFERRAL
from ehealth_ledger.values.parameters.monitoring import (
    DIAGNOSES_BY_SERVICE,
    RULES,
    SERVICES_BY_REFERRAL,
)

PARAMETERS: Final = (
    *(RULES, DIAGNOSES_BY_SERVICE, SERVICES_BY_REFERRAL),
    SERVICES_WITHOUT_REFERRAL,
)

Whom = Callable[[Any, frozenset[str]], PatientId | None]
"""Name the patient on whom an act is priced, or None; some services earn without a referral."""


def announce(command: StaffCommand, services: Iterable[str], wanted: Wanted) -> None:
    """Announce tariffs, contracts and cut-offs."""
    wanted.services.update(services)
    wanted.providers.add(command.legal_entity)
    wanted.cut_offs = True


def watching(whom: Whom) -> Leads:
    """Name what the rules of monitoring ask, of those that were ever turned on.

    What no rule asks is not read: an act has many others behind it, and most of them matter to
    nobody.
    """

    def lookups(command: StaffCommand, states: States, wanted: Wanted) -> None:
        patient = whom(command, _unreferred(states))
        if patient is not None and _is_used(states, DUPLICATE_SERVICE):
            wanted.acts_on.add(patient)
        if patient is not None and _is_used(states, PERFORMER_WITHOUT_ROLE):
            wanted.role_employees.add(command.employee)

    def found(command: StaffCommand, states: States, asked: Lookups) -> Ids:
        patient = whom(command, _unreferred(states))
        if patient is None:
            return
        if _is_used(states, OVER_CEILING):
            yield from asked.contracts.of_provider(command.legal_entity)
        if _is_used(states, DUPLICATE_SERVICE):
            for act in asked.resources.acts_on(patient) or ():
                yield from first_of(act)
        if _is_used(states, PERFORMER_WITHOUT_ROLE):
            yield from asked.employee_roles.of_employee(command.employee) or ()

    asked = tuple(map(parameter_stream, (RULES, SERVICES_WITHOUT_REFERRAL)))
    return Leads(lambda _: asked, lookups, found)


def _unreferred(states: States) -> frozenset[str]:
    """Return the services that earn without a referral at any time."""
    state = states.get(parameter_stream(SERVICES_WITHOUT_REFERRAL))
    if not isinstance(state, Parameter):
        return frozenset()
    lists = (each for each in state.values.values if isinstance(each, tuple))
    return frozenset(service for each in lists for service in each)


def _is_used(states: States, rule: str) -> bool:
    """Tell whether a rule is on at any time, whichever day a law may ask for."""
    state = states.get(parameter_stream(RULES))
    if not isinstance(state, Parameter):
        return False
    return any(isinstance(value, dict) and rule in value for value in state.values.values)
