"""Read JSON as signed content demands.

No key is repeated, no number invented, decimals stay exact and depth is bounded.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from ehealth_ledger.errors import Refused
from ehealth_ledger.values.json import Json, json_path

DEPTH_MAX: Final = 32
DIGITS_MAX: Final = 400  # a longer number is no measurement; int() of it would cost quadratic time
_NO_TEXT: Final = re.compile(r"[\x00\ud800-\udfff]")  # what neither UTF-8 nor PostgreSQL can hold
_ESCAPED_NO_TEXT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


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
    if _ESCAPED_NO_TEXT.search(text):
        # Rare: half a surrogate pair and NUL can only come in escaped.
        _check_text(value, ())
    return value


def _object(pairs: list[tuple[str, Any]]) -> Json:
    read = dict(pairs)
    if len(read) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused("content.duplicate_key", key=json_path((key[:100],))[1:])
            seen.add(key)
    return read


def _decimal(literal: str) -> Decimal:
    if len(literal) > DIGITS_MAX:
        raise Refused("content.invalid_number", limit=DIGITS_MAX)
    try:
        return Decimal(literal)
    except InvalidOperation as fault:  # an exponent beyond what a Decimal holds
        raise Refused("content.invalid_number", literal=literal[:100]) from fault


def _integer(literal: str) -> int | Decimal:
    if len(literal) > DIGITS_MAX:
        raise Refused("content.invalid_number", limit=DIGITS_MAX)
    # An int has no minus before its zero; what was signed does.
    return Decimal(literal) if literal == "-0" else int(literal)


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


def _check_text(value: object, location: tuple[int | str, ...]) -> None:
    match value:
        case str():
            if _NO_TEXT.search(value):
                raise Refused(
                    "content.field_invalid",
                    json_path(location),
                    expected="Unicode text without NUL",
                )
        case dict():
            for key, item in value.items():
                _check_text(key, (*location, key))
                _check_text(item, (*location, key))
        case list():
            for at, item in enumerate(value):
                _check_text(item, (*location, at))
        case _:
            pass  # a number, true, false or null


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)
