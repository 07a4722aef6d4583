"""Count money in whole kopiykas; there is no fraction of a kopiyka and no float near one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, NewType

from pydantic import Field

CURRENCY: Final = "UAH"
KOPIYKAS_MAX: Final = 9_223_372_036_854_775_807  # what a bigint column holds

Kopiykas = NewType("Kopiykas", Annotated[int, Field(ge=0, le=KOPIYKAS_MAX)])

NegativeKopiykas = NewType("NegativeKopiykas", Annotated[int, Field(ge=-KOPIYKAS_MAX, lt=0)])
"""What a provider owes back: an amount below zero."""

SignedKopiykas = Annotated[int, Field(ge=-KOPIYKAS_MAX, le=KOPIYKAS_MAX)]

Factor = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,9})?$")]
"""What multiplies a price: a decimal as it was published, in text, so that 1.20 stays 1.20."""


def decimal(amount: int) -> Decimal:
    """Return an amount of kopiykas as hryvnias, exactly, with both digits: 150000 is 1500.00."""
    return Decimal(amount).scaleb(-2)


def hryvnias(amount: int) -> str:
    """Write an amount of kopiykas as hryvnias for people: 123456 becomes `1 234.56`."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 100)
    return f"{sign}{whole:,}".replace(",", " ") + f".{fraction:02}"
