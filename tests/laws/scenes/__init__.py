"""Set one accepted scene a command; the tables take them and change one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.laws.bench import Scene
from tests.laws.scenes import (
    declaration,
    diagnostics,
    directory,
    encounter,
    episode,
    ledger,
    medication,
    money,
    parameter,
    patient,
    referral,
    registry,
)

_NOUNS: Final = (
    ledger.SCENES,
    parameter.SCENES,
    directory.SCENES,
    registry.SCENES,
    patient.SCENES,
    declaration.SCENES,
    referral.SCENES,
    episode.SCENES,
    encounter.SCENES,
    diagnostics.SCENES,
    medication.SCENES,
    money.SCENES,
)
SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    command: scene for noun in _NOUNS for command, scene in noun.items()
}
