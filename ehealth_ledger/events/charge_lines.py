"""Write a statement's line straight from the body of its charge or correction.

A month may hold a million of them, and building the whole fact for each takes most of the time: of
a body that was just opened under its key only what the line prints is taken. The common charge, an
act of a person at a whole price, is cut out of the body's own bytes; every other body is read.
`fact.as_line` says the same in the facts' own terms; audits and replays take that way, and a test
holds all of them together.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from ehealth_ledger.events.charge import ChargeAccrued, ChargeAccruedV1, ChargeAdjusted
from ehealth_ledger.values.json import Json

_ACCRUED: Final = frozenset({ChargeAccrued.TOPIC, ChargeAccruedV1.TOPIC})
_SORTED: Final = orjson.OPT_SORT_KEYS

# The whole body of a charge that format 1 can say, from the first byte to the last: whatever has
# another shape, a coefficient, parts of a price, an escape in a text, is read instead. Keys are
# sorted in bodies and in lines, so what is caught stands in the line's order already.
_PLAIN: Final = re.compile(
    rb"""
    \{"act_log":"records","act_position":(\d+),
    (?:"acts":\[[\d,]*\],)?
    ("amount":(\d+),)
    "attempt":\d+,
    (?:"band":"[^"\\]*",)?
    ("charge":".{36}",)
    (?:"coefficients":\[\],)?
    "contract":".{36}",
    ("day":".{10}",)
    (?:"kind":"[a-z]+",)?
    (?:"mountain":(?:true|false),)?
    "package":"[^"\\]*",
    "payer":".{36}",
    ("performer":".{36}",)
    "period":".{7}",
    "postings":\[[^\]]*\],
    "provider":".{36}",
    ("quantity":\d+,"service":"[^"\\]*","tariff":".{36}","unit_price":\d+\})
    """,
    re.VERBOSE | re.DOTALL,
).fullmatch

WrittenLine = tuple[bytes, int, bool]
"""A line as it stands in a statement's bytes, its amount (kopiykas), and whether it is plain.

Plain is what format 1 can say. A million of them are made, and a tuple is made fastest.
"""


def write_line(topic: str, body: bytes, position: int) -> WrittenLine | None:
    """Write the line of a fact at a position; None where the topic has none."""
    if topic in _ACCRUED:
        plain = _PLAIN(body)
        if plain is not None:
            act, amount, kopiykas, charge, day, performer, rest = plain.groups()
            text = b'{"act":{"log":"records","position":%b},%b%b%b%b"position":%d,%b' % (
                *(act, amount, charge, day, performer, position, rest),
            )
            return text, int(kopiykas), True
        said = orjson.loads(body)
        printed, is_plain = _charge(said, position)
    elif topic == ChargeAdjusted.TOPIC:
        said = orjson.loads(body)
        printed, is_plain = _correction(said, position), False
    else:
        return None
    return orjson.dumps(printed, option=_SORTED), said["amount"], is_plain


def parties(body: bytes) -> tuple[str, str]:
    """Return provider and payer of a charge or correction: one pair a statement."""
    said = orjson.loads(body)
    return said["provider"], said["payer"]


def _charge(said: dict[str, Any], position: int) -> tuple[Json, bool]:
    printed: Json = {
        "act": {"log": "records", "position": said["act_position"]},
        "amount": said["amount"],
        "charge": said["charge"],
        "day": said["day"],
        "position": position,
        "quantity": said["quantity"],
        "service": said["service"],
        "tariff": said["tariff"],
    }
    plain = True
    if "performer" in said:
        printed["performer"] = said["performer"]
    else:
        plain = False
    if "unit_price" in said:
        printed["unit_price"] = said["unit_price"]
    else:
        printed["base"], printed["per"] = said["base"], said["per"]
        plain = False
    factors = said.get("coefficients")
    if factors:
        printed["coefficients"] = [
            {"code": each["code"], "value": each["value"]} for each in factors
        ]
        plain = False
    return printed, plain


def _correction(said: dict[str, Any], position: int) -> Json:
    return {
        "act": {"log": "records", "position": said["act_position"]},
        "adjustment": said["adjustment"],
        "amount": said["amount"],
        "charge": said["charge"],
        "corrects": {"position": said["line"], "statement": said["statement"]},
        "position": position,
        "reason": said["reason"],
        "rule": said.get("rule"),
        "rule_version": said.get("rule_version"),
    }
