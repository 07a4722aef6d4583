"""Judge the erasure of a patient: one person orders it, another countersigns."""

from __future__ import annotations

from hashlib import sha256

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import Patient, known_patient
from ehealth_ledger.commands.erasure import CountersignErasure, ErasePatient
from ehealth_ledger.events.erasure import ErasureOrdered, PatientErased, Settled
from ehealth_ledger.events.fact import Fact

_WHOM = "$.resource.patient"


def order(case: Case[ErasePatient]) -> list[Fact]:
    """Order an erasure; a later order takes the place of an earlier one."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    patient = known_patient(case, asked.patient, _WHOM)
    _require_settled(case, patient)
    return [
        ErasureOrdered(
            patient=patient.id,
            basis=asked.basis,
            reference_pointer="/resource/reference",
            ordered_by=actor.id,
            party=actor.party,
            act_position=case.basis + 1,
            content_digest=sha256(case.command.signed_bytes).hexdigest(),
        )
    ]


def countersign(case: Case[CountersignErasure]) -> list[Fact]:
    """Erase: the second person names the order as it stands in the log."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    patient = known_patient(case, asked.patient, _WHOM)
    ordered = patient.erasure
    if ordered is None:
        case.refuse(
            "patient.erasure_not_ordered", _WHOM, expected="a patient whose erasure was ordered"
        )
        return []
    case.require(
        actor.party != ordered.party,
        "patient.erasure_by_one_person",
        "$.employee",
        expected="another person than the one who ordered it",
    )
    named = (asked.first.position, asked.first.content_digest)
    case.require(
        named == (ordered.act_position, ordered.content_digest)
        and case.lookups.records.chain_value(asked.first.position) == asked.first.chain_value,
        "patient.erasure_reference_mismatch",
        "$.resource.first",
        expected=f"position {ordered.act_position}, its chain value, {ordered.content_digest}",
    )
    _require_settled(case, patient)
    open_matters = case.lookups.open_matters.of(patient.id)
    return [
        PatientErased(
            patient=patient.id,
            order=ordered.act_position,
            countersigned_by=actor.id,
            settled=tuple(Settled(kind=kind, id=each) for kind, each in open_matters),
        )
    ]


def _require_settled(case: Case[ErasePatient] | Case[CountersignErasure], patient: Patient) -> None:
    """Refuse while a declaration is live: its doctor is paid for it, and must learn that it ended.

    Its end is a fact of its own, with a day and a reason; an erasure would leave it without one.
    """
    live = case.lookups.declarations.live_of(patient.id)
    case.require(
        not live,
        "patient.erasure_barred",
        _WHOM,
        expected="a patient whose declaration was terminated first",
        declarations=[str(each.declaration) for each in live],
    )
