"""Find the coded values of a resource, wherever they stand.

What a profile closes by itself (a status, a role) is not among them: the schema has judged it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from ehealth_ledger.commands.fhir.elements import Coding, FhirElement, Quantity


class CodedValue(NamedTuple):
    """Name one code of one system."""

    system: str
    code: str


def coded_values(element: FhirElement, place: str = "") -> Iterator[tuple[str, CodedValue]]:
    """Yield each coded value below an element with its place: `.code.coding[0]`."""
    if isinstance(element, Coding):
        yield place, CodedValue(element.system, element.code)
        return
    if isinstance(element, Quantity):
        if element.system is not None and element.code is not None:
            yield place, CodedValue(element.system, element.code)
        return
    held = element.__dict__
    for name, wire_name in _elements(type(element)):
        value = held[name]
        if isinstance(value, FhirElement):
            yield from coded_values(value, f"{place}.{wire_name}")
        elif isinstance(value, tuple):
            for at, each in enumerate(value):
                if isinstance(each, FhirElement):
                    yield from coded_values(each, f"{place}.{wire_name}[{at}]")


@lru_cache(maxsize=1024)
def _elements(kind: type[FhirElement]) -> tuple[tuple[str, str], ...]:
    """List the fields below which a coded value may stand, each with its name on the wire."""
    return tuple(
        (name, field.alias or name)
        for name, field in kind.model_fields.items()
        if _may_hold_codes(field.annotation)
    )


def _may_hold_codes(annotation: Any) -> bool:
    """Tell whether a field's type is, has or names an element with a coded value."""
    if isinstance(annotation, type) and issubclass(annotation, FhirElement):
        return issubclass(annotation, Coding | Quantity) or bool(_elements(annotation))
    return any(_may_hold_codes(each) for each in get_args(annotation))
