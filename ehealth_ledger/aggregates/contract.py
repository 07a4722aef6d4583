"""Judge contracts between the payer and institutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.legal_entity import LegalEntity, Status
from ehealth_ledger.commands.contract import SignContract
from ehealth_ledger.events.contract import ContractSigned
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ContractId, LegalEntityId


@dataclass(frozen=True, slots=True)
class Contract:
    """Hold what the laws need to know of a contract."""

    id: ContractId
    payer: LegalEntityId
    provider: LegalEntityId
    packages: frozenset[str]


def evolve(_: Contract | None, fact: ContractSigned) -> Contract:
    """Take in a contract."""
    return Contract(fact.contract, fact.payer, fact.provider, frozenset(fact.packages))


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ContractSigned: evolve,
}


def sign(case: Case[SignContract]) -> list[Fact]:
    """Put a contract in force; one provider has one contract for a package on a day."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    provider = case.get(
        LegalEntity, asked.provider, code="legal_entity.unknown", path="$.resource.provider"
    )
    case.require(
        provider.kind != "PAYER",
        "legal_entity.is_payer",
        "$.resource.provider",
        expected="an institution that gives care",
    )
    case.require(
        provider.status is Status.ACTIVE,
        "legal_entity.not_active",
        "$.resource.provider",
        status=provider.status.value,
        expected=Status.ACTIVE.value,
    )
    case.require(
        provider.nhs_verified,
        "legal_entity.not_verified",
        "$.resource.provider",
        expected="an institution that the payer has verified",
    )
    case.require(
        asked.first_day <= asked.last_day,
        "contract.period_invalid",
        "$.resource.last_day",
        expected=f"{asked.first_day} or later",
    )
    for at, package in enumerate(asked.packages):
        is_free = package not in asked.packages[:at] and not case.lookups.contracts.overlap(
            provider.id, package, asked.first_day, asked.last_day
        )
        case.require(
            is_free,
            "contract.overlaps",
            f"$.resource.packages[{at}]",
            package=package,
            expected="days on which no other contract covers the package",
        )
    return [
        ContractSigned(
            contract=asked.id,
            payer=actor.legal_entity,
            provider=provider.id,
            number=asked.number,
            packages=asked.packages,
            first_day=asked.first_day,
            last_day=asked.last_day,
        )
    ]
