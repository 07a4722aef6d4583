"""Facts about the payer's monthly statements.

Version 1 says what the payer owes, version 2 what a provider owes back: a sum below zero.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import AnyPosting, Posting
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.values.identifiers import (
    ContractId,
    EmployeeId,
    LegalEntityId,
    OffsetId,
    StatementId,
)
from ehealth_ledger.values.money import Kopiykas, NegativeKopiykas, SignedKopiykas
from ehealth_ledger.values.time import Month


class StatementFact(Fact):
    """Share the stream and the key of every fact about a statement."""

    statement: StatementId

    @property
    def stream_id(self) -> UUID:
        """Name the statement."""
        return self.statement

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class Formed(StatementFact):
    """Share what every version says of a closed set of charges that was added up."""

    BEGINS: ClassVar[bool] = True

    contract: ContractId
    provider: LegalEntityId
    payer: LegalEntityId
    package: str
    period: Month
    as_of: Annotated[int, Field(ge=1)]
    count: Annotated[int, Field(ge=1)]
    total: SignedKopiykas
    digest: str
    # SHA-256 of the signed content of statement.form: what a countersignature names.
    content_digest: str

    @property
    def key(self) -> StatementKey:
        """Name the set of charges that was added up."""
        return StatementKey(self.contract, self.package, self.period)


class StatementFormed(Formed):
    """A closed set of charges was added up.

    `as_of` is the position of its last charge, `digest` of its bytes.
    """

    TOPIC: ClassVar[str] = "statement.formed.v1"

    total: Kopiykas


class StatementFormedV2(Formed):
    """A closed set was added up whose corrections outweigh its charges: `total` is below zero.

    `as_of` is the position of its last line, `digest` of its bytes.
    """

    TOPIC: ClassVar[str] = "statement.formed.v2"

    total: NegativeKopiykas


class StatementCountersigned(StatementFact):
    """The provider signed the statement's digest."""

    TOPIC: ClassVar[str] = "statement.countersigned.v1"

    signed_by: EmployeeId
    digest: str


class Accepted(StatementFact):
    """Share what every version says of a statement of which every line was accepted."""

    accepted_by: EmployeeId
    digest: str
    total: SignedKopiykas
    postings: tuple[AnyPosting, ...]


class StatementAccepted(Accepted):
    """The payer accepted every line and owes the total."""

    TOPIC: ClassVar[str] = "statement.accepted.v1"

    total: Kopiykas
    postings: tuple[Posting, ...]


class StatementAcceptedV2(Accepted):
    """The payer accepted every line, and the provider owes back what `total` is below zero."""

    TOPIC: ClassVar[str] = "statement.accepted.v2"

    total: NegativeKopiykas


class Reviewed(StatementFact):
    """Share what every version says of a statement of which some lines were denied."""

    reviewed_by: EmployeeId
    digest: str
    total: SignedKopiykas
    accepted: SignedKopiykas
    denied: Annotated[int, Field(ge=1)]  # how many lines
    postings: tuple[AnyPosting, ...]


class StatementReviewed(Reviewed):
    """The payer accepted all lines but some, and owes `accepted`; amounts in kopiykas.

    What became of each denied line is a fact of its charge.
    """

    TOPIC: ClassVar[str] = "statement.reviewed.v1"

    total: Kopiykas
    accepted: Kopiykas
    postings: tuple[Posting, ...]


class StatementReviewedV2(Reviewed):
    """The payer accepted all lines but some, and what is left is below zero: `accepted`, kopiykas.

    The provider owes it back; the total may have been above zero.
    """

    TOPIC: ClassVar[str] = "statement.reviewed.v2"

    accepted: NegativeKopiykas


class StatementOffset(StatementFact):
    """The payer owes less of this statement, for the provider owes as much less back of another."""

    TOPIC: ClassVar[str] = "statement.offset.v1"

    offset: OffsetId
    against: StatementId  # the one below zero
    amount: Annotated[int, Field(gt=0)]  # kopiykas
    postings: tuple[AnyPosting, ...]


class StatementRecovered(StatementFact):
    """The provider owes less back of this statement: the other side of an offset, which posts."""

    TOPIC: ClassVar[str] = "statement.recovered.v1"

    offset: OffsetId
    by: StatementId  # the one that the payer owes less of
    amount: Annotated[int, Field(gt=0)]  # kopiykas


FACTS: Final = (
    StatementFormed,
    StatementFormedV2,
    StatementCountersigned,
    StatementAccepted,
    StatementAcceptedV2,
    StatementReviewed,
    StatementReviewedV2,
    StatementOffset,
    StatementRecovered,
)
