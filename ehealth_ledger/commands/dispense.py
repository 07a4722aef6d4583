"""Hold, hand out and let go what a prescription allows (погашення рецепта)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand, SystemCommand
from ehealth_ledger.commands.fhir.dispense_quantity import QUANTITY_MAX
from ehealth_ledger.commands.fhir.elements import Coding
from ehealth_ledger.commands.fhir.medication_dispense import MedicationDispense
from ehealth_ledger.commands.prescription import DispenseCode, DuePrescription, NamedPrescription
from ehealth_ledger.values.identifiers import (
    DispenseId,
    DivisionId,
    MedicalProgramId,
    MedicationId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.reimbursement import PACKAGE_PRICE_MAX

Price = Annotated[Kopiykas, Field(le=PACKAGE_PRICE_MAX)]
Amount = Annotated[Kopiykas, Field(le=PACKAGE_PRICE_MAX * 10_000)]


class Hold(NamedPrescription):
    """Hold a quantity of one product for the patient at the counter.

    The quantity counts units of the medication.
    """

    id: DispenseId
    code: DispenseCode
    division: DivisionId
    program: MedicalProgramId | None = None
    medication: MedicationId
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_MAX)]


class ReserveDispense(StaffCommand):
    """Ask to hold a quantity until it is handed out or the hold expires (rules 58 to 60)."""

    NAME: ClassVar[str] = "dispense.reserve"
    VERSION: ClassVar[int] = 1

    command: Literal["dispense.reserve"]
    version: Literal[1]
    resource: Hold


class Prices(Element):
    """State what the product sold for, all in kopiykas.

    `sell_amount` is for the whole quantity, `discount_amount` what the patient is spared of it,
    `payment_amount` what the patient pays.
    """

    unit_price: Price
    sell_amount: Amount
    discount_amount: Amount
    payment_amount: Amount


class ProcessDispense(StaffCommand):
    """Ask to hand out what was held (rules 60 to 63); the pharmacist signs."""

    NAME: ClassVar[str] = "dispense.process"
    VERSION: ClassVar[int] = 1

    command: Literal["dispense.process"]
    version: Literal[1]
    resource: MedicationDispense
    prices: Prices | None = None


class HoldReason(Coding):
    """Code why a hold is let go."""

    system: Literal["eHealth/medication_dispense_reject_reasons"]


class HoldRejection(NamedPrescription):
    """Let go of what is held, and say why."""

    dispense: DispenseId
    reason: HoldReason


class RejectDispense(StaffCommand):
    """Ask to let go of a hold of one's own pharmacy."""

    NAME: ClassVar[str] = "dispense.reject"
    VERSION: ClassVar[int] = 1

    command: Literal["dispense.reject"]
    version: Literal[1]
    resource: HoldRejection


class ExpireDispense(SystemCommand):
    """Let go of the holds of a prescription that have expired."""

    NAME: ClassVar[str] = "dispense.expire"
    VERSION: ClassVar[int] = 1

    command: Literal["dispense.expire"]
    version: Literal[1]
    resource: DuePrescription


COMMANDS: Final = (ReserveDispense, ProcessDispense, RejectDispense, ExpireDispense)
