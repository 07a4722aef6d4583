"""Say no: a refused command, a broken rule, or an answer that cannot be given yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from ehealth_ledger.errors.catalogue import CATALOGUE


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """Carry a published code, the path of the fault and the evidence, never prose alone.

    `path` is the JSON path of the offending field. `others` are what else was found wrong at the
    same time, where that is told at all.
    """

    others: tuple[Refusal, ...] = ()

    def __init__(self, code: str, path: str = "$", **evidence: object) -> None:
        self.kind = CATALOGUE[code]
        self.code = code
        self.path = path
        self.evidence: Mapping[str, str] = {name: str(value) for name, value in evidence.items()}
        super().__init__(code, path, self.evidence)

    def beside(self, others: Iterable[Refusal]) -> Self:
        """Name what else is wrong, and return this refusal."""
        self.others = tuple(others)
        return self

    def __str__(self) -> str:
        details = "".join(f", {name}={value}" for name, value in self.evidence.items())
        return f"{self.code} at {self.path}: {self.kind.title}{details}"


class Refused(Refusal):
    """Say that a command is wrong.

    Nothing was written, and the same bytes will be refused again.
    """


class RuleBroken(Refused):
    """Say that a law of the domain forbids the act."""


class Undecided(Refusal):
    """Say that the ledger cannot tell yet, neither yes nor no.

    Nothing was written; try the same bytes later.
    """
