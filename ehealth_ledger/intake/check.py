"""Judge a command that nobody has signed yet: everything that is wrong with it, nothing written.

It is judged as of one moment of the database, on a connection that cannot write, by the laws that
will judge the signed command. What only a signature proves is not asked for (`UNCHECKED`), and what
others do in between is not foreseen: the answer names the position it was true at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

import psycopg

from ehealth_ledger.commands.command import Command, SystemCommand
from ehealth_ledger.commands.parsing import read
from ehealth_ledger.commands.signed import Draft
from ehealth_ledger.errors import Refusal, Refused
from ehealth_ledger.intake.judgement import Bench, Question
from ehealth_ledger.store.batch import Head, read_head
from ehealth_ledger.store.charges import PeriodFolder
from ehealth_ledger.store.connections import connect_to_moments
from ehealth_ledger.store.lookups.billing import nobody_called
from ehealth_ledger.store.lookups.parties import KnownParties
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.receipts import read_receipts, receipted_content
from ehealth_ledger.store.streams import StreamCache
from ehealth_ledger.store.vault import Vault

UNCHECKED: Final = (
    "signature",
    "certificate",
    "revocation",
    "signer",  # whose tax id and institution the certificate names (rules 2 and 4)
    "preview",
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Carry what would be refused, and the end of the log it was judged against."""

    violations: tuple[Refusal, ...]
    head: Head
    left_off: int = 0  # how many faults of form there are beside those listed

    @property
    def accepted(self) -> bool:
        """Tell whether the same content, well signed, would have been recorded at that moment."""
        return not self.violations


class Checker:
    """Answer for one deployment, one question at a time; threads may share it."""

    def __init__(
        self, url: str, *, mapper: FactMapper, vault: Vault, clock: Callable[[], int]
    ) -> None:
        self._url = url
        self._mapper = mapper
        self._vault = vault
        self._clock = clock
        self._streams = StreamCache(mapper)
        self._folder = PeriodFolder(mapper)
        self._connection: psycopg.Connection | None = None
        self._lock = Lock()

    def close(self) -> None:
        """Give back the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def check(self, content: bytes) -> Checked:
        """List every violation of content: of its form, and of the law.

        Content with unknown fields is judged without them. Where the form says something else than
        the command may, there is nothing yet that a law could judge.
        """
        command, form, left_off = read(content)
        with self._lock, self._looking() as cursor:
            head = read_head(cursor, self._mapper.log)
            law = () if command is None else self._violations(cursor, head, command, content)
            return Checked((*form, *law), head, left_off)

    def _violations(
        self, cursor: psycopg.Cursor, head: Head, command: Command, content: bytes
    ) -> list[Refusal]:
        if isinstance(command, SystemCommand):
            return [
                Refused("system.signed_by_staff", "$.command", expected="a command of a person")
            ]
        found: list[Refusal] = []
        if command.ledger != self._mapper.ledger:
            found.append(Refused("content.other_ledger", "$.ledger", expected=self._mapper.ledger))
        receipt = read_receipts(cursor, [command.command_id]).get(command.command_id)
        if receipt is not None:
            recorded = receipted_content(cursor, self._mapper, self._vault, receipt)
            if recorded is None or recorded == content:
                return found  # it would get the receipt that stands; of erased content nobody knows
            return [
                *found,
                Refused(
                    "command.conflict", "$.command_id", expected="an id that stands for nothing yet"
                ),
            ]
        self._streams.catch_up(cursor, head)
        question = Question(Draft(command, content))
        bench = Bench(
            cursor,
            head,
            max(self._clock(), head.recorded_at),
            [question],
            streams=self._streams,
            mapper=self._mapper,
            vault=self._vault,
            fold=self._folder.complete,
            take=nobody_called,
        )
        bench.lookups.parties = KnownParties(self._vault)
        found += bench.hear(question)
        self._streams.keep(head, bench.loaded)
        return _once(found)

    def _looking(self) -> _Moment:
        if self._connection is None or self._connection.closed:
            self._connection = connect_to_moments(self._url, role="ledger_reader", name="check")
        return _Moment(self._connection)


class _Moment:
    """See the database as of one moment, and leave nothing behind."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    def __enter__(self) -> psycopg.Cursor:
        return self._cursor

    def __exit__(self, *_: object) -> None:
        self._cursor.close()
        if not self._connection.closed:
            self._connection.rollback()


def _once(found: list[Refusal]) -> list[Refusal]:
    """Drop what was found twice."""
    seen: dict[tuple[str, str], Refusal] = {}
    for each in found:
        seen.setdefault((each.code, each.path), each)
    return list(seen.values())
