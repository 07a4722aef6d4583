"""Facts about medications: all under the ledger's key, none about a person."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import MedicationId


class MedicationFact(Fact):
    """Share the stream of every fact about a medication."""

    medication: MedicationId

    @property
    def stream_id(self) -> UUID:
        """Name the medication."""
        return self.medication

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return


class InnmDosagePublished(MedicationFact):
    """A generic holds between two days, both included; quantities of it count `unit`."""

    TOPIC: ClassVar[str] = "medication.innm_dosage_published.v1"
    BEGINS: ClassVar[bool] = True

    unit: str
    first_day: date
    last_day: date
    resource_pointer: Pointer


class ProductPublished(MedicationFact):
    """A product of a generic holds between two days, both included."""

    TOPIC: ClassVar[str] = "medication.product_published.v1"
    BEGINS: ClassVar[bool] = True

    generic: MedicationId
    unit: str
    package_quantity: int
    package_minimum: int
    first_day: date
    last_day: date
    resource_pointer: Pointer


class ProductListed(MedicationFact):
    """A generic has one product more, in packages of this least part."""

    TOPIC: ClassVar[str] = "medication.product_listed.v1"

    product: MedicationId
    package_minimum: int


class MedicationDeactivated(MedicationFact):
    """A medication ended at once."""

    TOPIC: ClassVar[str] = "medication.deactivated.v1"

    order: str


class ProductDelisted(MedicationFact):
    """A generic has one product less."""

    TOPIC: ClassVar[str] = "medication.product_delisted.v1"

    product: MedicationId


FACTS: Final = (
    InnmDosagePublished,
    ProductPublished,
    ProductListed,
    MedicationDeactivated,
    ProductDelisted,
)
