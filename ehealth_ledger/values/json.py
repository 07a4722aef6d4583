"""Write and walk JSON values.

One value has one byte form, and decimals stay exactly as they were signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

import orjson

Json = dict[str, Any]
Location = tuple[int | str, ...]

_OPTIONS: Final = orjson.OPT_SORT_KEYS
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"JSON has no {type(value).__name__}")


def canonical(value: object) -> bytes:
    """Write a value with sorted keys and no spaces.

    A Decimal keeps its digits: 72.50 stays 72.50.
    """
    return orjson.dumps(value, default=_exact, option=_OPTIONS)


def json_path(location: Iterable[int | str]) -> str:
    """Write a location as a JSONPath (RFC 9535): `$.code.coding[0]`, an odd name as `['a b']`."""
    return "$" + "".join(_step(each) for each in location)


def _step(step: int | str) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN_NAME.fullmatch(step):
        return f".{step}"
    name = step.encode(errors="backslashreplace").decode()  # half a surrogate pair has no UTF-8
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


def resolve(document: object, pointer: str) -> Any:
    """Return what a JSON Pointer (RFC 6901) leads to; raise KeyError where it leads nowhere."""
    value: Any = document
    for token in pointer.split("/")[1:]:
        step = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not step.isdecimal() or int(step) >= len(value):
                raise KeyError(pointer)
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value[step]
        else:
            raise KeyError(pointer)
    return value


def differences(one: object, other: object, at: Location = ()) -> Iterator[Location]:
    """Name every place where two JSON values differ, the smallest place each, in order.

    A member or element that only one of them has is such a place; so is a number written otherwise:
    72.50 is not 72.5.
    """
    match one, other:
        case dict(), dict():
            for name in (*one, *(each for each in other if each not in one)):
                if name in one and name in other:
                    yield from differences(one[name], other[name], (*at, name))
                else:
                    yield (*at, name)
        case list(), list():
            shared = min(len(one), len(other))
            for index in range(shared):
                yield from differences(one[index], other[index], (*at, index))
            for index in range(shared, max(len(one), len(other))):
                yield (*at, index)
        case _ if type(one) is not type(other) or str(one) != str(other):
            yield at
        case _:
            pass
