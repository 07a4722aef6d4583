"""Judge the joining of two records of one person, and its undoing."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.declaration import ended_by
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.entitlement import PAYER
from ehealth_ledger.aggregates.patient import Patient, known_patient
from ehealth_ledger.commands.patient import MergePatient, UnmergePatient
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import (
    PatientAbsorbed,
    PatientMerged,
    PatientReleased,
    PatientUnmerged,
)


def merge(case: Case[MergePatient]) -> list[Fact]:
    """Join a record to the master's.

    Clinicians join an unidentified patient to the person who turned out to be it; two identified
    records are joined by the payer alone (sections 1 and 2.4). The declaration of the joined record
    ends in the same commit.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    master = known_patient(case, asked.master, "$.resource.master")
    merged = known_patient(case, asked.merged, "$.resource.merged")
    case.require(
        asked.master != asked.merged,
        "patient.merge_with_itself",
        "$.resource.merged",
        expected="another record than the master's",
    )
    _require_standing(case, master, "$.resource.master")
    _require_standing(case, merged, "$.resource.merged")
    case.require(
        master.identified,
        "patient.unidentified",
        "$.resource.master",
        expected="a patient who is identified",
    )
    case.require(
        not merged.absorbed,
        "patient.merge_of_master",
        "$.resource.merged",
        expected="a record to which no other one was joined",
    )
    case.require(
        not merged.identified or actor.type in PAYER,
        "patient.merge_by_payer_only",
        "$.employee",
        expected="the payer, where both records are of identified people",
    )
    return [
        *ended_by(case, merged.id, "patient_merged"),
        PatientMerged(patient=merged.id, master=master.id),
        PatientAbsorbed(patient=master.id, merged=merged.id),
    ]


def unmerge(case: Case[UnmergePatient]) -> list[Fact]:
    """Take a record that was joined in error away from the master's."""
    acting_employee(case)
    asked = case.command.body.resource
    master = known_patient(case, asked.master, "$.resource.master")
    merged = known_patient(case, asked.merged, "$.resource.merged")
    case.require(
        merged.merged_into == master.id,
        "patient.not_merged",
        "$.resource.merged",
        expected="a record that is joined to the master's",
    )
    return [
        PatientUnmerged(patient=merged.id, master=master.id, phone_index=merged.phone_index),
        PatientReleased(patient=master.id, merged=merged.id),
    ]


def _require_standing(case: Case[MergePatient], patient: Patient, path: str) -> None:
    """Require a record of its own; a death does not hinder that somebody is identified."""
    case.require(
        patient.merged_into is None and not patient.deactivated,
        "patient.not_active",
        path,
        expected="a record of its own that holds",
        standing=patient.standing,
    )
