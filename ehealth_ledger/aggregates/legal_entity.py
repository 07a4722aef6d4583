"""Judge the registration of institutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.legal_entity import RegisterLegalEntity
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import LegalEntityKind, LegalEntityRegistered
from ehealth_ledger.values.identifiers import LegalEntityId


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Hold what the laws need to know of an institution."""

    id: LegalEntityId
    edrpou: str
    kind: LegalEntityKind


def evolve(_: LegalEntity | None, fact: LegalEntityRegistered) -> LegalEntity:
    """Take in a registration."""
    return LegalEntity(fact.legal_entity, fact.edrpou, fact.kind)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    LegalEntityRegistered: evolve,
}


def register(case: Case[RegisterLegalEntity]) -> list[Fact]:
    """Register an institution and its head, who proves both by the certificate (rule 4)."""
    wish, signer = case.command.body, case.command.signer
    asked = wish.resource
    if wish.legal_entity != asked.id:
        raise RuleBroken("actor.other_legal_entity", "$.legal_entity", expected=asked.id)
    if wish.employee != asked.head.id:
        raise RuleBroken("actor.not_signer", "$.employee", expected=asked.head.id)
    if signer.tax_id != asked.head.party.tax_id:
        raise RuleBroken("actor.not_signer", "$.resource.head.party.tax_id")
    if (signer.edrpou or signer.tax_id) != asked.edrpou:
        raise RuleBroken("actor.certificate_of_other_entity", "$.resource.edrpou")
    case.require_new_id(asked.id, "$.resource.id")
    case.require_new_id(asked.head.id, "$.resource.head.id")
    if asked.id == asked.head.id:
        raise RuleBroken("id.not_new", "$.resource.head.id")
    if case.lookups.legal_entities.of_edrpou(asked.edrpou) is not None:
        raise RuleBroken("legal_entity.already_registered", "$.resource.edrpou")
    return [
        LegalEntityRegistered(
            legal_entity=asked.id,
            edrpou=asked.edrpou,
            kind=asked.kind,
            resource_pointer="/resource",
        ),
        EmployeeRegistered(
            employee=asked.head.id,
            legal_entity=asked.id,
            party=case.lookups.parties.of_tax_id(asked.head.party.tax_id),
            tax_index=case.lookups.parties.tax_index(asked.head.party.tax_id),
            type="OWNER",
            party_pointer="/resource/head/party",
        ),
    ]
