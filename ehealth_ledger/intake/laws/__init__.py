"""Map each command to its law: one hand-written table a noun, joined here.

Reading the tables is reading what the ledger does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.commands.command import Command
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.intake.laws import (
    approval,
    care_plan,
    contract,
    contract_month,
    declaration,
    diagnostics,
    directory,
    dispense,
    encounter,
    episode,
    erasure,
    grouping,
    ledger,
    medical_program,
    medication,
    money,
    parameter,
    patient,
    prescription,
    program_provision,
    referral,
    registry,
    service,
)

_NOUNS: Final[tuple[LawTable, ...]] = (
    ledger.LAWS,
    parameter.LAWS,
    directory.LAWS,
    service.LAWS,
    registry.LAWS,
    patient.LAWS,
    erasure.LAWS,
    declaration.LAWS,
    referral.LAWS,
    episode.LAWS,
    care_plan.LAWS,
    approval.LAWS,
    encounter.LAWS,
    diagnostics.LAWS,
    medication.LAWS,
    medical_program.LAWS,
    program_provision.LAWS,
    prescription.LAWS,
    dispense.LAWS,
    contract.LAWS,
    contract_month.LAWS,
    money.LAWS,
    grouping.LAWS,
)

LAWS: Final[Mapping[type[Command], Law]] = MappingProxyType(
    {command: law for noun in _NOUNS for command, law in noun.items()}
)
