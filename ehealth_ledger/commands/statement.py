"""Form, countersign, review and accept monthly statements (звіт про медичні послуги)."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.charge import Rule
from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.each_once import each_once
from ehealth_ledger.commands.fhir.elements import Code, Text
from ehealth_ledger.commands.ledger import HexDigest
from ehealth_ledger.values.identifiers import ChargeId, ContractId, OffsetId, StatementId
from ehealth_ledger.values.money import KOPIYKAS_MAX
from ehealth_ledger.values.time import Month


class Forming(Element):
    """Name the closed set of charges: a contract, a package, a month after its cut-off."""

    id: StatementId
    contract: ContractId
    package: Code
    period: Month


class FormStatement(StaffCommand):
    """Ask to form a statement; the payer signs."""

    NAME: ClassVar[str] = "statement.form"
    VERSION: ClassVar[int] = 1

    command: Literal["statement.form"]
    version: Literal[1]
    resource: Forming


class FirstSignature(Element):
    """Name the command that is countersigned: where it stands and what was signed."""

    log: Literal["records"]
    position: Annotated[int, Field(ge=1)]
    chain_value: HexDigest
    content_digest: HexDigest  # SHA-256 of the first command's signed content


class Countersignature(Element):
    """Agree to a statement whose bytes have this digest."""

    statement: StatementId
    digest: HexDigest
    first: FirstSignature


class CountersignStatement(StaffCommand):
    """Ask to add the provider's signature to a formed statement."""

    NAME: ClassVar[str] = "statement.countersign"
    VERSION: ClassVar[int] = 1

    command: Literal["statement.countersign"]
    version: Literal[1]
    resource: Countersignature


class Acceptance(Element):
    """Accept every line of a statement whose bytes have this digest."""

    statement: StatementId
    digest: HexDigest


class AcceptStatement(StaffCommand):
    """Ask to accept a countersigned statement; the payer signs and owes the total from then on."""

    NAME: ClassVar[str] = "statement.accept"
    VERSION: ClassVar[int] = 1

    command: Literal["statement.accept"]
    version: Literal[1]
    resource: Acceptance


DENIALS_MAX: Final = 5_000  # in one review; the request's size is the narrower bound


class Denial(Element):
    """Name a line that is not paid, and why."""

    charge: ChargeId
    reason: Code  # of eHealth/denial_reasons
    rule: Rule | None = None
    explanation: Text


class Review(Element):
    """Deny some lines of a statement whose bytes have this digest, and accept all others."""

    statement: StatementId
    digest: HexDigest
    denied: Annotated[
        tuple[Denial, ...],
        Field(min_length=1, max_length=DENIALS_MAX),
        each_once("a line is denied once", by=attrgetter("charge")),
    ]


class ReviewStatement(StaffCommand):
    """Ask to accept a countersigned statement but for some lines; the payer signs.

    The payer owes what is accepted from then on; the provider may claim a denied line again.
    """

    NAME: ClassVar[str] = "statement.review"
    VERSION: ClassVar[int] = 1

    command: Literal["statement.review"]
    version: Literal[1]
    resource: Review


class Offset(Element):
    """Set off what the payer owes for a statement against what the provider owes back."""

    id: OffsetId
    statement: StatementId  # the payer owes less of it
    against: StatementId  # the provider owes less back of it
    amount: Annotated[int, Field(gt=0, le=KOPIYKAS_MAX)]  # kopiykas


class OffsetStatement(StaffCommand):
    """Ask to set two accepted statements of one provider off; the payer signs."""

    NAME: ClassVar[str] = "statement.offset"
    VERSION: ClassVar[int] = 1

    command: Literal["statement.offset"]
    version: Literal[1]
    resource: Offset


COMMANDS: Final = (
    FormStatement,
    CountersignStatement,
    AcceptStatement,
    ReviewStatement,
    OffsetStatement,
)
