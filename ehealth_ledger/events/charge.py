"""Facts about what an act earned; they name the act by position and carry no patient."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import Posting
from ehealth_ledger.pricing.statement import Line
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    EmployeeId,
    LegalEntityId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month

Position = Annotated[int, Field(ge=1)]


class ChargeFact(Fact):
    """Share the stream and the key of every fact about a charge."""

    charge: ChargeId
    act_log: Literal["records"]
    act_position: Position
    provider: LegalEntityId
    performer: EmployeeId
    service: str  # `system|code`
    day: date

    @property
    def stream_id(self) -> UUID:
        """Name the charge."""
        return self.charge

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: money outlives the patient's data."""
        return None


class ChargeAccrued(ChargeFact):
    """An act earned its price under the contract and tariff in force on its day.

    Amounts in kopiykas.
    """

    TOPIC: ClassVar[str] = "charge.accrued.v1"
    BEGINS: ClassVar[bool] = True

    payer: LegalEntityId
    contract: ContractId
    package: str
    period: Month
    attempt: Annotated[int, Field(ge=1)]
    tariff: TariffId
    quantity: Annotated[int, Field(ge=1)]
    unit_price: Kopiykas
    amount: Kopiykas
    postings: tuple[Posting, ...]

    def line(self, position: int) -> Line:
        """Return what the statement prints of this charge, recorded at `position`."""
        return Line(
            position=position,
            charge=self.charge,
            act_position=self.act_position,
            performer=self.performer,
            service=self.service,
            day=self.day,
            tariff=self.tariff,
            quantity=self.quantity,
            unit_price=self.unit_price,
            amount=self.amount,
        )


class ChargeWithheld(ChargeFact):
    """An act stands, but nothing prices it yet: a work item for people, never a guess."""

    TOPIC: ClassVar[str] = "charge.withheld.v1"
    BEGINS: ClassVar[bool] = True

    reason: Literal["no_tariff", "no_contract"]


class ChargeWithdrawn(Fact):
    """The act of a charge was entered in error while the charge's period was open.

    The charge leaves its period, and what it posted is posted back. A withheld charge is withdrawn
    too, so that nobody prices it later; it names no period and posts nothing.
    """

    TOPIC: ClassVar[str] = "charge.withdrawn.v1"

    charge: ChargeId
    act_log: Literal["records"]
    act_position: Position
    reason: Literal["act_in_error"]
    contract: ContractId | None = None
    package: str | None = None
    period: Month | None = None
    postings: tuple[Posting, ...] = ()

    @property
    def stream_id(self) -> UUID:
        """Name the charge."""
        return self.charge

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class ChargeQuestioned(Fact):
    """The act of a charge was entered in error after the charge's period had closed.

    The closed period stands; people decide which later line corrects it.
    """

    TOPIC: ClassVar[str] = "charge.questioned.v1"

    charge: ChargeId
    act_log: Literal["records"]
    act_position: Position
    reason: Literal["act_in_error"]

    @property
    def stream_id(self) -> UUID:
        """Name the charge."""
        return self.charge

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


FACTS: Final = (ChargeAccrued, ChargeWithheld, ChargeWithdrawn, ChargeQuestioned)
