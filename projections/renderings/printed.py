"""Hold what a rendering says of one statement: its signed bytes, its record, its parties' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from ehealth_ledger.errors import Undecided
from ehealth_ledger.values.json import Json
from projections.read_models.contracts import MODEL, Party
from projections.read_models.exact_statement import ExactStatement


@dataclass(frozen=True, slots=True)
class Printed:
    """Say one statement as it was formed.

    Nothing that came later is in here, the parties are named as they were called then: so the same
    statement gives the same file for ever.
    """

    exact: ExactStatement
    provider: Party
    payer: Party

    @property
    def statement(self) -> UUID:
        """Return the statement's id."""
        return UUID(self.exact.document["statement"])

    @property
    def digest(self) -> str:
        """Return the SHA-256 that the provider signed, in hexadecimal."""
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
    def urn(self) -> str:
        """Name the statement, its record and its digest in one URN (RFC 8141, a q-component)."""
        return (
            f"urn:uuid:{self.statement}?=log=records&position={self.position}"
            f"&chain={self.chain_value}&sha256={self.digest}"
        )

    @classmethod
    def of(cls, exact: ExactStatement, parties: Mapping[UUID, Party]) -> Self:
        """Put a statement and its parties together; raise Undecided where one is not read yet."""
        heading = exact.heading
        try:
            return cls(exact, parties[heading.provider], parties[heading.payer])
        except KeyError:
            raise Undecided("read_model.not_ready", model=MODEL.name) from None

    def lines(self) -> Iterator[Json]:
        """Read the lines out of the signed bytes."""
        return self.exact.lines()
