"""Check what was handed out against what was signed, and its charge against what was handed out.

The price of a medicine is made again, of the quantity and the sum that the pharmacist signed, by
terms that the payer published for the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.dispense import ProcessDispense
from ehealth_ledger.events.charge import Accrued, ChargeWithheld, Withheld
from ehealth_ledger.events.dispense import DispenseGrant, DispensePrices, DispenseProcessed
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.medical_program import ProgramMedicationAdded
from ehealth_ledger.pricing.reimbursement import granted, payable
from ehealth_ledger.values.reimbursement import Reimbursement, product_code
from ehealth_ledger.values.time import kyiv_day

_Terms = tuple[Reimbursement, int]  # for a package of so many units


def agrees(command: Command, fact: Fact) -> bool:
    """Tell whether a fact of what was handed out says what was signed; others do."""
    match command, fact:
        case ProcessDispense() as wish, DispenseProcessed():
            asked = wish.resource
            program = None if fact.grant is None else fact.grant.program
            said = (
                *(fact.dispense, fact.prescription, fact.patient, fact.employee, fact.division),
                *(fact.medication, fact.quantity, fact.handed_over_on),
            )
            return (
                said
                == (
                    *(asked.id, asked.prescription, asked.subject.reference),
                    *(asked.performer[0].actor.reference, asked.location.reference),
                    *(asked.medication_reference.reference, asked.quantity.value),
                    kyiv_day(asked.when_handed_over),
                )
                and program in (None, asked.program)
                and _sums(fact.prices) == _sums(wish.prices)
            )
        case _:
            return True


def _sums(prices: object) -> tuple[int, ...] | None:
    names = DispensePrices.model_fields
    return None if prices is None else tuple(getattr(prices, name) for name in names)


class Dispenses:
    """Follow what programs pay and what is handed out; a charge stands beside its dispense."""

    def __init__(self) -> None:
        self._terms: defaultdict[tuple[UUID, UUID], list[_Terms]] = defaultdict(list)
        self._last: tuple[int, DispenseProcessed] | None = None

    def absorb(self, position: int, fact: Fact) -> None:
        """Take in the terms of a program, or what was handed out at a position."""
        match fact:
            case ProgramMedicationAdded():
                for each in fact.participants:
                    terms = (each.reimbursement, each.package_quantity)
                    self._terms[fact.program, each.medication].append(terms)
            case DispenseProcessed():
                self._last = position, fact
            case _:
                pass

    def is_read(self, position: int) -> bool:
        """Tell whether what was handed out at a position is known; an erased one is not."""
        return self._last is not None and self._last[0] == position

    def objections(self, charge: Accrued | Withheld) -> Iterator[str]:
        """Say what of a charge, or of one withheld, does not follow from the dispense last read."""
        if self._last is None:
            return
        _, handed_out = self._last
        said = (charge.provider, charge.performer, charge.service, charge.day)
        if said != (
            *(handed_out.legal_entity, handed_out.employee),
            *(product_code(handed_out.medication), handed_out.handed_over_on),
        ):
            yield "not what was handed out"
        grant = handed_out.grant
        package = None if grant is None else str(grant.program)
        quantity = getattr(charge, "quantity", None)
        price = getattr(charge, "amount", None)
        if quantity != handed_out.quantity or (
            grant is not None and getattr(charge, "package", None) != package
        ):
            yield "not the quantity that was handed out, or not its program"
        if isinstance(charge, ChargeWithheld) and charge.division != handed_out.division:
            yield "not where it was handed out"
        if price != (None if grant is None else self._granted(handed_out, grant)):
            yield "not what the program grants"

    def _granted(self, handed_out: DispenseProcessed, grant: DispenseGrant) -> int | None:
        """Reckon the grant again; None where its terms are none that the payer published."""
        terms = (grant.reimbursement, grant.package_quantity)
        if (
            handed_out.prices is None
            or terms not in (self._terms[grant.program, handed_out.medication])
        ):
            return None
        exact = granted(
            grant.reimbursement,
            package_quantity=grant.package_quantity,
            quantity=handed_out.quantity,
            sell_amount=handed_out.prices.sell_amount,
        )
        return payable(exact)
