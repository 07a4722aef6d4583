"""Translate a violated constraint into the refusal of the one command that violated it.

The laws decide first, under the head's lock; these constraints are the second wall. Where one is
hit, the committer halves the batch until the culprit stands alone, and the culprit gets the code
that this one table names.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import psycopg

from ehealth_ledger.errors import RuleBroken

GUARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "records_command_taken": "command.conflict",
        "ids_taken": "id.not_new",
        "records_stream_version_taken": "id.not_new",
        "legal_entities_edrpou_taken": "legal_entity.already_registered",
        "healthcare_services_once": "healthcare_service.already_registered",
        "employee_roles_once": "employee_role.already_registered",
        "patients_tax_id_taken": "patient.already_registered",
        "patients_name_taken": "patient.already_registered",
        "declarations_one_live": "declaration.already_active",
        "clinical_resources_taken": "id.not_new",
        "resources_in_error_once": "encounter.already_in_error",
        "withdrawn_charges_once": "charge.already_withdrawn",
        "prescriptions_number_taken": "prescription.number_taken",
        "dispenses_within_prescribed": "dispense.exceeds_prescribed",
        "redemptions_once": "referral.already_redeemed",
        "tariffs_no_overlap": "tariff.overlaps",
        "groupings_no_overlap": "grouping.overlaps",
        "groupings_version_taken": "grouping.version_taken",
        "contracts_no_overlap": "contract.overlaps",
        "contract_months_once": "contract_month.already_reckoned",
        "settled_months_once": "contract_month.already_settled",
        "charges_one_live": "charge.already_live",
        "statements_once": "statement.already_formed",
        "payments_reference_taken": "payment.reference_repeated",
        "statement_debts_once": "statement.already_accepted",
        "payment_within_debt": "payment.exceeds_statement",
        "offset_within_debt": "offset.exceeds_statement",
        "recovery_within_debt": "offset.exceeds_receivable",
        "refund_within_debt": "refund.exceeds_receivable",
        "postings_balanced": "posting.unbalanced",
        "records_of_erased_patient": "patient.erased",
    }
)


def violated(fault: psycopg.errors.IntegrityError) -> str | None:
    """Return the refusal code of the violated guard; None where the constraint is no guard."""
    name = fault.diag.constraint_name
    return None if name is None else GUARDS.get(name)


def refusal(fault: psycopg.errors.IntegrityError) -> RuleBroken | None:
    """Return the refusal for a violated guard, to be given to the culprit alone."""
    code = violated(fault)
    return None if code is None else RuleBroken(code, "$", guard=fault.diag.constraint_name)
