"""The laws of opening and registering: ledger, institutions, employees."""

from __future__ import annotations

import pytest

from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.values.identifiers import LegalEntityId
from tests.laws.bench import Change, asks, signed_by, taken
from tests.laws.lookups import an_id
from tests.laws.scenes.common import ACTOR, EDRPOU, ENTITY, NEW, OTHER_TAX, TAX
from tests.laws.scenes.ledger import open_ledger
from tests.laws.scenes.registry import register_employee, register_legal_entity
from tests.laws.tables import refused, row

OTHER = str(an_id("other"))

OPENING = [
    row("a record stands", "ledger.already_open", "$", lambda scene: setattr(scene, "basis", 1)),
    row(
        "signed by somebody it does not name",
        "ledger.administrator_not_signer",
        "$.employee",
        asks("employee", value=OTHER),
    ),
    row(
        "signed with another person's certificate",
        "ledger.administrator_not_signer",
        "$.employee",
        signed_by(OTHER_TAX, EDRPOU),
    ),
    row(
        "in the name of another entity than the payer",
        "actor.other_legal_entity",
        "$.legal_entity",
        asks("legal_entity", value=OTHER),
    ),
    row(
        "the certificate names another entity",
        "actor.certificate_of_other_entity",
        "$.resource.payer.edrpou",
        signed_by(TAX, "39999999"),
    ),
    row(
        "the ledger's id is the payer's",
        "id.not_new",
        "$.resource",
        asks("ledger", value=str(ENTITY)),
    ),
]
INSTITUTIONS = [
    row(
        "in the name of another institution",
        "actor.other_legal_entity",
        "$.legal_entity",
        asks("legal_entity", value=OTHER),
    ),
    row(
        "by another than the head", "actor.not_signer", "$.employee", asks("employee", value=OTHER)
    ),
    row(
        "the head's tax id is not the signer's",
        "actor.not_signer",
        "$.resource.head.party.tax_id",
        signed_by(OTHER_TAX, EDRPOU),
    ),
    row(
        "the certificate names another institution",
        "actor.certificate_of_other_entity",
        "$.resource.edrpou",
        signed_by(TAX, "39999999"),
    ),
    row(
        "a person's own certificate cannot prove an institution",
        "actor.certificate_of_other_entity",
        "$.resource.edrpou",
        signed_by(TAX, None),
    ),
    row("the institution's id is taken", "id.not_new", "$.resource.id", taken(ENTITY)),
    row("the head's id is taken", "id.not_new", "$.resource.head.id", taken(ACTOR)),
    row(
        "the code is registered",
        "legal_entity.already_registered",
        "$.resource.edrpou",
        lambda scene: scene.lookups.legal_entities.by_code.update(
            {EDRPOU: LegalEntityId(an_id("elder"))}
        ),
    ),
]
EMPLOYEES = [row("the id is taken", "id.not_new", "$.resource.id", taken(NEW))]


@pytest.mark.parametrize(("change", "code", "path"), OPENING)
def test_a_ledger_opens_once_by_its_administrator(change: Change, code: str, path: str) -> None:
    """Position 1 is signed by an administrator it names, for the payer it names, once."""
    assert refused(open_ledger, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), INSTITUTIONS)
def test_an_institution_is_registered_by_its_head(change: Change, code: str, path: str) -> None:
    """A head proves self and institution by the certificate (rule 4), and a code is registered
    once.
    """
    assert refused(register_legal_entity, change) == (code, path)


def test_id__not_new_one_id_for_institution_and_head() -> None:
    """An institution and its head are two things."""
    scene = register_legal_entity()
    asks("resource", "head", "id", value=str(ENTITY))(scene)
    asks("employee", value=str(ENTITY))(scene)
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert (refusal.value.code, refusal.value.path) == ("id.not_new", "$.resource.head.id")


def test_a_sole_trader_registers_with_a_personal_certificate() -> None:
    """A sole trader's institution has the person's own tax id for a code."""
    scene = register_legal_entity()
    asks("resource", "edrpou", value=TAX)(scene)
    scene.edrpou = None
    entity, owner = scene.judge()
    assert isinstance(owner, EmployeeRegistered)
    assert (entity.stream_id, owner.legal_entity, owner.type) == (ENTITY, ENTITY, "OWNER")


@pytest.mark.parametrize(("change", "code", "path"), EMPLOYEES)
def test_an_employee_gets_a_new_id(change: Change, code: str, path: str) -> None:
    """An employment is a new thing."""
    assert refused(register_employee, change) == (code, path)


def test_a_tax_id_never_enters_a_fact() -> None:
    """Facts name a person at work by party and blind index; the tax id stays in the signed
    content.
    """
    for scene in (register_employee(), register_legal_entity(), open_ledger()):
        for fact in scene.judge():
            bare = fact.to_bytes()
            for tax_id in (TAX, OTHER_TAX):
                bare = bare.replace(f"index of {tax_id}".encode(), b"")
            assert TAX.encode() not in bare
            assert OTHER_TAX.encode() not in bare
