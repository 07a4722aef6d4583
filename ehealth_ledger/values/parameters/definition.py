"""Say what a parameter is: its name, the form of its values, what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Text = Annotated[str, Field(min_length=1, max_length=300)]
Whole = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
Value = Whole | Text | tuple[Text, ...] | dict[Text, Whole] | dict[Text, tuple[Text, ...]]
"""A parameter's value: a whole number, a text, texts, or a table of either by name."""

Form = Literal["number", "text", "texts", "numbers_by_name", "texts_by_name"]


@dataclass(frozen=True, slots=True)
class Definition:
    """Define one parameter; `meaning` gives the unit and where the domain asks for it.

    `numbers` closes a table of numbers: the names it may hold, and with each the numbers.
    """

    name: str
    form: Form
    meaning: str
    numbers: Mapping[str, frozenset[int]] | None = None

    @property
    def expected(self) -> str:
        """Write what a value must be."""
        if self.numbers is None:
            return self.form
        closed = (f"{name} {' or '.join(map(str, sorted(n)))}" for name, n in self.numbers.items())
        return f"{self.form}, of {', '.join(closed)}"

    def fits(self, value: Value) -> bool:
        """Tell whether a value has the parameter's form."""
        match self.form:
            case "number":
                return isinstance(value, int)
            case "text":
                return isinstance(value, str)
            case "texts":
                return isinstance(value, tuple)
            case "numbers_by_name":
                return isinstance(value, dict) and all(
                    isinstance(number, int) and self._admits(name, number)
                    for name, number in value.items()
                )
            case "texts_by_name":
                return isinstance(value, dict) and all(isinstance(v, tuple) for v in value.values())

    def _admits(self, name: str, number: int) -> bool:
        return self.numbers is None or number in self.numbers.get(name, ())
