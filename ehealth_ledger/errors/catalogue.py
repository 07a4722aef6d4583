"""Join the refusals of every noun into the one catalogue, in the order in which they are checked.

The request, the container, the content, the command's identity, the actor, then the act's own law.
A command that is wrong in several ways gets the refusal of the first check.
`schemas/refusals.json` is generated from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.errors.kinds import (
    actor,
    approval,
    care_plan,
    charge,
    command,
    container,
    content,
    contract,
    contract_month,
    declaration,
    directory,
    dispense,
    division,
    employee,
    employee_role,
    encounter,
    episode,
    erasure,
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
    prescription,
    preview,
    referral,
    request,
    service,
    standalone,
    statement,
    system,
)
from ehealth_ledger.errors.refusal_kind import RefusalKind

_NOUNS: Final = (
    request,
    container,
    content,
    command,
    preview,
    system,
    actor,
    parameter,
    directory,
    legal_entity,
    division,
    licence,
    employee,
    party,
    healthcare_service,
    employee_role,
    patient,
    erasure,
    declaration,
    medication,
    medical_program,
    prescription,
    dispense,
    referral,
    episode,
    care_plan,
    approval,
    encounter,
    standalone,
    contract,
    grouping,
    contract_month,
    charge,
    statement,
    ledger,
    service,
)


def _joined() -> dict[str, RefusalKind]:
    joined: dict[str, RefusalKind] = {}
    for noun in _NOUNS:
        twice = joined.keys() & noun.KINDS.keys()
        if twice:
            raise ValueError(f"codes published twice: {sorted(twice)}")
        joined |= noun.KINDS
    return joined


CATALOGUE: Final[Mapping[str, RefusalKind]] = MappingProxyType(_joined())
