"""Join the parameters of every noun into the one closed catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.values.parameters import (
    approval,
    charge,
    contract,
    declaration,
    diagnostics,
    dispense,
    encounter,
    episode,
    monitoring,
    patient,
    prescription,
    referral,
    registry,
)
from ehealth_ledger.values.parameters.definition import Definition

_NOUNS: Final[tuple[tuple[Definition, ...], ...]] = (
    registry.PARAMETERS,
    patient.PARAMETERS,
    declaration.PARAMETERS,
    episode.PARAMETERS,
    referral.PARAMETERS,
    approval.PARAMETERS,
    charge.PARAMETERS,
    encounter.PARAMETERS,
    prescription.PARAMETERS,
    dispense.PARAMETERS,
    diagnostics.PARAMETERS,
    contract.PARAMETERS,
    monitoring.PARAMETERS,
)

DEFINITIONS: Final[Mapping[str, Definition]] = MappingProxyType(
    {each.name: each for noun in _NOUNS for each in noun}
)
