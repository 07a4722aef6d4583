"""Correct what was stated: claim a denied charge again, adjust a line of a closed period."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code, Text
from ehealth_ledger.values.identifiers import AdjustmentId, ChargeId

DENIAL_REASONS: Final = "eHealth/denial_reasons"
AMOUNT_MAX: Final = 100_000_000_000  # a billion hryvnias either way


class Rule(Element):
    """Name the check that found it, and in which version it was in force."""

    id: Code
    version: Annotated[int, Field(ge=1)]


class Resubmission(Element):
    """Name a denied charge and say why it is claimed again."""

    charge: ChargeId
    explanation: Text


class ResubmitCharge(StaffCommand):
    """Ask to pay for a denied act again, in the month that is open; the provider signs."""

    NAME: ClassVar[str] = "charge.resubmit"
    VERSION: ClassVar[int] = 1

    command: Literal["charge.resubmit"]
    version: Literal[1]
    resource: Resubmission


class Settlement(Element):
    """Name a withheld charge, and say what was missing then and is there now."""

    charge: ChargeId
    explanation: Text


class SettleCharge(StaffCommand):
    """Ask to price what was withheld, by what is published now for its day; the payer signs."""

    NAME: ClassVar[str] = "charge.settle"
    VERSION: ClassVar[int] = 1

    command: Literal["charge.settle"]
    version: Literal[1]
    resource: Settlement


class Adjustment(Element):
    """Name the line that is corrected, by how many kopiykas, and why.

    The closed month stays as it is: the correction is a line of a month that is open.
    """

    id: AdjustmentId
    charge: ChargeId
    amount: Annotated[int, Field(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]  # kopiykas; never 0
    reason: Code  # of eHealth/denial_reasons
    rule: Rule | None = None
    explanation: Text


class AdjustCharge(StaffCommand):
    """Ask to correct a line of a closed month by a later line; the payer signs."""

    NAME: ClassVar[str] = "charge.adjust"
    VERSION: ClassVar[int] = 1

    command: Literal["charge.adjust"]
    version: Literal[1]
    resource: Adjustment


COMMANDS: Final = (ResubmitCharge, SettleCharge, AdjustCharge)
