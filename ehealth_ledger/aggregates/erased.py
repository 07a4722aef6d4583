"""Know that a stream says nothing any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Erased:
    """Stand for the state of a stream whose patient was erased."""


ERASED: Final = Erased()
