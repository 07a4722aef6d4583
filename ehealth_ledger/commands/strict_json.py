"""Read JSON as signed content demands: no repeated key, no invented number, decimals exact, depth bounded."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

from ehealth_ledger.errors import Refused
from ehealth_ledger.values.json import Json

DEPTH_MAX: Final = 32
DIGITS_MAX: Final = 400  # a longer number is no measurement; int() of it would cost quadratic time


def read_object(content: bytes) -> Json:
    """Read one JSON object; raise Refused with the `content.*` code that says what is wrong."""
    try:
        text = content.decode()
    except UnicodeDecodeError as fault:
        raise Refused("content.not_utf8", byte=fault.start) from fault
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        raise Refused("content.not_json", character=fault.pos) from fault
    except RecursionError as fault:
        raise Refused("content.too_deep", limit=DEPTH_MAX) from fault
    if not isinstance(value, dict):
        raise Refused("content.not_json", expected="an object")
    if text.count("[") + text.count("{") > DEPTH_MAX:
        _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> Json:
    read = dict(pairs)
    if len(read) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused("content.duplicate_key", key=key[:100])
            seen.add(key)
    return read


def _decimal(literal: str) -> Decimal:
    if len(literal) > DIGITS_MAX:
        raise Refused("content.invalid_number", limit=DIGITS_MAX)
    return Decimal(literal)


def _integer(literal: str) -> int:
    if len(literal) > DIGITS_MAX:
        raise Refused("content.invalid_number", limit=DIGITS_MAX)
    return int(literal)


def _constant(literal: str) -> NoReturn:
    raise Refused("content.invalid_number", literal=literal)


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(DEPTH_MAX):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below.extend(item for item in each.values() if isinstance(item, dict | list))
            elif isinstance(each, list):
                below.extend(item for item in each if isinstance(item, dict | list))
        if not below:
            return
        level = below
    raise Refused("content.too_deep", limit=DEPTH_MAX)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)
