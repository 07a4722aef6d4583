"""Describe read models: tables, the columns queries need, the groups a fold gathers."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID

from ehealth_ledger.values.json import resolve
from projections.read_models.document import Document


class Key(NamedTuple):
    """Name one row: its table and its id."""

    table: str
    id: UUID


class Group(NamedTuple):
    """Name the rows of a table that a fact about another row adds up."""

    table: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Describe one table: its key, the columns copied out of the document, its groups.

    `copied` maps a column to the JSON Pointer of its value in the document, so that a column never
    says what its document does not. `about` is the copied column that names the stream a row is
    about, where its key does not: with an erased patient's streams their rows go.
    """

    name: str
    key: str
    copied: Mapping[str, str]
    grouped_by: tuple[str, ...] = ()
    about: str | None = None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """List the columns in the order rows are written: key, copied ones, document."""
        return (self.key, *self.copied, "document")

    @cached_property
    def _steps(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(pointer.split("/")[1:]) for pointer in self.copied.values())

    def copies(self, document: Document) -> list[object]:
        """Take the copied columns' values from a document; raise KeyError where one is not there.

        These pointers lead through objects only, by names that need no escape.
        """
        values: list[object] = []
        for steps in self._steps:
            value: Any = document
            for step in steps:
                value = value[step]
            values.append(value)
        return values

    def is_about(self, row_id: UUID, document: Document, streams: Container[UUID]) -> bool:
        """Tell whether a row is about one of these streams."""
        if row_id in streams:
            return True
        return self.about is not None and (
            UUID(str(resolve(document, self.copied[self.about]))) in streams
        )

    def group_of(self, document: Document) -> Group | None:
        """Name the group a document belongs to; None where a part of the name is absent."""
        if not self.grouped_by:
            return None
        values = tuple(document[name] for name in self.grouped_by)
        return None if None in values else Group(self.name, values)


@dataclass(frozen=True)
class Model:
    """Describe one read model; a new `version` says that it wants a rebuild."""

    name: str
    version: int
    tables: tuple[Table, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Table]:
        """Find a table by its name."""
        return {table.name: table for table in self.tables}

    def ddl(self) -> str:
        """Read the statements that create the model's tables."""
        return (files(__package__) / f"{self.name}.sql").read_text(encoding="utf-8")
