"""Every command has a scene its law accepts; the tables beside this file differ from it by one
thing.
"""

from __future__ import annotations

from typing import get_args

import pytest

from ehealth_ledger.aggregates.entitlement import MAY_ORDER
from ehealth_ledger.aggregates.evolution import EVOLVE, evolve
from ehealth_ledger.commands.catalogue import COMMANDS, NAMES
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.catalogue import FACTS
from ehealth_ledger.events.employee import EmployeeType
from ehealth_ledger.events.posting import Posting
from ehealth_ledger.intake.laws import LAWS
from tests.laws.bench import given
from tests.laws.scenes import PATIENTS, SCENES, SYSTEM
from tests.laws.scenes.common import ACTOR, employee
from tests.laws.scenes.prescription import reject_at_pharmacy
from tests.laws.scenes.referral import issue_referral_by_assistant

_OPENS_ITSELF = {"ledger.open", "legal_entity.register"}  # these prove the actor by the certificate
_PRESCRIBING = {"DOCTOR", "SPECIALIST"}
_CLINICAL = _PRESCRIBING | {"SURGEON"}
_REGISTRARS = _PRESCRIBING | {"RECEPTIONIST"}
_PAYER = {"NHS_ADMIN_SIGNER"}
_HEADS = {"OWNER", "PHARMACY_OWNER"}
_RUNNING = _HEADS | {"HR", "ADMIN"}
_VERIFIERS = {"NHS_ADMIN_SIGNER", "NHS_LE_VERIFIER"}
_WHO = {
    "legal_entity.update": _HEADS,
    "legal_entity.verify": _VERIFIERS,
    "legal_entity.suspend": _VERIFIERS,
    "legal_entity.resume": _VERIFIERS,
    "legal_entity.close": _VERIFIERS,
    "legal_entity.reorganise": _VERIFIERS,
    "legal_entity.change_head": _VERIFIERS,
    "division.register": _RUNNING,
    "division.update": _RUNNING,
    "division.activate": _RUNNING,
    "division.deactivate": _RUNNING,
    "division.verify_dls": _VERIFIERS,
    "licence.register": _HEADS,
    "licence.update": _HEADS,
    "employee.register": _HEADS | {"HR", "NHS_ADMIN_SIGNER"},
    "employee.update": _HEADS | {"HR", "NHS_ADMIN_SIGNER"},
    "employee.dismiss": _HEADS | {"HR", "NHS_ADMIN_SIGNER"},
    "party.verify": _VERIFIERS,
    "party.mark_deceased": _VERIFIERS,
    "party.mark_alive": _VERIFIERS,
    "healthcare_service.register": _RUNNING,
    "healthcare_service.activate": _RUNNING,
    "healthcare_service.deactivate": _RUNNING,
    "employee_role.register": _RUNNING,
    "employee_role.activate": _RUNNING,
    "employee_role.deactivate": _RUNNING,
    "patient.register": _REGISTRARS,
    "patient.update": _REGISTRARS,
    "preperson.register": _REGISTRARS,
    "patient.mark_deceased": _CLINICAL | _PAYER,
    "patient.deactivate": _PAYER,
    "patient.merge": _CLINICAL | _PAYER,
    "patient.unmerge": _PAYER,
    "patient.erase": _PAYER,
    "patient.erase.countersign": _PAYER,
    "confidant.register": _REGISTRARS,
    "confidant.deactivate": _REGISTRARS | _PAYER,
    "declaration.sign": {"DOCTOR"},
    "declaration.approve": _PAYER,
    "declaration.reject": _PAYER,
    "declaration.terminate": {"DOCTOR", "OWNER"} | _PAYER,
    "referral.issue": _CLINICAL | {"ASSISTANT"},
    "referral.redeem": _CLINICAL,
    "referral.recall": _CLINICAL | {"ASSISTANT"},
    "referral.cancel": _CLINICAL | {"ASSISTANT"},
    "episode.open": _CLINICAL,
    "episode.update": _CLINICAL,
    "episode.close": _CLINICAL,
    "episode.cancel": _CLINICAL,
    "referral.release": _CLINICAL,
    "referral.qualify": _CLINICAL,
    "referral.process": _CLINICAL,
    "referral.complete": _CLINICAL,
    "care_plan.create": _CLINICAL,
    "care_plan.add_activity": _CLINICAL,
    "care_plan.complete_activity": _CLINICAL,
    "care_plan.cancel_activity": _CLINICAL,
    "care_plan.complete": _CLINICAL,
    "care_plan.cancel": _CLINICAL,
    "approval.request": _CLINICAL,
    "approval.confirm": _CLINICAL | {"RECEPTIONIST"},
    "approval.cancel": _CLINICAL | {"RECEPTIONIST"},
    "encounter.record": _CLINICAL,
    "diagnostic_report.record": _CLINICAL,
    "diagnostic_report.cancel": _CLINICAL,
    "procedure.record": _CLINICAL,
    "procedure.cancel": _CLINICAL,
    "specimen.register": _CLINICAL,
    "specimen.process": _CLINICAL,
    "specimen.invalidate": _CLINICAL,
    "specimen.reject": _CLINICAL,
    "specimen.cancel": _CLINICAL,
    "composition.sign": _CLINICAL,
    "composition.cancel": _CLINICAL,
    "statement.countersign": _HEADS,
    "encounter.cancel": _CLINICAL,
    "parameter.set": {"NHS_ADMIN_SIGNER"},
    "directory.publish": {"NHS_ADMIN_SIGNER"},
    "directory.retire_codes": {"NHS_ADMIN_SIGNER"},
    "service.publish": {"NHS_ADMIN_SIGNER"},
    "medication.publish": {"NHS_ADMIN_SIGNER"},
    "medication.deactivate": {"NHS_ADMIN_SIGNER"},
    "medical_program.publish": {"NHS_ADMIN_SIGNER"},
    "medical_program.deactivate": {"NHS_ADMIN_SIGNER"},
    "program_medication.add": {"NHS_ADMIN_SIGNER"},
    "program_medication.end": {"NHS_ADMIN_SIGNER"},
    "program_service.add": {"NHS_ADMIN_SIGNER"},
    "program_service.end": {"NHS_ADMIN_SIGNER"},
    "program_provision.open": {"NHS_ADMIN_SIGNER"},
    "program_provision.close": {"NHS_ADMIN_SIGNER"},
    "prescription.issue": _PRESCRIBING,
    "prescription.block": _PRESCRIBING | {"PHARMACIST", "NHS_ADMIN_SIGNER"},
    "prescription.unblock": _PRESCRIBING | {"PHARMACIST", "NHS_ADMIN_SIGNER"},
    "prescription.reject": _PRESCRIBING | {"PHARMACIST"},
    "dispense.reserve": {"PHARMACIST"},
    "dispense.process": {"PHARMACIST"},
    "dispense.reject": {"PHARMACIST"},
    "tariff.publish": {"NHS_ADMIN_SIGNER"},
    "tariff.release": _PAYER,
    "grouping.release": _PAYER,
    "contract.request": _HEADS,
    "contract.sign": _PAYER,
    "contract.decline": _PAYER,
    "contract.withdraw": _HEADS,
    "contract.countersign": _HEADS,
    "contract.suspend": _PAYER,
    "contract.resume": _PAYER,
    "contract.terminate": _PAYER,
    "cut_off.set": {"NHS_ADMIN_SIGNER"},
    "statement.form": {"NHS_ADMIN_SIGNER"},
    "statement.accept": {"NHS_ADMIN_SIGNER"},
    "statement.review": {"NHS_ADMIN_SIGNER"},
    "charge.resubmit": _HEADS,
    "charge.settle": {"NHS_ADMIN_SIGNER"},
    "month.settle": _PAYER,
    "charge.adjust": {"NHS_ADMIN_SIGNER"},
    "payment.record": {"NHS_ADMIN_SIGNER"},
    "statement.offset": {"NHS_ADMIN_SIGNER"},
    "refund.record": {"NHS_ADMIN_SIGNER"},
}
# Where an act of another hand is asked for differently.
_BY_ITSELF = {
    ("prescription.reject", "PHARMACIST"): reject_at_pharmacy,
    ("referral.issue", "ASSISTANT"): issue_referral_by_assistant,
}
_TYPES: tuple[EmployeeType, ...] = get_args(EmployeeType)
_ORDERS = [(command, kind) for command in sorted(_WHO) for kind in _TYPES]


def test_every_command_has_a_law_and_a_scene() -> None:
    """No command can be added without a judge, a list of who may order it, and an accepted
    scene.
    """
    assert set(SCENES) == NAMES
    assert set(LAWS) == set(COMMANDS.values())
    ordered = NAMES - _OPENS_ITSELF - SYSTEM - PATIENTS
    assert {kind.NAME for kind in MAY_ORDER} == ordered
    assert set(_WHO) == ordered


def test_every_fact_evolves() -> None:
    """No fact can be added that the fold of its stream does not know."""
    assert set(EVOLVE) == set(FACTS.values())


@pytest.mark.parametrize("command", sorted(SCENES))
def test_the_scene_is_accepted(command: str) -> None:
    """The law accepts the scene; its facts survive their bytes and evolve from nothing or what
    was.
    """
    scene = SCENES[command]()
    facts = scene.judge()
    assert facts
    for fact in facts:
        assert type(fact).from_bytes(fact.to_bytes()) == fact
        assert fact.from_bytes(fact.to_bytes()).to_bytes() == fact.to_bytes()
        assert evolve(scene.states.get(fact.stream_id), fact) is not None
        if fact.BEGINS:
            assert evolve(None, fact) is not None


@pytest.mark.parametrize("command", sorted(SCENES))
def test_postings_of_an_accepted_scene_balance(command: str) -> None:
    """Debits equal credits in every fact a law yields."""
    for fact in SCENES[command]().judge():
        postings: tuple[Posting, ...] = getattr(fact, "postings", ())
        assert sum(posting.amount for posting in postings) == 0


@pytest.mark.parametrize(("command", "kind"), _ORDERS, ids=[f"{c} by {k}" for c, k in _ORDERS])
def test_refuses_actor__role_not_allowed(command: str, kind: EmployeeType) -> None:
    """Each type of employee orders the acts of its type and no others."""
    scene = _BY_ITSELF.get((command, kind), SCENES[command])()
    given(ACTOR, employee(kind))(scene)
    if kind in _WHO[command]:
        assert scene.judge()
        return
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert (refusal.value.code, refusal.value.path) == ("actor.role_not_allowed", "$.employee")
