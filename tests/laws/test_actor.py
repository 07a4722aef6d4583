"""The law of who acts: rules 2, 4 and 5."""

from __future__ import annotations

import pytest

from ehealth_ledger.aggregates.employee import Status
from ehealth_ledger.aggregates.entitlement import MAY_ORDER, WHILE_SUSPENDED
from ehealth_ledger.aggregates.legal_entity import Status as EntityStatus
from ehealth_ledger.aggregates.party import Party
from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.values.identifiers import PartyId
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, altered, asks, both, given, signed_by, without
from tests.laws.lookups import an_id
from tests.laws.scenes import SCENES
from tests.laws.scenes.common import ACTOR, EDRPOU, ENTITY, OTHER_TAX, PARTY, TAX
from tests.laws.scenes.patient import person
from tests.laws.tables import refused, row

_OTHER = an_id("other entity")
_PERSON, _DENIED = PartyId(PARTY), (("DRFO", "NOT_VERIFIED"),)
ACTORS = [
    row("nobody has this id", "actor.unknown", "$.employee", without(ACTOR)),
    row(
        "the id is a patient's",
        "actor.unknown",
        "$.employee",
        given(ACTOR, person(ACTOR)),
    ),
    row("another person signs", "actor.not_signer", "$.employee", signed_by(OTHER_TAX)),
    row(
        "the employment is another person's",
        "actor.not_signer",
        "$.employee",
        altered(ACTOR, tax_index=f"index of {OTHER_TAX}"),
    ),
    row(
        "employed elsewhere",
        "actor.other_legal_entity",
        "$.legal_entity",
        altered(ACTOR, legal_entity=_OTHER),
    ),
    row(
        "acts for another institution",
        "actor.other_legal_entity",
        "$.legal_entity",
        asks("legal_entity", value=str(_OTHER)),
    ),
    row(
        "the employment has ended",
        "actor.dismissed",
        "$.employee",
        altered(ACTOR, status=Status.DISMISSED),
    ),
    *(
        row(
            f"the institution is {status.value}",
            "actor.legal_entity_not_active",
            "$.legal_entity",
            altered(ENTITY, status=status),
        )
        for status in (EntityStatus.CLOSED, EntityStatus.REORGANISED)
    ),
    row(
        "the person has died",
        "actor.deceased",
        "$.employee",
        given(PARTY, Party(_PERSON, deceased=True)),
    ),
    row(
        "grace is over this very moment",
        "actor.not_verified",
        "$.employee",
        given(PARTY, Party(_PERSON, _DENIED, barred_from=microseconds(NOW))),
    ),
    row("no such institution", "legal_entity.unknown", "$.legal_entity", without(ENTITY)),
    row(
        "the certificate's code is another's",
        "actor.certificate_of_other_entity",
        "$.legal_entity",
        signed_by(TAX, "39999999"),
    ),
    row(
        "the institution's code is another",
        "actor.certificate_of_other_entity",
        "$.legal_entity",
        both(altered(ENTITY, edrpou="39999999"), signed_by(TAX, EDRPOU)),
    ),
]
_ACTS = sorted(kind.NAME for kind in MAY_ORDER)


@pytest.mark.parametrize("command", _ACTS)
@pytest.mark.parametrize(("change", "code", "path"), ACTORS)
def test_the_actor_is_the_signer(command: str, change: Change, code: str, path: str) -> None:
    """No act of any kind passes for another person, another institution or another certificate."""
    scene = SCENES[command]
    assert refused(scene, change) == (code, path)


@pytest.mark.parametrize("command", _ACTS)
@pytest.mark.parametrize("edrpou", [None, EDRPOU], ids=["own certificate", "institution's"])
def test_rule_4_either_certificate_serves(command: str, edrpou: str | None) -> None:
    """A person's own certificate names no institution; one that does must name the right one."""
    scene = SCENES[command]()
    scene.edrpou = edrpou
    assert scene.judge()


@pytest.mark.parametrize("command", _ACTS)
def test_rule_5_grace_lasts_to_its_last_moment(command: str) -> None:
    """A person whom a register denies writes until the stored moment, and one that it confirms
    again has no such moment.
    """
    for party in (
        Party(_PERSON, _DENIED, barred_from=microseconds(NOW) + 1),
        Party(_PERSON, (("DRFO", "VERIFIED"),)),
        Party(_PERSON),
    ):
        scene = SCENES[command]()
        scene.states[PARTY] = party
        assert scene.judge()


@pytest.mark.parametrize("command", _ACTS)
def test_refuses_actor__legal_entity_not_active_while_suspended(command: str) -> None:
    """A suspended institution orders nothing but what puts its papers and its people in order."""
    scene = SCENES[command]()
    altered(ENTITY, status=EntityStatus.SUSPENDED)(scene)
    if COMMANDS[command, 1] in WHILE_SUSPENDED:
        assert scene.judge()
        return
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert refusal.value.code == "actor.legal_entity_not_active"
    assert refusal.value.evidence["status"] == "suspended"
