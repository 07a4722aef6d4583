"""Write a row's document as canonical JSON and read it back, every number as signed."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.time import from_microseconds

Document = Json

INSTANTS_KEPT: Final = 4_096  # the records of a commit share one moment, and so do their readers

_INTEGER_MIN: Final = -(2**63)
_INTEGER_MAX: Final = 2**63 - 1
_SHORT_DIGITS: Final = 18  # every integer of so many characters fits 64 bits


def write(document: Document) -> str:
    """Write a document as its row holds it."""
    return canonical(document).decode()


def read(text: str) -> Document:
    """Read a document back; `write` of it gives the same text."""
    document: Document = _DECODER.decode(text)
    return document


def exact(value: Any) -> Any:
    """Return a signed part with integers beyond 64 bits as Decimals.

    A signed number may have hundreds of digits; the canonical writer takes integers of 64 bits
    only.
    """
    match value:
        case dict():
            return {name: exact(item) for name, item in value.items()}
        case list():
            return [exact(item) for item in value]
        case int() if not _INTEGER_MIN <= value <= _INTEGER_MAX:
            return Decimal(value)
        case _:
            return value


def named(identifier: UUID) -> str:
    """Write an id as JSON does; rows are full of them, and `str` takes three times as long."""
    return orjson.dumps(identifier)[1:-1].decode()


def named_if(identifier: UUID | None) -> str | None:
    """Write an id where there is one."""
    return None if identifier is None else named(identifier)


def embedded(text: str) -> orjson.Fragment:
    """Put a written document into a larger answer as it stands, without reading it."""
    return orjson.Fragment(text)


@lru_cache(INSTANTS_KEPT)
def instant(moment_us: int) -> str:
    """Write a moment, microseconds UTC, as people and FHIR read it."""
    return from_microseconds(moment_us).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _integer(literal: str) -> int | Decimal:
    if len(literal) <= _SHORT_DIGITS:
        return int(literal)
    value = Decimal(literal)
    return int(literal) if _INTEGER_MIN <= value <= _INTEGER_MAX else value


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_int=_integer)
