"""Facts about dispenses; they stand in the stream of their prescription.

Each says in `next_expiry` when the next hold of the prescription expires (microseconds UTC); it is
absent where nothing is held.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

from ehealth_ledger.events.fact import Body, Microseconds, Pointer
from ehealth_ledger.events.prescription import PrescriptionFact
from ehealth_ledger.values.identifiers import (
    DispenseId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
    MedicalProgramId,
    MedicationId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.programs import FundingSource
from ehealth_ledger.values.reimbursement import Reimbursement


class DispenseFact(PrescriptionFact):
    """Name the dispense, and when the next hold of its prescription expires."""

    dispense: DispenseId
    next_expiry: Microseconds | None = None


class DispenseReserved(DispenseFact):
    """A pharmacy holds a quantity of a product until `expires_at` (microseconds UTC)."""

    TOPIC: ClassVar[str] = "dispense.reserved.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    division: DivisionId
    medication: MedicationId
    quantity: int
    program: MedicalProgramId | None = None
    reserved_on: date
    expires_at: Microseconds


class DispensePrices(Body):
    """Hold what a product sold for, kopiykas."""

    unit_price: Kopiykas
    sell_amount: Kopiykas
    discount_amount: Kopiykas
    payment_amount: Kopiykas


class DispenseGrant(Body):
    """Hold what a program pays for a dispense, and from which terms that follows.

    `amount` is whole kopiykas: a started one is not paid.
    """

    program: MedicalProgramId
    funding_source: FundingSource
    reimbursement: Reimbursement
    package_quantity: int
    amount: Kopiykas


class DispenseProcessed(DispenseFact):
    """A pharmacy handed out a quantity of a product; what was held beyond it is free again.

    It is no money fact: it holds all that charging needs, and the charge stands beside it.
    """

    TOPIC: ClassVar[str] = "dispense.processed.v1"

    employee: EmployeeId  # who handed out
    legal_entity: LegalEntityId
    division: DivisionId
    medication: MedicationId
    quantity: int
    handed_over_on: date
    prices: DispensePrices | None = None
    grant: DispenseGrant | None = None
    resource_pointer: Pointer


class DispenseRejected(DispenseFact):
    """A pharmacy let go of what it held."""

    TOPIC: ClassVar[str] = "dispense.rejected.v1"

    employee: EmployeeId
    legal_entity: LegalEntityId
    reason: str  # `system|code`


class DispenseExpired(DispenseFact):
    """A hold outlived its minutes."""

    TOPIC: ClassVar[str] = "dispense.expired.v1"


FACTS: Final = (DispenseReserved, DispenseProcessed, DispenseRejected, DispenseExpired)
