"""Read the parameters of a request strictly: a misspelt filter must not read as no filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

from fastapi import Path, Query, Request
from pydantic import TypeAdapter, ValidationError

from ehealth_ledger.errors import Refused
from ehealth_ledger.values.identifiers import canonical_uuid
from ehealth_ledger.values.time import Month

PAGE_ROWS: Final = 100
PAGE_ROWS_MAX: Final = 1_000
POSITION_MAX: Final = 2**63 - 1
CODE_CHARACTERS_MAX: Final = 100
_DIGITS_MAX: Final = 19

After = Annotated[str | None, Query(description="begin after this row: `next` of the page before")]
StatementId = Annotated[str, Path(alias="id", description="the statement's id")]
Limit = Annotated[str | None, Query(description="rows on a page, 100 unless said, at most 1000")]

More = ParamSpec("More")
Read = TypeVar("Read")

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH: Final[TypeAdapter[str]] = TypeAdapter(Month)


def refuse_others(request: Request, *known: str) -> None:
    """Refuse a query parameter that is not known, or that is given twice."""
    known = (*known, *getattr(request.state, "also_known", ()))  # what stands on many routes
    names = [name for name, _ in request.query_params.multi_items()]
    if any(name not in known for name in names):
        # The name is not repeated to the caller or a log: it may be anything, a person's number
        # too.
        raise Refused("request.unknown_parameter", known=", ".join(known) or "none")
    for name in known:
        if names.count(name) > 1:
            raise Refused("request.invalid_parameter", f"$.{name}", expected="one value")


def an_id(value: str, name: str) -> UUID:
    """Read an id."""
    try:
        return canonical_uuid(value)
    except ValueError as fault:
        raise Refused("request.invalid_parameter", f"$.{name}", expected=str(fault)) from None


def a_month(value: str, name: str) -> str:
    """Read a civil month."""
    try:
        return _MONTH.validate_python(value)
    except ValidationError:
        raise Refused(
            "request.invalid_parameter", f"$.{name}", expected="a month, YYYY-MM"
        ) from None


def a_day(value: str, name: str) -> date:
    """Read a civil day."""
    if _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # such as 2026-02-30: refused below like every other text
    raise Refused("request.invalid_parameter", f"$.{name}", expected="a day, YYYY-MM-DD")


def one_of(value: str, name: str, allowed: tuple[str, ...]) -> str:
    """Read one of a few words."""
    if value not in allowed:
        raise Refused("request.invalid_parameter", f"$.{name}", expected=" | ".join(allowed))
    return value


def a_package(value: str, name: str) -> str:
    """Read the code of a package."""
    if not 0 < len(value) <= CODE_CHARACTERS_MAX or "\0" in value:
        raise Refused("request.invalid_parameter", f"$.{name}", expected="a package's code")
    return value


def a_code(value: str, name: str) -> str:
    """Read a code of a registry."""
    if not 0 < len(value) <= CODE_CHARACTERS_MAX or "\0" in value:
        raise Refused("request.invalid_parameter", f"$.{name}", expected="a code")
    return value


def a_number(value: str, name: str, *, least: int, most: int) -> int:
    """Read a whole number between two bounds, both included."""
    if value.isascii() and value.isdecimal() and len(value) <= _DIGITS_MAX:
        number = int(value)
        if least <= number <= most:
            return number
    raise Refused(
        "request.invalid_parameter", f"$.{name}", expected=f"a whole number from {least} to {most}"
    )


def given(
    value: str | None,
    read: Callable[Concatenate[str, str, More], Read],
    name: str,
    *more: More.args,
    **named: More.kwargs,
) -> Read | None:
    """Read a parameter with one of the readers above; None where it is not given."""
    return None if value is None else read(value, name, *more, **named)


def page(after: str | None, limit: str | None) -> tuple[int, int]:
    """Read where a page begins and how many rows it holds."""
    return (
        0 if after is None else a_number(after, "after", least=0, most=POSITION_MAX),
        PAGE_ROWS if limit is None else a_number(limit, "limit", least=1, most=PAGE_ROWS_MAX),
    )
