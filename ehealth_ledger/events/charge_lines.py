"""Write a statement's line straight from the body of its charge or correction.

A month may hold a million of them, and building the whole fact for each takes most of the time: of
a body that was just opened under its key only what the line prints is read. `fact.as_line` says the
same in the facts' own terms; audits and replays take that way, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from ehealth_ledger.events.charge import ChargeAccrued, ChargeAccruedV1, ChargeAdjusted
from ehealth_ledger.values.json import Json

_ACCRUED: Final = frozenset({ChargeAccrued.TOPIC, ChargeAccruedV1.TOPIC})
_SORTED: Final = orjson.OPT_SORT_KEYS


class WrittenLine(NamedTuple):
    """Hold a line as it stands in a statement's bytes, and what the statement adds up."""

    position: int
    amount: int  # kopiykas
    is_plain: bool  # whether format 1 can say it
    text: bytes
    provider: str
    payer: str


def write_line(topic: str, body: bytes, position: int) -> WrittenLine | None:
    """Write the line of a fact at a position; None where the topic has none."""
    if topic in _ACCRUED:
        said = orjson.loads(body)
        printed, plain = _charge(said, position)
    elif topic == ChargeAdjusted.TOPIC:
        said = orjson.loads(body)
        printed, plain = _correction(said, position), False
    else:
        return None
    text = orjson.dumps(printed, option=_SORTED)
    return WrittenLine(position, said["amount"], plain, text, said["provider"], said["payer"])


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
