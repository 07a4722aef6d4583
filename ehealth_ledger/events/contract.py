"""Facts about contracts between the payer and institutions, and about what led to them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from ehealth_ledger.events.fact import Body, Fact, Pointer
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import (
    ContractId,
    ContractRequestId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month


class ContractSigned(Fact):
    """The payer bought packages from an institution between two days, both included."""

    TOPIC: ClassVar[str] = "contract.signed.v1"
    BEGINS: ClassVar[bool] = True

    contract: ContractId
    payer: LegalEntityId
    provider: LegalEntityId
    number: str
    packages: tuple[str, ...]
    first_day: date
    last_day: date

    @property
    def stream_id(self) -> UUID:
        """Name the contract."""
        return self.contract

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class Correction(Body):
    """Say that a correction of a package's tariffs applies; each tariff publishes its value."""

    package: str
    code: str


class Terms(Body):
    """State what a contract buys from whom; both days are included.

    `corrections` apply in this order to what a package earns; none could be named at first.
    """

    payer: LegalEntityId
    provider: LegalEntityId
    kind: ContractKind
    number: str
    packages: tuple[str, ...]
    first_day: date
    last_day: date
    corrections: tuple[Correction, ...] = ()

    def corrections_of(self, package: str) -> tuple[str, ...]:
        """List the codes of the corrections that apply to a package."""
        return tuple(each.code for each in self.corrections if each.package == package)


class ContractedDoctor(Body):
    """Name a doctor who works under a contract, where, and how many declarations count."""

    employee: EmployeeId
    division: DivisionId
    declaration_limit: Annotated[int, Field(ge=1)]


class PlannedMonth(Body):
    """State what is planned for a package in a month, kopiykas."""

    package: str
    period: Month
    amount: Kopiykas


class ContractRequestFact(Fact):
    """Share the stream and the key of every fact about a request."""

    request: ContractRequestId

    @property
    def stream_id(self) -> UUID:
        """Name the request."""
        return self.request

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class ContractRequested(ContractRequestFact):
    """A provider asked for a contract, or to amend the one that `amends` numbers."""

    TOPIC: ClassVar[str] = "contract.requested.v1"
    BEGINS: ClassVar[bool] = True

    contract: ContractId
    provider: LegalEntityId
    kind: ContractKind
    packages: tuple[str, ...]
    divisions: tuple[DivisionId, ...]
    employees: tuple[ContractedDoctor, ...]
    first_day: date
    last_day: date
    requested_by: EmployeeId
    amends: str | None = None
    counts_from: date | None = None  # the day of an amendment; the countersignature's where none is


class ContractPayerSigned(ContractRequestFact):
    """The payer agreed to a request; `act_position` is where this record stands."""

    TOPIC: ClassVar[str] = "contract.payer_signed.v1"

    payer: LegalEntityId
    signed_by: EmployeeId
    number: str
    plan: tuple[PlannedMonth, ...]
    act_position: Annotated[int, Field(ge=1)]
    # SHA-256 of the signed content of contract.sign: what a countersignature names.
    content_digest: str
    corrections: tuple[Correction, ...] = ()


class ContractDeclined(ContractRequestFact):
    """The payer declined a request or ended who had asked; or the provider took it back."""

    TOPIC: ClassVar[str] = "contract.declined.v1"

    declined_by: EmployeeId
    reason_pointer: Pointer
    with_legal_entity: Literal[True] | None = None  # nobody is left to sign for it
    by_provider: Literal[True] | None = None  # who had asked took it back


class ContractCountersigned(ContractRequestFact):
    """The provider signed what the payer had signed."""

    TOPIC: ClassVar[str] = "contract.countersigned.v1"

    signed_by: EmployeeId


class ContractFact(Fact):
    """Share the stream and the key of every fact about a contract in force; all carry its terms.

    Those are the terms agreed last, from whichever day they count.
    """

    contract: ContractId
    terms: Terms

    @property
    def stream_id(self) -> UUID:
        """Name the contract."""
        return self.contract

    @property
    def subject(self) -> None:
        """Seal under the ledger's key."""
        return None


class ContractConcluded(ContractFact):
    """Both sides signed: the contract is in force between its days."""

    TOPIC: ClassVar[str] = "contract.concluded.v1"

    request: ContractRequestId
    divisions: tuple[DivisionId, ...]
    employees: tuple[ContractedDoctor, ...]
    plan: tuple[PlannedMonth, ...]


class ContractAmended(ContractFact):
    """Both sides signed other terms; `removed` names the packages that are bought no longer.

    From the day on which they count they take the place of whatever was agreed before. An amendment
    that names no day is of the time when each counted for all the contract's days.
    """

    TOPIC: ClassVar[str] = "contract.amended.v1"

    request: ContractRequestId
    divisions: tuple[DivisionId, ...]
    employees: tuple[ContractedDoctor, ...]
    plan: tuple[PlannedMonth, ...]
    removed: tuple[str, ...]
    suspended: Literal[True] | None = None  # where it was before, and stays so
    counts_from: date | None = None

    @property
    def since(self) -> date:
        """Return the first day on which these terms count."""
        return self.counts_from or self.terms.first_day


class ContractSuspended(ContractFact):
    """Nothing is paid under the contract from now on."""

    TOPIC: ClassVar[str] = "contract.suspended.v1"

    reason_pointer: Pointer
    with_legal_entity: Literal[True] | None = None  # the provider was, and resumes it with itself
    with_head: Literal[True] | None = None  # the provider has another one, who signs it anew


class ContractResumed(ContractFact):
    """The contract is paid under again, from this day on."""

    TOPIC: ClassVar[str] = "contract.resumed.v1"

    reason_pointer: Pointer
    with_amendment: Literal[True] | None = None  # the provider's new head signed one: the reason


class ContractTerminated(ContractFact):
    """The contract ends on another day than agreed: the last one of its `terms`.

    That is a day before its first one where the provider ended before the contract began.
    """

    TOPIC: ClassVar[str] = "contract.terminated.v1"

    reason_pointer: Pointer
    suspended: Literal[True] | None = None  # where it was before, and stays so to its last day


FACTS: Final = (
    ContractSigned,
    ContractRequested,
    ContractPayerSigned,
    ContractDeclined,
    ContractCountersigned,
    ContractConcluded,
    ContractAmended,
    ContractSuspended,
    ContractResumed,
    ContractTerminated,
)
