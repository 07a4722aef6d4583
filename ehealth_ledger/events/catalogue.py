"""List every fact by its published topic.

The table is closed: nothing is imported by a name read from storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.events import (
    approval,
    capitation,
    care_plan,
    charge,
    composition,
    confidant,
    contract,
    cut_off,
    declaration,
    diagnostic_report,
    directory,
    dispense,
    division,
    employee,
    employee_role,
    encounter,
    episode,
    erasure,
    global_rate,
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
    payment,
    prescription,
    procedure,
    program_provision,
    referral,
    service,
    specimen,
    statement,
    tariff,
)
from ehealth_ledger.events.fact import Fact

_NOUNS: Final[tuple[tuple[type[Fact], ...], ...]] = (
    ledger.FACTS,
    parameter.FACTS,
    directory.FACTS,
    service.FACTS,
    legal_entity.FACTS,
    division.FACTS,
    licence.FACTS,
    employee.FACTS,
    party.FACTS,
    healthcare_service.FACTS,
    employee_role.FACTS,
    patient.FACTS,
    confidant.FACTS,
    erasure.FACTS,
    declaration.FACTS,
    medication.FACTS,
    medical_program.FACTS,
    program_provision.FACTS,
    prescription.FACTS,
    dispense.FACTS,
    tariff.FACTS,
    grouping.FACTS,
    contract.FACTS,
    cut_off.FACTS,
    referral.FACTS,
    episode.FACTS,
    care_plan.FACTS,
    approval.FACTS,
    encounter.FACTS,
    specimen.FACTS,
    diagnostic_report.FACTS,
    procedure.FACTS,
    composition.FACTS,
    capitation.FACTS,
    global_rate.FACTS,
    charge.FACTS,
    statement.FACTS,
    payment.FACTS,
)

FACTS: Final[Mapping[str, type[Fact]]] = MappingProxyType(
    {kind.TOPIC: kind for noun in _NOUNS for kind in noun}
)
