"""Judge the registration of institutions, their particulars and their heads."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.institution import suspended_by_head
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.employment import beginning, ending
from ehealth_ledger.aggregates.legal_entity.standing import contracts_of, institution
from ehealth_ledger.commands.legal_entity import (
    ChangeHead,
    RegisterLegalEntity,
    UpdateLegalEntity,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import (
    LegalEntityHeadChanged,
    LegalEntityRegistered,
    LegalEntityUpdated,
)


def register(case: Case[RegisterLegalEntity]) -> list[Fact]:
    """Register an institution and its head, who proves both by the certificate (rule 4)."""
    wish, person = case.command.body, case.person
    asked = wish.resource
    case.require(
        wish.legal_entity == asked.id,
        "actor.other_legal_entity",
        "$.legal_entity",
        expected=asked.id,
    )
    case.require(
        wish.employee == asked.head.id, "actor.not_signer", "$.employee", expected=asked.head.id
    )
    case.require(
        person is None or person.tax_id == asked.head.party.tax_id,
        "actor.not_signer",
        "$.resource.head.party.tax_id",
        expected="the signer's own",
    )
    case.require(
        person is None or (person.edrpou or person.tax_id) == asked.edrpou,
        "actor.certificate_of_other_entity",
        "$.resource.edrpou",
        expected="the code in the signer's certificate",
    )
    case.require_new_id(asked.id, "$.resource.id")
    case.require_new_id(asked.head.id, "$.resource.head.id")
    case.require(
        asked.id != asked.head.id,
        "id.not_new",
        "$.resource.head.id",
        expected="an id other than the institution's",
    )
    case.require(
        case.lookups.legal_entities.of_edrpou(asked.edrpou) is None,
        "legal_entity.already_registered",
        "$.resource.edrpou",
        expected="a code under which nobody is registered",
    )
    return [
        LegalEntityRegistered(
            legal_entity=asked.id,
            edrpou=asked.edrpou,
            kind=asked.kind,
            head=asked.head.id,
            resource_pointer="/resource",
        ),
        beginning(case, asked.head, asked.id, asked.kind),
    ]


def update(case: Case[UpdateLegalEntity]) -> list[Fact]:
    """Change what the actor's own institution is called and where it sits."""
    actor = acting_employee(case)
    return [
        LegalEntityUpdated(legal_entity=actor.legal_entity, resource_pointer="/resource"),
    ]


def change_head(case: Case[ChangeHead]) -> list[Fact]:
    """Put another head in an institution's place; the former one is dismissed by it.

    The payer orders it from the state register (ЄДР): a certificate of the institution alone must
    not make its bearer the head. Its contracts rest until that head has signed them anew.
    """
    acting_employee(case)
    asked = case.command.body.resource
    entity = institution(case, asked.legal_entity, "$.resource.legal_entity")
    case.require(
        not entity.ended,
        "legal_entity.ended",
        "$.resource.legal_entity",
        expected="an institution that is not closed",
    )
    case.require_new_id(asked.head.id, "$.resource.head.id")
    former = case.get(Employee, asked.former, code="employee.unknown", path="$.resource.former")
    case.require(
        former.id == entity.head,
        "legal_entity.other_head",
        "$.resource.former",
        expected="the employment of the present head",
    )
    return [
        LegalEntityHeadChanged(
            legal_entity=entity.id, head=asked.head.id, reason_pointer="/resource/reason"
        ),
        *ending(case, former, "replaced"),
        beginning(case, asked.head, entity.id, entity.kind),
        *suspended_by_head(contracts_of(case, entity), case.today),
    ]
