"""Publish medications: INNM dosages (МНН, форма, дозування) and the products that contain them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Discriminator, Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Coding, Day, Text
from ehealth_ledger.values.identifiers import MedicationId

Order = Annotated[str, Field(min_length=1, max_length=200)]
"""Name the act of the state that a publication rests on."""

Strength = Annotated[str, Field(max_length=20, pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?$")]
"""Write an amount of a substance as decimal text: `2.5` stays `2.5`."""

Count = Annotated[int, Field(ge=1, le=1_000_000)]
"""Count units of a medication, the smallest that are handed out: whole, never a fraction."""


class Ingredient(Element):
    """Name one substance and how much of it one unit holds."""

    substance: Coding
    amount: Strength
    unit: Code
    primary: bool


class InnmDosage(Element):
    """Describe a generic: substances, form, strength. `unit` is what its quantities count."""

    type: Literal["INNM_DOSAGE"]
    id: MedicationId
    name: Text
    form: Coding
    unit: Code
    ingredients: Annotated[tuple[Ingredient, ...], Field(min_length=1, max_length=20)]
    first_day: Day
    last_day: Day
    order: Order


class Container(Element):
    """Describe what a package holds its units in."""

    kind: Coding
    quantity: Count


class Manufacturer(Element):
    """Name who makes a product."""

    name: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Product(Element):
    """Describe a brand's package; `package_minimum` is the least that is handed out of one."""

    type: Literal["BRAND"]
    id: MedicationId
    name: Text
    generic: MedicationId
    container: Container
    package_quantity: Count
    package_minimum: Count
    manufacturer: Manufacturer
    certificate: Text
    first_day: Day
    last_day: Day
    order: Order


class PublishMedication(StaffCommand):
    """Ask to publish a medication; the payer signs."""

    NAME: ClassVar[str] = "medication.publish"
    VERSION: ClassVar[int] = 1

    command: Literal["medication.publish"]
    version: Literal[1]
    resource: Annotated[InnmDosage | Product, Discriminator("type")]


class MedicationDeactivation(Element):
    """Name the medication that ends, and the act of the state that ends it."""

    medication: MedicationId
    order: Order


class DeactivateMedication(StaffCommand):
    """Ask to end a medication at once; the payer signs."""

    NAME: ClassVar[str] = "medication.deactivate"
    VERSION: ClassVar[int] = 1

    command: Literal["medication.deactivate"]
    version: Literal[1]
    resource: MedicationDeactivation


COMMANDS: Final = (PublishMedication, DeactivateMedication)
