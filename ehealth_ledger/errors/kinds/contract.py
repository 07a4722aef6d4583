"""Refuse tariffs, contracts, cut-offs and charges."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "tariff.period_invalid": RefusalKind(422, "The tariff's last day is before its first"),
    "tariff.unknown": RefusalKind(422, "The tariff to be replaced is not known"),
    "tariff.of_other_subject": RefusalKind(422, "The tariff to be replaced prices something else"),
    "tariff.already_over": RefusalKind(
        409, "The tariff to be replaced holds on no day from the new first day on"
    ),
    "tariff.leaves_gap": RefusalKind(
        409, "The tariff to be replaced holds on days after the new last day"
    ),
    "tariff.overlaps": RefusalKind(409, "A tariff of this service is in force in these days"),
    "tariff.bands_invalid": RefusalKind(422, "The bands of ages leave a gap or meet"),
    "tariff.ladder_invalid": RefusalKind(422, "The steps above the limit do not rise"),
    "tariff.code_repeated": RefusalKind(422, "Two coefficients of the tariff have one name"),
    "contract.unknown": RefusalKind(422, "There is no such contract"),
    "contract.version_retired": RefusalKind(
        422, "Nobody concludes a contract alone any more: it is requested, signed, countersigned"
    ),
    "contract.days_missing": RefusalKind(
        422, "A new contract names its first and its last day", rule="16"
    ),
    "contract.period_invalid": RefusalKind(
        422, "The contract's last day is not after its first", rule="16"
    ),
    "contract.years_differ": RefusalKind(
        422, "A contract begins and ends in one calendar year", rule="16"
    ),
    "contract.start_invalid": RefusalKind(
        422, "A contract begins in this year or the next, and not too long ago", rule="16"
    ),
    "contract.kind_not_allowed": RefusalKind(
        422, "Legal entities of this kind have no contract of this kind", rule="17"
    ),
    "contract.program_unknown": RefusalKind(
        422, "A reimbursement contract names medical programs that are active"
    ),
    "contract.division_repeated": RefusalKind(
        422, "The contract names a division twice", rule="18"
    ),
    "contract.division_type_not_allowed": RefusalKind(
        422, "Contracts of this kind have no division of this type", rule="18"
    ),
    "contract.drugstore_not_verified": RefusalKind(
        409, "The medicines authority does not confirm the drugstore", rule="18"
    ),
    "contract.employees_misplaced": RefusalKind(
        422, "A capitation contract names its doctors, and only such a contract does", rule="19"
    ),
    "contract.employee_not_doctor": RefusalKind(
        422, "The contract's employees are doctors who work for the provider", rule="19"
    ),
    "contract.employee_repeated": RefusalKind(
        422, "The contract names a doctor in a division twice", rule="19"
    ),
    "contract.division_not_contracted": RefusalKind(
        422, "The doctor works in a division that the contract does not name", rule="19"
    ),
    "contract.limit_exceeds_speciality": RefusalKind(
        422, "The doctor's limit is above that of the speciality", rule="19"
    ),
    "contract.contractors_inconsistent": RefusalKind(
        422, "The flag and the list of external contractors contradict each other", rule="20"
    ),
    "contract.contractor_expired": RefusalKind(
        422, "The external contractor's contract ends before this one begins", rule="20"
    ),
    "contract.number_required": RefusalKind(
        409, "A contract of this kind is in force in these days; name its number", rule="21"
    ),
    "contract.number_unknown": RefusalKind(
        422, "The contract to be amended has another number, or is another one", rule="21"
    ),
    "contract.days_in_amendment": RefusalKind(
        422, "An amendment leaves the contract's days as they are", rule="21"
    ),
    "contract.counts_from_misplaced": RefusalKind(
        422, "Only an amendment counts from a day; a new contract counts from its first", rule="21"
    ),
    "contract.counts_from_invalid": RefusalKind(
        422, "An amendment counts from a day of its contract, and not from too long ago", rule="21"
    ),
    "contract.request_unknown": RefusalKind(422, "There is no such request"),
    "contract.request_not_open": RefusalKind(
        409, "The request is signed or declined already", rule="22"
    ),
    "contract.request_over": RefusalKind(
        409, "The request is concluded, declined or withdrawn already"
    ),
    "contract.not_signed_by_payer": RefusalKind(
        409, "The payer signs before the provider does", rule="22"
    ),
    "contract.already_countersigned": RefusalKind(
        409, "The provider has signed already; nobody signs twice", rule="22"
    ),
    "contract.reference_mismatch": RefusalKind(
        409, "The countersignature names another record than the payer's"
    ),
    "contract.not_yours": RefusalKind(403, "The request is another institution's"),
    "contract.number_misplaced": RefusalKind(
        422, "The payer numbers a new contract; an amended one keeps its number"
    ),
    "contract.plan_invalid": RefusalKind(
        422, "A month is planned once, within the contract's days and for its packages"
    ),
    "contract.correction_misplaced": RefusalKind(
        422, "A correction is named once for a package of the contract"
    ),
    "contract.correction_unknown": RefusalKind(
        422, "No tariff of the package publishes such a correction on the contract's first day"
    ),
    "contract.not_in_force": RefusalKind(409, "The contract has ended"),
    "contract.suspended_already": RefusalKind(409, "The contract is suspended already"),
    "contract.not_suspended": RefusalKind(409, "The contract is not suspended"),
    "contract.legal_entity_suspended": RefusalKind(
        409, "The institution is suspended; its contracts rest with it"
    ),
    "contract.head_changed": RefusalKind(
        409, "The institution has another head, who is to sign the contract anew"
    ),
    "contract.ending_invalid": RefusalKind(
        422, "A contract ends today or later, and before its agreed last day"
    ),
    "contract.overlaps": RefusalKind(
        409, "The entity has a contract for this package in these days"
    ),
    "cut_off.not_in_future": RefusalKind(422, "A cut-off is set before it comes"),
    "cut_off.already_passed": RefusalKind(409, "The period is closed; its cut-off cannot move"),
}
