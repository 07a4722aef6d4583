"""List every command by its published name and version.

The table is closed: nothing is imported by a name read from bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.commands import (
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
    month,
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
from ehealth_ledger.commands.command import Command

_NOUNS: Final[tuple[tuple[type[Command], ...], ...]] = (
    ledger.COMMANDS,
    parameter.COMMANDS,
    directory.COMMANDS,
    service.COMMANDS,
    legal_entity.COMMANDS,
    division.COMMANDS,
    licence.COMMANDS,
    employee.COMMANDS,
    party.COMMANDS,
    healthcare_service.COMMANDS,
    employee_role.COMMANDS,
    patient.COMMANDS,
    confidant.COMMANDS,
    erasure.COMMANDS,
    declaration.COMMANDS,
    medication.COMMANDS,
    medical_program.COMMANDS,
    program_provision.COMMANDS,
    prescription.COMMANDS,
    dispense.COMMANDS,
    tariff.COMMANDS,
    grouping.COMMANDS,
    contract.COMMANDS,
    cut_off.COMMANDS,
    referral.COMMANDS,
    episode.COMMANDS,
    care_plan.COMMANDS,
    approval.COMMANDS,
    encounter.COMMANDS,
    specimen.COMMANDS,
    diagnostic_report.COMMANDS,
    procedure.COMMANDS,
    composition.COMMANDS,
    capitation.COMMANDS,
    global_rate.COMMANDS,
    month.COMMANDS,
    charge.COMMANDS,
    statement.COMMANDS,
    payment.COMMANDS,
)

COMMANDS: Final[Mapping[tuple[str, int], type[Command]]] = MappingProxyType(
    {(kind.NAME, kind.VERSION): kind for noun in _NOUNS for kind in noun}
)
NAMES: Final = frozenset(name for name, _ in COMMANDS)
