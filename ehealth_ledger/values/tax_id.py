"""Check tax ids (РНОКПП): ten digits, the last of which follows from the others."""

from __future__ import annotations

import re
from typing import Final

_TEN_DIGITS: Final = re.compile(r"[0-9]{10}")
_WEIGHTS: Final = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
_ELEVEN, _TEN = 11, 10


def check_digit(first_nine: str) -> int:
    """Return the last digit that belongs to the first nine."""
    weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_nine, strict=True))
    return weighed % _ELEVEN % _TEN


def is_tax_id(text: str) -> bool:
    """Tell whether a text is a tax id whose check digit holds (rule 12)."""
    return _TEN_DIGITS.fullmatch(text) is not None and int(text[-1]) == check_digit(text[:-1])
