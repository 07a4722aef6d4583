"""Name the parameters of episodes of care."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

EPISODE_TYPES_BY_ENTITY_KIND: Final = "episode.types_by_entity_kind"
EPISODE_TYPES_BY_EMPLOYEE_TYPE: Final = "episode.types_by_employee_type"

PARAMETERS: Final = (
    Definition(
        EPISODE_TYPES_BY_ENTITY_KIND,
        "texts_by_name",
        "Which types of episode an institution of a kind may open (rule 27)",
    ),
    Definition(
        EPISODE_TYPES_BY_EMPLOYEE_TYPE,
        "texts_by_name",
        "Which types of episode an employee of a type may manage (rule 27)",
    ),
)
