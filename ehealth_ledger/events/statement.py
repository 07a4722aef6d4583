"""Facts about the payer's monthly statements."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.posting import Posting
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.values.identifiers import ContractId, EmployeeId, LegalEntityId, StatementId
from ehealth_ledger.values.money import Kopiykas
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


class StatementFormed(StatementFact):
    """A closed set of charges was added up.

    `as_of` is the position of its last charge, `digest` of its bytes.
    """

    TOPIC: ClassVar[str] = "statement.formed.v1"
    BEGINS: ClassVar[bool] = True

    contract: ContractId
    provider: LegalEntityId
    payer: LegalEntityId
    package: str
    period: Month
    as_of: Annotated[int, Field(ge=1)]
    count: Annotated[int, Field(ge=1)]
    total: Kopiykas
    digest: str
    # SHA-256 of the signed content of statement.form: what a countersignature names.
    content_digest: str

    @property
    def key(self) -> StatementKey:
        """Name the set of charges that was added up."""
        return StatementKey(self.contract, self.package, self.period)


class StatementCountersigned(StatementFact):
    """The provider signed the statement's digest."""

    TOPIC: ClassVar[str] = "statement.countersigned.v1"

    signed_by: EmployeeId
    digest: str


class StatementAccepted(StatementFact):
    """The payer accepted every line and owes the total."""

    TOPIC: ClassVar[str] = "statement.accepted.v1"

    accepted_by: EmployeeId
    digest: str
    total: Kopiykas
    postings: tuple[Posting, ...]


class StatementReviewed(StatementFact):
    """The payer accepted all lines but some, and owes `accepted`; amounts in kopiykas.

    What became of each denied line is a fact of its charge.
    """

    TOPIC: ClassVar[str] = "statement.reviewed.v1"

    reviewed_by: EmployeeId
    digest: str
    total: Kopiykas
    accepted: Kopiykas
    denied: Annotated[int, Field(ge=1)]  # how many lines
    postings: tuple[Posting, ...]


FACTS: Final = (StatementFormed, StatementCountersigned, StatementAccepted, StatementReviewed)
