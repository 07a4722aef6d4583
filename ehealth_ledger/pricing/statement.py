"""Fold a month's charges of a contract and package into the statement's bytes.

Format 1 says acts of persons at whole prices; format 2 also what institutions earn, prices in parts
with their coefficients, and corrections of earlier lines. A statement is written in the oldest
format that can say all its lines, so what format 1 said stays for ever.

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
    AdjustmentId,
    ChargeId,
    ContractId,
    EmployeeId,
    LegalEntityId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import CURRENCY, KOPIYKAS_MAX, Kopiykas
from ehealth_ledger.values.time import Month

STATEMENT_FORMAT: Final = "ehealth/statement/1"
RICHER_FORMAT: Final = "ehealth/statement/2"
_NO_LINES: Final = b'"lines":[]'


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

    @property
    def is_plain(self) -> bool:
        """Tell whether format 1 can say it: a person's act at a whole price."""
        return self.performer is not None and self.price == Price(self.price.base)

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
class Correction:
    """Carry one correction as a later statement prints it; `amount`, kopiykas, may be negative.

    `statement` and `line` name the line that is corrected.
    """

    position: int
    adjustment: AdjustmentId
    charge: ChargeId
    statement: StatementId
    line: int
    act_position: int
    reason: str
    rule: str | None
    rule_version: int | None
    amount: int

    @property
    def is_plain(self) -> bool:
        """Tell that format 1 has no words for a correction."""
        return False

    def printed(self) -> Json:
        """Return what the statement says of it."""
        return {
            "act": {"log": "records", "position": self.act_position},
            "adjustment": self.adjustment,
            "amount": self.amount,
            "charge": self.charge,
            "corrects": {"position": self.line, "statement": self.statement},
            "position": self.position,
            "reason": self.reason,
            "rule": self.rule,
            "rule_version": self.rule_version,
        }


AnyLine = Line | Correction


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold what a statement's bytes say beside its lines."""

    key: StatementKey
    provider: LegalEntityId
    payer: LegalEntityId
    as_of: int
    count: int
    total: int
    format: str

    def around(self) -> tuple[bytes, bytes]:
        """Return the bytes before the first line and those after the last one."""
        whole = orjson.dumps(
            {
                "as_of": {"records": self.as_of},
                "contract": self.key.contract,
                "count": self.count,
                "currency": CURRENCY,
                "format": self.format,
                "lines": [],
                "package": self.key.package,
                "payer": self.payer,
                "period": self.key.period,
                "provider": self.provider,
                "total": self.total,
            },
            option=orjson.OPT_SORT_KEYS,
        )
        # Nothing before the lines is of anybody's choosing, so the first place is the right one.
        opening = whole.index(_NO_LINES) + len(_NO_LINES) - 1
        return whole[:opening], whole[opening:]


def line_bytes(line: AnyLine) -> bytes:
    """Write one line as it stands in a statement's bytes, where commas part it from others."""
    return orjson.dumps(line.printed(), option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold a folded statement: what `statement.formed` records and the payer pays."""

    key: StatementKey
    provider: LegalEntityId
    payer: LegalEntityId
    lines: tuple[AnyLine, ...]

    @property
    def as_of(self) -> int:
        """Return the position of the last charge."""
        return self.lines[-1].position

    @property
    def total(self) -> int:
        """Return the sum of the lines, in kopiykas; below zero where corrections outweigh."""
        return sum(line.amount for line in self.lines)

    @property
    def format(self) -> str:
        """Name the oldest format that can say all lines."""
        return format_of(plain=all(line.is_plain for line in self.lines))

    def to_bytes(self) -> bytes:
        """Write the statement's bytes; the same charges give the same bytes for ever."""
        parties = (self.key, self.provider, self.payer)
        heading = Heading(*parties, self.as_of, len(self.lines), self.total, self.format)
        before, after = heading.around()
        return before + b",".join(map(line_bytes, self.lines)) + after

    def digest(self) -> str:
        """Return the SHA-256 of the bytes in hexadecimal: what the provider signs."""
        return sha256(self.to_bytes()).hexdigest()

    def folded(self) -> FoldedStatement:
        """Return what is recorded of it."""
        return FoldedStatement(self.as_of, len(self.lines), self.total, self.digest())


@dataclass(frozen=True, slots=True)
class FoldedStatement:
    """Hold what `statement.formed` records of a folded statement, without its lines."""

    as_of: int
    count: int
    total: int
    digest: str


def format_of(*, plain: bool) -> str:
    """Name the oldest format that can say lines of which all are `plain`, or some are not."""
    return STATEMENT_FORMAT if plain else RICHER_FORMAT


def fold(
    key: StatementKey, provider: LegalEntityId, payer: LegalEntityId, found: Iterable[AnyLine]
) -> Statement:
    """Order the lines by position and add them up.

    Raise ValueError for none, or for a total beyond a bigint.
    """
    lines = tuple(sorted(found, key=lambda line: line.position))
    if not lines:
        raise ValueError("a statement has at least one line")
    statement = Statement(key, provider, payer, lines)
    if abs(statement.total) > KOPIYKAS_MAX:
        raise ValueError("the total does not fit a bigint")
    return statement
