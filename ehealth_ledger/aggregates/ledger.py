"""Judge the opening of a ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.values.identifiers import LegalEntityId


@dataclass(frozen=True, slots=True)
class OpenedLedger:
    """Hold what the laws need to know of the deployment."""

    payer: LegalEntityId


def evolve(_: OpenedLedger | None, fact: LedgerOpened) -> OpenedLedger:
    """Take in the opening."""
    return OpenedLedger(fact.payer)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    LedgerOpened: evolve,
}


def open_ledger(case: Case[OpenLedger]) -> list[Fact]:
    """Open the ledger: position 1, the payer and its first administrators, one of whom signs."""
    wish, person = case.command.body, case.person
    asked = wish.resource
    if case.basis != 0:
        raise RuleBroken(
            "ledger.already_open", position=case.basis, expected="a ledger that is not open"
        )
    signing = [each for each in asked.administrators if each.id == wish.employee]
    if not signing or (person is not None and signing[0].party.tax_id != person.tax_id):
        raise RuleBroken(
            "ledger.administrator_not_signer", "$.employee", expected="the administrator who signs"
        )
    if wish.legal_entity != asked.payer.id:
        raise RuleBroken("actor.other_legal_entity", "$.legal_entity", expected=asked.payer.id)
    if person is not None and person.edrpou not in (None, asked.payer.edrpou):
        raise RuleBroken(
            "actor.certificate_of_other_entity",
            "$.resource.payer.edrpou",
            expected="the institution that the certificate names",
        )
    ids = [wish.ledger, asked.payer.id, *(each.id for each in asked.administrators)]
    if len(set(ids)) != len(ids):
        raise RuleBroken("id.not_new", "$.resource", expected="ids that differ from each other")
    return [
        LedgerOpened(
            ledger=wish.ledger,
            payer=asked.payer.id,
            opened_by=wish.employee,
            signing_key=asked.signing_key,
            trust_store=asked.trust_store,
        ),
        LegalEntityRegistered(
            legal_entity=asked.payer.id,
            edrpou=asked.payer.edrpou,
            kind="PAYER",
            head=wish.employee,
            resource_pointer="/resource/payer",
        ),
        *(
            EmployeeRegistered(
                employee=each.id,
                legal_entity=asked.payer.id,
                party=case.lookups.parties.of_tax_id(each.party.tax_id),
                tax_index=case.lookups.parties.tax_index(each.party.tax_id),
                type="NHS_ADMIN_SIGNER",
                party_pointer=f"/resource/administrators/{at}/party",
            )
            for at, each in enumerate(asked.administrators)
        ),
    ]
