"""The law of who acts: rules 2 and 4."""

from __future__ import annotations

import pytest

from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.values.identifiers import PatientId
from tests.laws.bench import Change, altered, asks, both, given, signed_by, without
from tests.laws.lookups import an_id
from tests.laws.scenes import SCENES
from tests.laws.scenes.common import ACTOR, EDRPOU, ENTITY, OTHER_TAX, TAX
from tests.laws.tables import refused, row

_OTHER = an_id("other entity")
ACTORS = [
    row("nobody has this id", "actor.unknown", "$.employee", without(ACTOR)),
    row(
        "the id is a patient's",
        "actor.unknown",
        "$.employee",
        given(ACTOR, Patient(PatientId(ACTOR))),
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
_ACTS = sorted(set(SCENES) - {"ledger.open", "legal_entity.register"})


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
