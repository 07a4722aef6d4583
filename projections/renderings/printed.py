"""Hold what a rendering says of one statement: its signed bytes, its record, its parties' names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from ehealth_ledger.errors import Undecided
from ehealth_ledger.values.json import Json
from projections.read_models.contracts import MODEL, Party, number, parties
from projections.read_models.database import Snapshot
from projections.read_models.exact_statement import ExactStatement
from projections.renderings.words import Status


@dataclass(frozen=True, slots=True)
class Printed:
    """Say one statement as it was formed, and how it stands.

    Lines, sums, parties' names and the contract's number are those of its forming. What comes later
    changes `status` and `denied` alone: one statement in one standing gives one file for ever.
    """

    exact: ExactStatement
    provider: Party
    payer: Party
    contract_number: str | None  # none where the read side knows no such contract

    @property
    def statement(self) -> UUID:
        """Return the statement's id."""
        return UUID(self.exact.document["statement"])

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the statement's bytes, in hexadecimal; whoever signs, signs it."""
        digest: str = self.exact.document["digest"]
        return digest

    @property
    def position(self) -> int:
        """Return where the record stands that formed it."""
        position: int = self.exact.document["first"]["position"]
        return position

    @property
    def chain_value(self) -> str:
        """Return the chain value of the record that formed it, in hexadecimal."""
        value: str = self.exact.document["first"]["chain_value"]
        return value

    @property
    def formed_at(self) -> str:
        """Return when it was formed, UTC."""
        moment: str = self.exact.document["formed"]["recorded_at"]
        return moment

    @property
    def status(self) -> Status:
        """Return how it stands: who has signed, and whether it is settled."""
        status: Status = self.exact.document["status"]
        return status

    @property
    def denied(self) -> int:
        """Return how many lines the payer denied when he accepted the others."""
        accepted = self.exact.document["accepted"] or {}
        denied: int = accepted.get("denied", 0)
        return denied

    @property
    def contract(self) -> str:
        """Name the contract: its number, where that is known, beside its id."""
        named = str(self.exact.heading.key.contract)
        return named if self.contract_number is None else f"{self.contract_number}, {named}"

    @property
    def urn(self) -> str:
        """Name the statement, its record and its digest in one URN (RFC 8141, a q-component)."""
        return (
            f"urn:uuid:{self.statement}?=log=records&position={self.position}"
            f"&chain={self.chain_value}&sha256={self.digest}"
        )

    @classmethod
    def of(cls, exact: ExactStatement, seen: Snapshot) -> Self:
        """Name a statement's parties and contract as they were called when it was formed.

        `seen` is of the model of contracts; raise Undecided where it has not read a party yet.
        """
        heading, at = exact.heading, exact.document["first"]["position"]
        named = parties(seen, [heading.provider, heading.payer], at)
        try:
            provider, payer = named[heading.provider], named[heading.payer]
        except KeyError:
            raise Undecided("read_model.not_ready", model=MODEL.name) from None
        return cls(exact, provider, payer, number(seen, heading.key.contract, at))

    def lines(self) -> Iterator[Json]:
        """Read the lines out of the signed bytes."""
        return self.exact.lines()
