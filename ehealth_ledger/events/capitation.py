"""Facts about capitation: which declared patients a month was counted for."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.events.charge import Position
from ehealth_ledger.events.contract_month import ContractMonthFact, Withheld
from ehealth_ledger.events.fact import Body
from ehealth_ledger.values.identifiers import EmployeeId, TariffId
from ehealth_ledger.values.money import Kopiykas

Count = Annotated[int, Field(ge=0)]


class CountedPackage(Body):
    """Say what a month of one package came to: kopiykas, or why it is withheld.

    `beyond` are the records of declarations above every step of the tariff's ladder: they earn
    nothing.
    """

    package: str
    tariff: TariffId | None = None
    withheld: Withheld | None = None
    counted: Count = 0
    beyond: tuple[Position, ...] = ()
    amount: Kopiykas = Kopiykas(0)


class Uncounted(Body):
    """Name the records of declarations that no package counts, and why.

    `erased`: the patient's key is gone, so nobody can tell the age. `not_contracted`: the contract
    does not name the doctor in the division of the declaration.
    """

    reason: Literal["erased", "not_contracted"]
    acts: Annotated[tuple[Position, ...], Field(min_length=1)]


class CapitationCounted(ContractMonthFact):
    """The declared patients of a contract's doctors were counted, each declaration by its record.

    `as_of` is the last record before the billing date began, `declared` how many declarations with
    the contract's doctors held then: of each package not withheld, those it counts, those beyond
    its ladder and the uncounted add up to it. The charges of the same commit name what is counted.
    """

    TOPIC: ClassVar[str] = "capitation.counted.v1"

    as_of: Count
    declared: Count
    packages: tuple[CountedPackage, ...]
    uncounted: tuple[Uncounted, ...] = ()


class CapitationSettled(ContractMonthFact):
    """Packages that a month had withheld found their tariff: their patients were counted at last.

    As of the same record as the count; `uncounted` may name more, where a patient was erased since.
    """

    TOPIC: ClassVar[str] = "capitation.settled.v1"
    BEGINS: ClassVar[bool] = False

    as_of: Count
    declared: Count
    packages: Annotated[tuple[CountedPackage, ...], Field(min_length=1)]
    uncounted: tuple[Uncounted, ...]
    settled_by: EmployeeId


FACTS: Final = (CapitationCounted, CapitationSettled)
