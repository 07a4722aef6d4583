"""Compute what a program grants for a dispensed product, and what discount that asks for (rule 61).

Exact: whole kopiykas and fractions of whole numbers, no rounding before the end.
"""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.reimbursement import (
    PERCENT,
    FixedReimbursement,
    PercentageReimbursement,
)


def granted(
    term: FixedReimbursement | PercentageReimbursement,
    *,
    package_quantity: int,
    quantity: int,
    sell_amount: int,
) -> Fraction:
    """Return what a program grants, in kopiykas, for a quantity sold for an amount."""
    match term:
        case FixedReimbursement():
            return Fraction(term.amount * quantity, package_quantity)
        case PercentageReimbursement():
            return Fraction(sell_amount * term.percentage, PERCENT)
        case _:
            assert_never(term)


def payable(grant: Fraction) -> Kopiykas:
    """Return the whole kopiykas of a grant: a started kopiyka is not paid."""
    return Kopiykas(grant.numerator // grant.denominator)


def per_unit(grant: Kopiykas, quantity: int) -> tuple[Kopiykas, int]:
    """Return the price of one unit, as a base and what it is divided by, of which a grant is made.

    A price of whole kopiykas where there is one. Multiplied by the quantity it is the grant again.
    """
    if grant % quantity == 0:
        return Kopiykas(grant // quantity), 1
    return grant, quantity


def discount_bounds(
    grant: Fraction, *, tolerance_kopiykas: int, deviation_percent: int
) -> tuple[int, int]:
    """Return the least and the greatest discount, kopiykas, that a grant allows (rule 61)."""
    least = grant * (PERCENT - deviation_percent) / PERCENT
    most = grant + tolerance_kopiykas
    return -(-least.numerator // least.denominator), most.numerator // most.denominator
