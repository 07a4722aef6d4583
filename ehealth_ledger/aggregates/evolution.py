"""Fold a stream's facts into its state: one hand-written list of nouns, each with its own table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ehealth_ledger.aggregates import (
    approval,
    care_plan,
    charge,
    composition,
    contract,
    contract_month,
    cut_off,
    declaration,
    diagnostic_report,
    directory,
    division,
    employee,
    employee_role,
    encounter,
    episode,
    grouping,
    healthcare_service,
    ledger,
    legal_entity,
    licence,
    medical_program,
    medication,
    parameter,
    party,
    patient,
    procedure,
    program_provision,
    referral,
    service,
    specimen,
    statement,
    tariff,
)
from ehealth_ledger.aggregates.prescription import state as prescription
from ehealth_ledger.events.fact import Fact

# Any: each function takes the state and the facts of its own aggregate; the table's keys keep them
# apart.
Evolve = Callable[[Any, Any], object | None]

_NOUNS: Final[tuple[Mapping[type[Fact], Evolve], ...]] = (
    ledger.EVOLVE,
    parameter.EVOLVE,
    directory.EVOLVE,
    service.EVOLVE,
    legal_entity.EVOLVE,
    division.EVOLVE,
    licence.EVOLVE,
    employee.EVOLVE,
    party.EVOLVE,
    healthcare_service.EVOLVE,
    employee_role.EVOLVE,
    patient.EVOLVE,
    declaration.EVOLVE,
    medication.EVOLVE,
    medical_program.EVOLVE,
    program_provision.EVOLVE,
    prescription.EVOLVE,
    tariff.EVOLVE,
    grouping.EVOLVE,
    contract.EVOLVE,
    cut_off.EVOLVE,
    referral.EVOLVE,
    episode.EVOLVE,
    care_plan.EVOLVE,
    approval.EVOLVE,
    encounter.EVOLVE,
    specimen.EVOLVE,
    diagnostic_report.EVOLVE,
    procedure.EVOLVE,
    composition.EVOLVE,
    contract_month.EVOLVE,
    charge.EVOLVE,
    statement.EVOLVE,
)

EVOLVE: Final[Mapping[type[Fact], Evolve]] = MappingProxyType(
    {fact: function for noun in _NOUNS for fact, function in noun.items()}
)


def evolve(state: object | None, fact: Fact) -> object | None:
    """Take one fact into a stream's state; a fact that happened is never refused."""
    return EVOLVE[type(fact)](state, fact)
