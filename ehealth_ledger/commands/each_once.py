"""Refuse lists in which something stands twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from pydantic import AfterValidator

By = Callable[[Any], Hashable]


def itself(member: Any) -> Hashable:
    """Return what is compared where whole members are."""
    same: Hashable = member
    return same


def check_once(members: tuple[Any, ...], said: str, by: By = itself) -> None:
    """Raise ValueError where two members are the same, or have the same of what `by` returns."""
    if len({by(each) for each in members}) != len(members):
        raise ValueError(said)


def each_once(said: str, by: By = itself) -> AfterValidator:
    """Validate a field so: a list that fails is malformed, and `said` says why."""

    def checked(members: tuple[Any, ...]) -> tuple[Any, ...]:
        check_once(members, said, by)
        return members

    return AfterValidator(checked)
