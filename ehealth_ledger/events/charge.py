"""Facts about what an act earned; they name the act by position and carry no patient."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import Annotated, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.events.posting import Posting
from ehealth_ledger.pricing.charge import Price
from ehealth_ledger.pricing.statement import Correction, Line, StatementKey
from ehealth_ledger.values.identifiers import (
    AdjustmentId,
    ChargeId,
    ContractId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.money import Factor, Kopiykas
from ehealth_ledger.values.time import Month

Position = Annotated[int, Field(ge=1)]
ChargeKind = Literal["service", "case", "global", "capitation", "medicine"]
Instead = Literal["paper", "none"]
"""Say what stood where an electronic referral was not answered."""
WithheldReason = Literal["no_release", "no_group", "no_tariff", "no_price", "no_contract"]


class OfCharge(Fact):
    """Share the stream and the key of every fact about a charge."""

    charge: ChargeId

    @property
    def stream_id(self) -> UUID:
        """Name the charge."""
        return self.charge

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: money outlives the patient's data."""
        return None


class ChargeFact(OfCharge):
    """Share what is said of an act when it is first priced, or found without a price."""

    act_log: Literal["records"]
    act_position: Position
    provider: LegalEntityId
    performer: EmployeeId | None  # None only where an institution earns and no person
    service: str | None  # `system|code`; None only where nothing names one
    day: date


class Accrued(ChargeFact):
    """Share what every version says of an act that earned a price; amounts in kopiykas."""

    BEGINS: ClassVar[bool] = True

    service: str
    payer: LegalEntityId
    contract: ContractId
    package: str
    period: Month
    attempt: Annotated[int, Field(ge=1)]
    tariff: TariffId
    quantity: Annotated[int, Field(ge=1)]
    unit_price: Kopiykas | None
    amount: Kopiykas
    postings: tuple[Posting, ...]

    @property
    @abstractmethod
    def price(self) -> Price:
        """Return the parts the amount is the product of."""

    @property
    @abstractmethod
    def of_kind(self) -> ChargeKind:
        """Say by which kind of tariff the act is paid."""

    @property
    def key(self) -> StatementKey:
        """Name the set that the statement adds up."""
        return StatementKey(self.contract, self.package, self.period)

    def as_line(self, position: int) -> Line:
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
            price=self.price,
            amount=self.amount,
        )


class ChargeAccruedV1(Accrued):
    """An act earned its price under the contract and tariff in force on its day.

    Amounts in kopiykas.
    """

    TOPIC: ClassVar[str] = "charge.accrued.v1"

    performer: EmployeeId
    unit_price: Kopiykas

    @property
    def price(self) -> Price:
        """Return the whole price."""
        return Price(self.unit_price)

    @property
    def of_kind(self) -> ChargeKind:
        """Say that a service was paid: nothing else was then."""
        return "service"


class Coefficient(Body):
    """Multiply a price exactly: a code, the decimal as published, the tariff it stands in."""

    code: str
    value: Factor
    tariff: TariffId


class ChargeAccrued(Accrued):
    """An act, or many counted acts, earned a price under the contract and tariff of its day.

    The price of one unit is `unit_price`, or `base` / `per` where that is no whole number of
    kopiykas (a year's rate paid by the month). The amount is quantity times the price times every
    coefficient, rounded once (`pricing.charge.rounded`). `acts` are the positions of the signed
    records that were counted, where they are not the one at `act_position`.
    """

    TOPIC: ClassVar[str] = "charge.accrued.v2"

    kind: ChargeKind
    performer: EmployeeId | None = None
    unit_price: Kopiykas | None = None
    base: Kopiykas | None = None
    per: Annotated[int, Field(ge=2)] | None = None
    coefficients: tuple[Coefficient, ...] = ()
    acts: tuple[Position, ...] = ()
    band: str | None = None  # of ages, for capitation
    mountain: bool | None = None
    unreferred: Instead | None = None  # where the act answers no electronic referral

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if (self.unit_price is None) is (self.base is None):
            raise ValueError("a price is whole, or a base and what it is divided by")
        if (self.base is None) is not (self.per is None):
            raise ValueError("a base and what it is divided by stand together")
        return self

    @property
    def price(self) -> Price:
        """Return the whole price or its parts, and the coefficients."""
        factors = tuple((each.code, each.value) for each in self.coefficients)
        if self.base is not None and self.per is not None:
            return Price(self.base, self.per, factors)
        assert self.unit_price is not None  # noqa: S101 - the validator saw to it
        return Price(self.unit_price, factors=factors)

    @property
    def of_kind(self) -> ChargeKind:
        """Say by which kind of tariff the act is paid."""
        return self.kind


class Withheld(ChargeFact):
    """Share what every version says of an act that stands, while nothing prices it yet.

    It is a work item for people, never a guess.
    """

    BEGINS: ClassVar[bool] = True

    reason: WithheldReason

    @property
    def of_kind(self) -> ChargeKind:
        """Say by which kind of tariff the act would be paid; at first only services were."""
        return "service"


class ChargeWithheldV1(Withheld):
    """An act stands, but nothing prices it yet: a work item for people, never a guess."""

    TOPIC: ClassVar[str] = "charge.withheld.v1"

    performer: EmployeeId
    service: str
    reason: Literal["no_tariff", "no_contract"]


class ChargeWithheld(Withheld):
    """An act stands, but nothing prices it yet: a work item for people, never a guess.

    `service` and `package` are there as far as they are known: a treated case has neither before it
    is grouped. `no_group`: no rule of the release in force fits the case. `no_price`: the tariff in
    force does not say what this is worth. `quantity` and `amount` say what a medicine's program
    granted, in units and kopiykas: only a contract is missing then.
    """

    TOPIC: ClassVar[str] = "charge.withheld.v2"

    kind: ChargeKind
    performer: EmployeeId | None = None
    service: str | None = None
    package: str | None = None
    division: DivisionId | None = None  # where a medicine was handed out: its contract names it
    quantity: Annotated[int, Field(ge=1)] | None = None
    amount: Kopiykas | None = None
    unreferred: Instead | None = None  # where the act answers no electronic referral

    @property
    def of_kind(self) -> ChargeKind:
        """Say by which kind of tariff the act would be paid."""
        return self.kind


class ChargeWithdrawn(OfCharge):
    """The act of a charge was entered in error while the charge's period was open.

    The charge leaves its period, and what it posted is posted back. A withheld charge is withdrawn
    too, so that nobody prices it later; it names no period and posts nothing.
    """

    TOPIC: ClassVar[str] = "charge.withdrawn.v1"

    act_log: Literal["records"]
    act_position: Position
    reason: Literal["act_in_error"]
    contract: ContractId | None = None
    package: str | None = None
    period: Month | None = None
    postings: tuple[Posting, ...] = ()

    @property
    def key(self) -> StatementKey | None:
        """Name the set that the charge leaves; None where it was withheld."""
        if self.contract is None or self.package is None or self.period is None:
            return None
        return StatementKey(self.contract, self.package, self.period)


class ChargeQuestioned(OfCharge):
    """The act of a charge was entered in error after the charge's period had closed.

    The closed period stands; people decide which later line corrects it.
    """

    TOPIC: ClassVar[str] = "charge.questioned.v1"

    act_log: Literal["records"]
    act_position: Position
    reason: Literal["act_in_error"]


class ChargeSettled(OfCharge):
    """A withheld charge found its price: `successor` is the charge that its act earned."""

    TOPIC: ClassVar[str] = "charge.settled.v1"

    provider: LegalEntityId
    successor: ChargeId
    settled_by: EmployeeId


class Evidence(Body):
    """State one thing that a rule found, by name; nothing of it is about the patient."""

    name: str
    value: str


class ChargeFlagged(OfCharge):
    """A rule of automatic monitoring found something when the charge accrued: it tells, no more.

    The act stands and the charge with it; whoever reviews its line may cite the rule.
    """

    TOPIC: ClassVar[str] = "charge.flagged.v1"

    provider: LegalEntityId
    rule: str
    rule_version: Annotated[int, Field(ge=1)]
    evidence: tuple[Evidence, ...]


class LaterFact(OfCharge):
    """Add whose charge it is, of what becomes of one after its month has closed."""

    provider: LegalEntityId


class ChargeDenied(LaterFact):
    """The payer reviewed the statement and did not accept this line; amounts in kopiykas.

    `rule` and `rule_version` name the check that found it; a person's own finding has none.
    """

    TOPIC: ClassVar[str] = "charge.denied.v1"

    statement: StatementId
    amount: Kopiykas
    reason: str
    rule: str | None = None
    rule_version: int | None = None
    denial_pointer: Pointer


class ChargeResubmitted(LaterFact):
    """The provider claims a denied charge again, by another charge for the same act."""

    TOPIC: ClassVar[str] = "charge.resubmitted.v1"

    successor: ChargeId
    resubmitted_by: EmployeeId


class ChargeAdjusted(LaterFact):
    """A line of a closed month is corrected by a line of an open one; amounts in kopiykas.

    `statement` and `line` name the corrected line: its statement and the position of its charge.
    """

    TOPIC: ClassVar[str] = "charge.adjusted.v1"

    adjustment: AdjustmentId
    statement: StatementId
    line: Position
    act_position: Position
    payer: LegalEntityId
    contract: ContractId
    package: str
    period: Month
    amount: int
    reason: str
    rule: str | None = None
    rule_version: int | None = None
    postings: tuple[Posting, ...]

    @property
    def key(self) -> StatementKey:
        """Name the set that the statement adds up: of the open month, not the corrected one."""
        return StatementKey(self.contract, self.package, self.period)

    def as_line(self, position: int) -> Correction:
        """Return what a statement prints of this, recorded at `position`."""
        return Correction(
            position=position,
            adjustment=self.adjustment,
            charge=self.charge,
            statement=self.statement,
            line=self.line,
            act_position=self.act_position,
            reason=self.reason,
            rule=self.rule,
            rule_version=self.rule_version,
            amount=self.amount,
        )


FACTS: Final = (
    ChargeAccruedV1,
    ChargeAccrued,
    ChargeWithheldV1,
    ChargeWithheld,
    ChargeSettled,
    ChargeFlagged,
    ChargeWithdrawn,
    ChargeQuestioned,
    ChargeDenied,
    ChargeResubmitted,
    ChargeAdjusted,
)
