"""Judge medications: generics by dosage, and the products that contain them; the payer signs.

A generic's stream also lists its products' least parts, so that a prescription, which names a
generic, is judged by one stream (rule 55).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.fhir.elements import Coding
from ehealth_ledger.commands.medication import (
    DeactivateMedication,
    InnmDosage,
    Product,
    PublishMedication,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.medication import (
    InnmDosagePublished,
    MedicationDeactivated,
    ProductDelisted,
    ProductListed,
    ProductPublished,
)
from ehealth_ledger.values.identifiers import MedicationId

AnyMedicationFact = (
    InnmDosagePublished | ProductPublished | ProductListed | MedicationDeactivated | ProductDelisted
)


@dataclass(frozen=True, slots=True)
class Medication:
    """Hold a generic or a product; quantities count `unit`, both days are included.

    A product names its generic; a generic names none and holds its products' least parts.
    """

    id: MedicationId
    unit: str
    first_day: date
    last_day: date
    generic: MedicationId | None = None
    package_quantity: int = 0
    package_minimum: int = 0
    products: Mapping[MedicationId, int] = field(default_factory=dict)
    active: bool = True

    @property
    def type(self) -> Literal["INNM_DOSAGE", "BRAND"]:
        """Tell a generic from a product."""
        return "INNM_DOSAGE" if self.generic is None else "BRAND"

    def in_force(self, day: date) -> bool:
        """Tell whether the medication may be used on a day."""
        return self.active and self.first_day <= day <= self.last_day

    def can_be_packed(self, quantity: int) -> bool:
        """Tell whether some product of this generic comes in parts of that quantity (rule 55)."""
        return any(quantity % minimum == 0 for minimum in self.products.values())


def evolve(state: Medication | None, fact: AnyMedicationFact) -> Medication | None:
    """Take in what happened to a medication; never refuses a fact."""
    match fact:
        case InnmDosagePublished():
            return Medication(fact.medication, fact.unit, fact.first_day, fact.last_day)
        case ProductPublished():
            return Medication(
                fact.medication,
                fact.unit,
                fact.first_day,
                fact.last_day,
                generic=fact.generic,
                package_quantity=fact.package_quantity,
                package_minimum=fact.package_minimum,
            )
        case _ if state is None:
            return None
        case ProductListed():
            return replace(state, products={**state.products, fact.product: fact.package_minimum})
        case ProductDelisted():
            left = {each: part for each, part in state.products.items() if each != fact.product}
            return replace(state, products=left)
        case MedicationDeactivated():
            return replace(state, active=False)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    InnmDosagePublished: evolve,
    ProductPublished: evolve,
    ProductListed: evolve,
    MedicationDeactivated: evolve,
    ProductDelisted: evolve,
}


def publish(case: Case[PublishMedication]) -> list[Fact]:
    """Publish a generic, or a product of a published one whose package divides into its parts."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require_days(asked.first_day, asked.last_day, "medication.period_invalid", "$.resource")
    for place, coding in codings(asked):
        case.require_code(coding.system, coding.code, case.today, f"$.resource.{place}.code")
    match asked:
        case InnmDosage():
            return [
                InnmDosagePublished(
                    medication=asked.id,
                    unit=asked.unit,
                    first_day=asked.first_day,
                    last_day=asked.last_day,
                    resource_pointer="/resource",
                )
            ]
        case Product():
            return _product(case, asked)
        case _:
            assert_never(asked)


def codings(asked: InnmDosage | Product) -> list[tuple[str, Coding]]:
    """List the coded values of a medication with their places (rule 38)."""
    if isinstance(asked, Product):
        return [("container.kind", asked.container.kind)]
    substances = [
        (f"ingredients[{at}].substance", each.substance)
        for at, each in enumerate(asked.ingredients)
    ]
    return [("form", asked.form), *substances]


def _product(case: Case[PublishMedication], asked: Product) -> list[Fact]:
    case.require(
        asked.package_quantity % asked.package_minimum == 0,
        "medication.package_invalid",
        "$.resource.package_minimum",
        expected=f"a divisor of {asked.package_quantity}",
    )
    generic = generic_in_force(case, asked.generic, path="$.resource.generic")
    return [
        ProductPublished(
            medication=asked.id,
            generic=generic.id,
            unit=generic.unit,
            package_quantity=asked.package_quantity,
            package_minimum=asked.package_minimum,
            first_day=asked.first_day,
            last_day=asked.last_day,
            resource_pointer="/resource",
        ),
        ProductListed(
            medication=generic.id, product=asked.id, package_minimum=asked.package_minimum
        ),
    ]


def deactivate(case: Case[DeactivateMedication]) -> list[Fact]:
    """End a medication at once; a product leaves its generic's list."""
    acting_employee(case)
    asked = case.command.body.resource
    path = "$.resource.medication"
    medication = case.get(Medication, asked.medication, code="medication.unknown", path=path)
    case.require(medication.active, "medication.not_active", path, expected="active")
    ended = MedicationDeactivated(medication=medication.id, order=asked.order)
    if medication.generic is None:
        return [ended]
    return [ended, ProductDelisted(medication=medication.generic, product=medication.id)]


def generic_in_force(case: Case[Any], wanted: MedicationId, *, path: str) -> Medication:
    """Return a generic that may be used today, or refuse."""
    generic = case.get(Medication, wanted, code="medication.unknown", path=path)
    case.require(
        generic.type == "INNM_DOSAGE",
        "medication.not_a_generic",
        path,
        expected="an INNM dosage, not a product",
    )
    _require_in_force(case, generic, path)
    return generic


def product_in_force(case: Case[Any], wanted: MedicationId, *, path: str) -> Medication:
    """Return a product that may be used today, or refuse."""
    product = case.get(Medication, wanted, code="medication.unknown", path=path)
    case.require(
        product.type == "BRAND",
        "medication.not_a_product",
        path,
        expected="a product, not an INNM dosage",
    )
    _require_in_force(case, product, path)
    return product


def _require_in_force(case: Case[Any], medication: Medication, path: str) -> None:
    case.require(
        medication.in_force(case.today),
        "medication.not_active",
        path,
        expected=f"a medication in force on {case.today}",
    )
