"""Fold a month's charges of a contract and package into the statement's bytes.

Statement format 1.

The bytes are UTF-8 JSON with sorted keys, of strings, integers, arrays and objects. They are a pure
function of the charges: `as_of` is the position of the last charge, so any later replay of the
closed set yields the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

import orjson

from ehealth_ledger.pricing.charge import Price
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    EmployeeId,
    LegalEntityId,
    TariffId,
)
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import CURRENCY, KOPIYKAS_MAX, Kopiykas
from ehealth_ledger.values.time import Month

STATEMENT_FORMAT: Final = "ehealth/statement/1"


@dataclass(frozen=True, slots=True)
class StatementKey:
    """Name the set of charges a statement adds up."""

    contract: ContractId
    package: str
    period: Month


@dataclass(frozen=True, slots=True)
class Line:
    """Carry one charge as the statement prints it.

    Positions are of log `records`, amounts in kopiykas.
    """

    position: int
    charge: ChargeId
    act_position: int
    performer: EmployeeId | None
    service: str
    day: date
    tariff: TariffId
    quantity: int
    price: Price
    amount: Kopiykas

    def printed(self) -> Json:
        """Return what the statement says of it; what a line lacks is not mentioned."""
        performer = {} if self.performer is None else {"performer": self.performer}
        whole = self.price.per == 1
        price = (
            {"unit_price": self.price.base}
            if whole
            else {"base": self.price.base, "per": self.price.per}
        )
        factors = [{"code": code, "value": value} for code, value in self.price.factors]
        return {
            "act": {"log": "records", "position": self.act_position},
            "amount": self.amount,
            "charge": self.charge,
            "day": self.day,
            "position": self.position,
            "quantity": self.quantity,
            "service": self.service,
            "tariff": self.tariff,
            **performer,
            **price,
            **({"coefficients": factors} if factors else {}),
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold a folded statement: what `statement.formed` records and the payer pays."""

    key: StatementKey
    provider: LegalEntityId
    payer: LegalEntityId
    lines: tuple[Line, ...]

    @property
    def as_of(self) -> int:
        """Return the position of the last charge."""
        return self.lines[-1].position

    @property
    def total(self) -> Kopiykas:
        """Return the sum of the lines, in kopiykas."""
        return Kopiykas(sum(line.amount for line in self.lines))

    def to_bytes(self) -> bytes:
        """Write the statement's bytes; the same charges give the same bytes for ever."""
        return orjson.dumps(
            {
                "as_of": {"records": self.as_of},
                "contract": self.key.contract,
                "count": len(self.lines),
                "currency": CURRENCY,
                "format": STATEMENT_FORMAT,
                "lines": [line.printed() for line in self.lines],
                "package": self.key.package,
                "payer": self.payer,
                "period": self.key.period,
                "provider": self.provider,
                "total": self.total,
            },
            option=orjson.OPT_SORT_KEYS,
        )

    def digest(self) -> str:
        """Return the SHA-256 of the bytes in hexadecimal: what the provider signs."""
        return sha256(self.to_bytes()).hexdigest()


def fold(
    key: StatementKey, provider: LegalEntityId, payer: LegalEntityId, charges: Iterable[Line]
) -> Statement:
    """Order the charges by position and add them up.

    Raise ValueError for none, or for a total beyond a bigint.
    """
    lines = tuple(sorted(charges, key=lambda line: line.position))
    if not lines:
        raise ValueError("a statement has at least one line")
    statement = Statement(key, provider, payer, lines)
    if statement.total > KOPIYKAS_MAX:
        raise ValueError("the total does not fit a bigint")
    return statement
