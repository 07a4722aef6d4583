"""Name the parameters of contracts."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.values.parameters.definition import Definition

KINDS_OF_ENTITY: Final = "contract.kinds_of_entity"
DIVISION_TYPES: Final = "contract.division_types"
BACKDATING_DAYS_MAX: Final = "contract.backdating_days_max"

PARAMETERS: Final = (
    Definition(
        KINDS_OF_ENTITY,
        "texts_by_name",
        "For each kind of institution the kinds of contract it may conclude (rule 17)",
    ),
    Definition(
        DIVISION_TYPES,
        "texts_by_name",
        "For each kind of contract the types of division it may name (rule 18)",
    ),
    Definition(
        BACKDATING_DAYS_MAX,
        "number",
        "Days before its request on which a contract may begin; 0 is: later only (rule 16)",
    ),
)
