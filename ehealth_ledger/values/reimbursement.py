"""State what a medical program pays towards a product: an amount a package, or a share."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field

from ehealth_ledger.values.identifiers import MedicationId
from ehealth_ledger.values.money import Kopiykas

# A billion hryvnias for one package: no total of a month can then leave a bigint.
PACKAGE_PRICE_MAX: Final = 100_000_000_000
PERCENT: Final = 100
PRODUCTS: Final = "eHealth/medications"  # of codes that are ids of products


class _Term(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FixedReimbursement(_Term):
    """Pay an amount, kopiykas, for each package."""

    type: Literal["FIXED"]
    amount: Annotated[Kopiykas, Field(le=PACKAGE_PRICE_MAX)]


class PercentageReimbursement(_Term):
    """Pay a share of what the product was sold for."""

    type: Literal["PERCENTAGE"]
    percentage: Annotated[int, Field(ge=1, le=PERCENT)]


Reimbursement = Annotated[FixedReimbursement | PercentageReimbursement, Discriminator("type")]


def product_code(product: MedicationId) -> str:
    """Write a product as charges name what was done: `system|code`."""
    return f"{PRODUCTS}|{product}"
