"""Set accepted scenes of commands about institutions and their staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.laws.bench import Scene
from tests.laws.scenes.common import (
    ACTOR,
    EDRPOU,
    ENTITY,
    NEW,
    OTHER_TAX,
    TAX,
    head,
    scene,
)


def register_legal_entity() -> Scene:
    party = {"tax_id": TAX, "family": "Керівник", "given": "Закладу"}
    resource = {
        "id": str(ENTITY),
        "edrpou": EDRPOU,
        "name": "Поліклініка",
        "kind": "PRIMARY_CARE",
        "head": {"id": str(ACTOR), "party": party},
    }
    return Scene(head("legal_entity.register", resource=resource), {}, TAX, EDRPOU)


def register_employee() -> Scene:
    party = {"tax_id": OTHER_TAX, "family": "Лікар", "given": "Новий"}
    resource = {"id": str(NEW), "party": party, "type": "DOCTOR", "speciality": "FAMILY_DOCTOR"}
    return scene("OWNER", "employee.register", resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "legal_entity.register": register_legal_entity,
    "employee.register": register_employee,
}
