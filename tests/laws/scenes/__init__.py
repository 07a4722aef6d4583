"""Set one accepted scene a command; the tables take them and change one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.commands.command import PatientCommand, SystemCommand
from tests.laws.bench import Scene
from tests.laws.scenes import (
    approval,
    care_plan,
    contract,
    contract_month,
    declaration,
    diagnostics,
    directory,
    encounter,
    episode,
    erasure,
    grouping,
    ledger,
    medication,
    money,
    parameter,
    patient,
    prescription,
    referral,
    registry,
)

_NOUNS: Final = (
    ledger.SCENES,
    parameter.SCENES,
    directory.SCENES,
    registry.SCENES,
    patient.SCENES,
    erasure.SCENES,
    declaration.SCENES,
    referral.SCENES,
    episode.SCENES,
    care_plan.SCENES,
    approval.SCENES,
    encounter.SCENES,
    diagnostics.SCENES,
    medication.SCENES,
    prescription.SCENES,
    contract.SCENES,
    contract_month.SCENES,
    money.SCENES,
    grouping.SCENES,
)
SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    command: scene for noun in _NOUNS for command, scene in noun.items()
}
SYSTEM: Final = frozenset(
    name for (name, _), kind in COMMANDS.items() if issubclass(kind, SystemCommand)
)
"""Name what the ledger does by itself: no employee acts there."""
PATIENTS: Final = frozenset(
    name for (name, _), kind in COMMANDS.items() if issubclass(kind, PatientCommand)
)
"""Name what patients sign themselves."""
