"""Name the kinds, the purses and the settings of medical programs."""

from __future__ import annotations

from typing import Final, Literal

ProgramKind = Literal["MEDICATION", "SERVICE"]

FundingSource = Literal["NHS", "STATE", "LOCAL", "PATIENT"]
"""Whose purse pays: the payer's, another of the state, a community's, or the patient's own."""

PAYER_FUNDED: Final[FundingSource] = "NHS"

ProgramSetting = Literal[
    "skip_employment_declaration_verify",
    "skip_legal_entity_declaration_verify",
    "skip_mnn_in_treatment_period",
    "skip_medication_dispense_sign",
    "multi_medication_dispense_allowed",
    "medical_program_change_allowed",
    "pack_code_required",
]
"""A rule that a program relaxes or tightens; the names are the national system's."""

SKIP_EMPLOYMENT_DECLARATION: Final = "skip_employment_declaration_verify"
SKIP_ENTITY_DECLARATION: Final = "skip_legal_entity_declaration_verify"
SKIP_TREATMENT_PERIOD: Final = "skip_mnn_in_treatment_period"
SKIP_DISPENSE_SIGN: Final = "skip_medication_dispense_sign"
MULTI_DISPENSE: Final = "multi_medication_dispense_allowed"
CHANGE_ALLOWED: Final = "medical_program_change_allowed"
PACK_CODE_REQUIRED: Final = "pack_code_required"
