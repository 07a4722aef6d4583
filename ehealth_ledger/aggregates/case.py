"""Put a command before its law: who asks, what is known, when it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar
from uuid import UUID

from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.erased import Erased
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.signed import (
    Draft,
    LedgerSigner,
    PatientSigner,
    StaffSigner,
    Verified,
)
from ehealth_ledger.errors import RuleBroken, Undecided
from ehealth_ledger.terminology.days import include, written
from ehealth_ledger.terminology.directory import Directory
from ehealth_ledger.values.identifiers import directory_stream, parameter_stream
from ehealth_ledger.values.parameters.definition import Value
from ehealth_ledger.values.time import Month, kyiv_day, microseconds

C_co = TypeVar("C_co", bound=Command, covariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Parameter:
    """Hold a parameter's values by their first days (aggregates/parameter.py judges them)."""

    name: str
    values: Dated[Value]


@dataclass(frozen=True, slots=True)
class Case(Generic[C_co]):
    """Hold everything a law may look at.

    `now` is the batch's one clock reading, `basis` the log's last position. `collected` is None
    where a command is judged: the first broken rule ends it. Where somebody asks beforehand what
    would be wrong, it is a list, and every broken rule goes there; nobody has signed then.
    """

    command: Verified[C_co] | Draft[C_co]
    states: Mapping[UUID, object | None]  # of the streams the law named; None before the first fact
    lookups: Lookups
    basis: int
    now: datetime
    collected: list[RuleBroken] | None = None

    @property
    def now_us(self) -> int:
        """Return `now` in microseconds UTC."""
        return microseconds(self.now)

    @property
    def today(self) -> date:
        """Return the civil day in Kyiv."""
        return kyiv_day(self.now)

    @property
    def person(self) -> StaffSigner | None:
        """Return the employee who signed; None where nobody has yet, so that nothing is checked.

        Raise RuleBroken where the ledger's own key, or a patient, signed what an employee must.
        """
        signer = self.command.signer
        if isinstance(signer, LedgerSigner | PatientSigner):
            raise RuleBroken(
                "system.not_a_system_command", "$.command", expected="a command of a person at work"
            )
        return signer

    # What is wrong

    def require(self, holds: bool, code: str, path: str, **evidence: object) -> bool:
        """Refuse with `code` at `path` unless the rule holds; return whether it does.

        It returns False only while violations are collected: what needs the rule to hold comes
        behind `if case.require(…):`.
        """
        if not holds:
            self.refuse(code, path, **evidence)
        return holds

    def refuse(self, code: str, path: str, **evidence: object) -> None:
        """Refuse with `code` at `path`, or note it where violations are collected."""
        broken = RuleBroken(code, path, **evidence)
        if self.collected is None:
            raise broken
        self.collected.append(broken)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Judge a part of a law that can be judged by itself.

        Where violations are collected, a refusal ends this part and not the law.
        """
        try:
            yield
        except RuleBroken as broken:
            if self.collected is None:
                raise
            self.collected.append(broken)

    # What is known

    def find(self, kind: type[S], wanted: UUID) -> S | None:
        """Return the state of a stream, or None when there is no such thing of this kind."""
        state = self.states.get(wanted)
        return state if isinstance(state, kind) else None

    def get(self, kind: type[S], wanted: UUID, *, code: str, path: str) -> S:
        """Return the state of a stream, or refuse with `code` at `path`.

        What belongs to an erased patient is refused with a code of its own.
        """
        state = self.find(kind, wanted)
        if state is None:
            if isinstance(self.states.get(wanted), Erased):
                raise RuleBroken("patient.erased", path, expected="what was not erased")
            raise RuleBroken(code, path, expected=f"the id of a known {kind.__name__}")
        return state

    def require_days(self, first_day: date, last_day: date, code: str, path: str) -> bool:
        """Refuse with `code`, at `last_day` below `path`, days that end before they begin."""
        return self.require(
            first_day <= last_day, code, f"{path}.last_day", expected=f"{first_day} or later"
        )

    def require_new_id(self, wanted: UUID, path: str) -> bool:
        """Refuse an id that stands for something already (rule 24)."""
        return self.require(
            not self.lookups.ids.is_taken(wanted),
            "id.not_new",
            path,
            expected="an id that stands for nothing yet",
        )

    def require_code(self, system: str, code: str, day: date, path: str) -> bool:
        """Refuse a code that its directory does not list as in force on a day (rule 38)."""
        directory = self.find(Directory, directory_stream(system))
        if directory is None:
            return self.require(
                False, "code.directory_unknown", path, expected="a code of a published directory"
            )
        days = directory.days(code)
        if include(days, day):
            return True
        expected = f"a code of {system} in force on {day}"
        if directory.knows(code):
            return self.require(
                False, "code.not_active", path, expected=expected, in_force=written(days)
            )
        alike = directory.neighbours(code, day)
        if alike:
            expected += f", such as {', '.join(alike)}"
        return self.require(False, "code.unknown", path, expected=expected)

    def parameter(self, name: str, day: date | None = None) -> Value:
        """Return a parameter's value on a day, today unless said.

        Raise Undecided where it has none: nothing is decided by a default.
        """
        value = self.setting(name, day)
        if value is None:
            raise Undecided("parameter.unset", parameter=name, day=day or self.today)
        return value

    def setting(self, name: str, day: date | None = None) -> Value | None:
        """Return a parameter's value, or None where it has none: for what refuses nothing."""
        state = self.find(Parameter, parameter_stream(name))
        return None if state is None else state.values.on(day or self.today)

    def number(self, name: str, day: date | None = None) -> int:
        """Return the value of a parameter that is a whole number."""
        value = self.parameter(name, day)
        if not isinstance(value, int):
            raise TypeError(f"{name} is no number")
        return value

    def texts(self, name: str, day: date | None = None) -> tuple[str, ...]:
        """Return the value of a parameter that is a list of texts."""
        value = self.parameter(name, day)
        if not isinstance(value, tuple):
            raise TypeError(f"{name} is no list of texts")
        return value

    def number_by_name(self, name: str, key: str, day: date | None = None) -> int | None:
        """Return one number of a table; None where the table does not name it."""
        value = self.parameter(name, day)
        found = value.get(key) if isinstance(value, dict) else None
        return found if isinstance(found, int) else None

    def texts_by_name(self, name: str, key: str, day: date | None = None) -> tuple[str, ...]:
        """Return one list of a table; empty where the table does not name it: default deny."""
        value = self.parameter(name, day)
        found = value.get(key, ()) if isinstance(value, dict) else ()
        return found if isinstance(found, tuple) else ()

    def period_is_closed(self, period: Month) -> bool:
        """Tell whether the cut-off of a month has come; a month without one is open."""
        cut_off = self.lookups.cut_offs.at(period)
        return cut_off is not None and cut_off <= self.now_us
