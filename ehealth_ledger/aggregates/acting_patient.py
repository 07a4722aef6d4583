"""Judge who acts where a patient does."""

from __future__ import annotations

from ehealth_ledger.aggregates.case import C_co, Case
from ehealth_ledger.aggregates.patient import Patient, active_patient
from ehealth_ledger.commands.command import PatientCommand
from ehealth_ledger.commands.signed import PatientSigner
from ehealth_ledger.errors import RuleBroken


def acting_patient(case: Case[C_co]) -> Patient:
    """Return the patient who acts, proven by the signature, or refuse.

    The signer's tax id is the patient's own, the certificate is a person's and no institution's,
    and the patient's record takes something new (rule 23).
    """
    wish, signer = case.command.body, case.command.signer
    if not isinstance(wish, PatientCommand):
        raise TypeError(f"{type(wish).__name__} is no patient's")
    if signer is not None and not isinstance(signer, PatientSigner):
        raise RuleBroken(
            "system.not_a_system_command", "$.command", expected="a command that a patient signs"
        )
    patient = active_patient(case, wish.patient, "$.patient")
    if signer is None:
        return patient  # asked beforehand: nobody has signed yet
    case.require(
        signer.edrpou is None,
        "patient.certificate_of_entity",
        "$.patient",
        expected="a certificate of the person alone",
    )
    case.require(
        patient.tax_index is not None
        and case.lookups.patients.tax_index(signer.tax_id) == patient.tax_index,
        "patient.not_signer",
        "$.patient",
        expected="the patient whose tax id the certificate names",
    )
    return patient
