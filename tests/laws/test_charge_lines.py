"""A line is the same whether it is written from the fact or straight from its body."""

from __future__ import annotations

from datetime import date
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from ehealth_ledger.events import charge_lines
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeDenied,
)
from ehealth_ledger.events.charge_lines import parties, write_line
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.pricing.statement import line_bytes

IDS = st.uuids(version=4)
AMOUNTS = st.integers(0, 10**12)
TEXTS = st.text(min_size=1, max_size=20)
FACTORS = st.decimals("0.001", "99", places=3).map(lambda each: f"{each:f}")


@st.composite
def charges(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> Accrued:
    """Write an act's or a month's charge, whole prices and parts, with and without factors."""
    amount, payer, provider = draw(AMOUNTS), draw(IDS), draw(IDS)
    said: dict[str, Any] = {
        **{name: draw(IDS) for name in ("charge", "contract", "tariff")},
        "act_log": "records",
        "act_position": draw(st.integers(1, 10**9)),
        "provider": provider,
        "payer": payer,
        "service": draw(texts),
        "package": draw(texts),
        "day": draw(st.dates(date(2018, 1, 1), date(2030, 1, 1))),
        "period": "2026-10",
        "attempt": 1,
        "quantity": draw(st.integers(1, 5_000)),
        "amount": amount,
        "postings": transfer(
            debit="expense", credit="accrued", owner=payer, counterparty=provider, amount=amount
        ),
    }
    if draw(st.booleans()):
        return ChargeAccruedV1(**said, performer=draw(IDS), unit_price=draw(AMOUNTS))
    whole = {"unit_price": draw(AMOUNTS)}
    parts = {"base": draw(AMOUNTS), "per": draw(st.integers(2, 12))}
    factors = [
        {"code": draw(texts), "value": draw(FACTORS), "tariff": draw(IDS)}
        for _ in range(draw(st.integers(0, 3)))
    ]
    return ChargeAccrued.model_validate(
        {
            **said,
            **(whole if draw(st.booleans()) else parts),
            "kind": draw(st.sampled_from(["service", "case", "global", "capitation", "medicine"])),
            "performer": draw(st.none() | IDS),
            "coefficients": tuple(factors),
            "acts": tuple(draw(st.lists(st.integers(1, 99), max_size=3))),
            "band": draw(st.none() | texts),
            "mountain": draw(st.none() | st.booleans()),
        }
    )


@st.composite
def corrections(draw: st.DrawFn) -> ChargeAdjusted:
    """Write a correction, found by a rule or by a person."""
    rule = draw(st.none() | TEXTS)
    names = ("charge", "provider", "adjustment", "statement", "payer", "contract")
    return ChargeAdjusted(
        **{name: draw(IDS) for name in names},
        line=draw(st.integers(1, 10**9)),
        act_position=draw(st.integers(1, 10**9)),
        package=draw(TEXTS),
        period="2026-11",
        amount=draw(st.integers(-(10**9), 10**9)),
        reason=draw(TEXTS),
        rule=rule,
        rule_version=None if rule is None else draw(st.integers(1, 9)),
        postings=(),
    )


@given(charges() | corrections(), st.integers(1, 10**9))
def test_both_ways_write_the_same_line(fact: Accrued | ChargeAdjusted, position: int) -> None:
    """What the statement is formed of is what audits and replays fold."""
    line, body = fact.as_line(position), fact.to_bytes()
    assert write_line(fact.TOPIC, body, position) == (line_bytes(line), line.amount, line.is_plain)
    assert parties(body) == (str(fact.provider), str(fact.payer))


# Texts that look like the keys and the ends of a body: none may be cut where it says so.
TRAPS = st.sampled_from(
    [
        'a","tariff":"',
        '"quantity":7,"service":"x',
        '"}],"provider":"',
        '\\","performer":"\\',
        "Ж, ї \u2028 \x7f",
        "]}",
        ",",
        '"unit_price":1}',
    ]
)


@given(charges(TRAPS), st.integers(1, 10**9))
def test_a_text_like_a_key_is_no_key(fact: Accrued, position: int) -> None:
    """A service or package called like a part of a body stays one text."""
    line = fact.as_line(position)
    written = write_line(fact.TOPIC, fact.to_bytes(), position)
    assert written == (line_bytes(line), line.amount, line.is_plain)


@given(charges(), st.integers(1, 10**9))
def test_a_plain_charge_is_cut_and_not_read(fact: Accrued, position: int) -> None:
    """What a month is full of goes the short way: the long one costs four times as much."""
    body = fact.to_bytes()
    if fact.as_line(position).is_plain and b"\\" not in body:
        with patch.object(charge_lines.orjson, "loads", side_effect=AssertionError):
            assert write_line(fact.TOPIC, body, position) is not None


def test_what_is_no_line_is_none() -> None:
    """A denial states nothing by itself."""
    body = b'{"charge":"00000000-0000-4000-8000-000000000001"}'
    assert write_line(ChargeDenied.TOPIC, body, 7) is None
