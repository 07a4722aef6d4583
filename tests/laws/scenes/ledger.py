"""Set accepted scenes of the opening of a ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.laws.bench import Scene
from tests.laws.scenes.common import (
    ACTOR,
    EDRPOU,
    ENTITY,
    TAX,
    head,
)


def open_ledger() -> Scene:
    party = {"tax_id": TAX, "family": "Адміністратор", "given": "Перший"}
    resource = {
        "payer": {"id": str(ENTITY), "edrpou": EDRPOU, "name": "НСЗУ"},
        "administrators": [{"id": str(ACTOR), "party": party}],
        "signing_key": "ab" * 32,
        "trust_store": "cd" * 32,
    }
    return Scene(head("ledger.open", resource=resource), {}, TAX, EDRPOU, basis=0)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "ledger.open": open_ledger,
}
