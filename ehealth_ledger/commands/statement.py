"""Form, countersign and accept the payer's monthly statements (звіт про медичні послуги)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.fhir.elements import Code
from ehealth_ledger.commands.ledger import HexDigest
from ehealth_ledger.values.identifiers import ContractId, StatementId
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


COMMANDS: Final = (FormStatement, CountersignStatement, AcceptStatement)
