"""Open a ledger: the one command that stands at position 1, signed offline."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ehealth_ledger.commands.command import Element, StaffCommand
from ehealth_ledger.commands.legal_entity import Edrpou, Person
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId

HexDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Payer(Element):
    """Name the national payer (НСЗУ) as a legal entity of the ledger."""

    id: LegalEntityId
    edrpou: Edrpou
    name: Annotated[str, Field(min_length=1, max_length=300)]


class Administrator(Element):
    """Name one of the payer's first employees who may order the payer's acts."""

    id: EmployeeId
    party: Person


class Opening(Element):
    """Fix what the deployment stands on.

    Its keys, its trust store, its payer, its first administrators.
    """

    payer: Payer
    administrators: Annotated[tuple[Administrator, ...], Field(min_length=1, max_length=20)]
    signing_key: HexDigest  # the ledger's Ed25519 public key, 32 bytes
    trust_store: HexDigest  # SHA-256 of the trust store's file


class OpenLedger(StaffCommand):
    """Ask for the first record of a log."""

    NAME: ClassVar[str] = "ledger.open"
    VERSION: ClassVar[int] = 1

    command: Literal["ledger.open"]
    version: Literal[1]
    resource: Opening


COMMANDS: Final = (OpenLedger,)
