"""Count units of a medication (FHIR R4 Quantity): whole numbers, the unit by its code."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from ehealth_ledger.commands.fhir.elements import Code, FhirElement, Text

QUANTITY_MAX: Final = 1_000_000  # sums of them never leave a bigint


class UnitQuantity(FhirElement):
    """Count units; `code` is the unit of the medication, which is never handed out in parts."""

    value: Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
    code: Code
    unit: Text | None = None
