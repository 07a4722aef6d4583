"""Hold one directory: the codes of a system, each with the days on which it may be used.

A directory grows by versions and loses codes by retirement. What was in force on a past day stays
as it was: a code is judged on the day of the act that uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from ehealth_ledger.terminology.days import NEVER, Days, include, since, until

NEIGHBOURS_MAX: Final = 5
_ENDINGS: Final = tuple("0123456789")


@dataclass(frozen=True, slots=True)
class Directory:
    """Hold the codes of one system; `versions` names the first day of each label."""

    system: str
    versions: Mapping[str, date] = field(default_factory=dict)
    codes: Mapping[str, Days] = field(default_factory=dict)

    def knows(self, code: str) -> bool:
        """Tell whether the code was ever published, active or not."""
        return code in self.codes

    def days(self, code: str) -> Days:
        """Return the days on which a code may be used."""
        return self.codes.get(code, NEVER)

    def has(self, code: str, day: date) -> bool:
        """Tell whether a code may be used on a day."""
        return include(self.days(code), day)

    def neighbours(self, code: str, day: date) -> list[str]:
        """Name a few codes in force that are written alike: one sign more, one less.

        Only a few candidates are tried, so that a misspelt code costs no walk of the directory.
        """
        stem = code.rstrip(".")
        tried = [code.upper(), code[:-1], stem[:-1].rstrip(".")]
        tried += [f"{stem}{ending}" for ending in _ENDINGS]
        tried += [f"{stem}.{ending}" for ending in _ENDINGS]
        found = dict.fromkeys(each for each in tried if each != code and self.has(each, day))
        return list(found)[:NEIGHBOURS_MAX]

    def published(
        self, label: str, first_day: date, active: Iterable[str], inactive: Iterable[str]
    ) -> Directory:
        """Return the directory with a version, or one more part of a version."""
        codes = dict(self.codes)
        for code in active:
            codes[code] = since(codes.get(code, NEVER), first_day)
        for code in inactive:
            codes[code] = until(codes.get(code, NEVER), first_day)
        return replace(self, versions={**self.versions, label: first_day}, codes=codes)

    def retired(self, codes: Iterable[str], from_day: date) -> Directory:
        """Return the directory without these codes from a day on."""
        left = dict(self.codes)
        for code in codes:
            left[code] = until(left.get(code, NEVER), from_day)
        return replace(self, codes=left)
