"""Write addresses of places as the registries hold them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]


class Address(Element):
    """Give the address of a place in Ukraine.

    `settlement_code` is the settlement's code of the classifier КАТОТТГ (MinRegion order 290,
    2020).
    """

    area: Line  # область
    settlement_type: Literal["CITY", "TOWNSHIP", "SETTLEMENT", "VILLAGE"]
    settlement: Line
    settlement_code: Annotated[str, Field(pattern=r"^UA[0-9]{17}$")]
    street: Line | None = None
    building: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    postal_code: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
