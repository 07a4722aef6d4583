"""Check that what the system did by itself was due, and that the log says so.

Nothing the command claims is believed. The checks; the code below repeats their numbers:

1. The signature is under the key that position 1 names.
2. The reason is a record before the command, and the rule is the one of this kind of act.
3. That record set the deadline which the command settles.
4. The deadline had come when the command was recorded.
5. No record in between had settled or moved it.
6. The law, judging again over the streams as they stood, yields the very facts that stand here.
   A law that looks beyond its streams is judged again where the past can be looked up
   (store/fsck/past.py); for one that asks for more, 1 to 5 hold too.

Of what people sign, `month.settle` is judged again by 6: it is a run of the system that came late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import psycopg

from ehealth_ledger.aggregates.behind import behind
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.commands.command import Command, SystemCommand
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.commands.signed import Evidence, LedgerSigner
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.facts import Bodies, ReadFact
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.past import Past, PastBilling, PastCutOffs
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.store.indexes.catalogue import changes
from ehealth_ledger.store.indexes.deadlines import DEADLINES
from ehealth_ledger.store.indexes.index import Change, Put
from ehealth_ledger.store.lookups.charges import Charges
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.vault import Vault

_COLUMNS: Final = (
    "r.position, r.ledger, r.command_id, r.fact_index, r.fact_count, r.stream_id, "
    "r.stream_version, r.topic, r.recorded_at, r.key_id, r.body_digest, r.envelope_digest, "
    "r.previous, r.chain_value, b.blob"
)
_FROM: Final = "FROM records r LEFT JOIN bodies b ON b.log = r.log AND b.position = r.position"
_ONE: Final = f"SELECT {_COLUMNS} {_FROM} WHERE r.log = %s AND r.position = %s"
STREAMS: Final = (
    f"SELECT {_COLUMNS} {_FROM} "
    "WHERE r.log = %s AND r.stream_id = ANY(%s) AND r.position < %s ORDER BY r.position"
)

DeadlineOf = Callable[[SystemCommand], tuple[str, UUID, str] | None]
"""Name the deadline a command settles (kind and id) and its rule; None for a command of no duty."""

StreamsOf = Callable[[Command], Iterable[UUID]]
"""Name the streams that a command's law reads."""


class Rejudge(Protocol):
    """Judge a command of the system again, from stored bytes and the streams as they stood."""

    def __call__(
        self,
        evidence: Evidence,
        content: bytes,
        states: Mapping[UUID, object | None],
        past: Past,
        *,
        basis: int,
        now_us: int,
    ) -> Sequence[Fact] | str | None:
        """Return the facts, or why the law refuses; None where the law looks further."""


class Resettle(Protocol):
    """Judge again what a person signed, whose signature and right to it were checked before."""

    def __call__(
        self,
        command: SettleMonth,
        states: Mapping[UUID, object | None],
        past: Past,
        *,
        basis: int,
        now_us: int,
    ) -> Sequence[Fact] | str | None:
        """Return the facts, or why the law refuses; None where the law looks further."""


class Duties(NamedTuple):
    """Bring in what this layer may not import: the table of duties, and the laws."""

    deadline_of: DeadlineOf
    streams_of: StreamsOf
    rejudge: Rejudge
    resettle: Resettle


class Dues:
    """Check the commands of the system of one log."""

    def __init__(
        self,
        connection: psycopg.Connection,
        log: str,
        bodies: Bodies,
        duties: Duties,
        mapper: FactMapper,
        vault: Vault,
        findings: Findings,
    ) -> None:
        self._connection = connection
        self._log = log
        self._bodies = bodies
        self._duties = duties
        self._mapper = mapper
        self._vault = vault
        self._findings = findings
        self._cut_offs = PastCutOffs()

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in what a law that is judged again will ask about the past."""
        self._cut_offs.absorb(row.position, fact)

    def check(self, proved: Proved, facts: Sequence[Fact], signing_key: bytes | None) -> None:
        """Note what is wrong with a command of the system; pass by every other command."""
        command, signer = proved.command, proved.signer
        if isinstance(command, SettleMonth):
            wrong = self._unlawful(command, proved, facts)
            if wrong is not None:
                self._add(Kind.CHARGE_ALTERED, proved, wrong)
            return
        if not isinstance(command, SystemCommand) or not isinstance(signer, LedgerSigner):
            return
        # 1. The key.
        if signing_key is not None and signer.key_digest != sha256(signing_key).digest():
            self._add(Kind.SIGNATURE_INVALID, proved, "a key that position 1 never named")
        wrong = self._undue(command, proved) or self._unlawful(command, proved, facts)
        if wrong is not None:
            self._add(Kind.DUE_INVALID, proved, wrong)

    def _undue(self, command: SystemCommand, proved: Proved) -> str | None:
        first = proved.stored.first
        # 2. Reason and rule.
        duty = self._duties.deadline_of(command)
        if duty is None:
            return "nothing makes this command due"
        kind, thing, rule = duty
        if command.reason.rule != rule:
            return f"the rule is {rule}"
        if not 1 <= command.reason.position < first.position:
            return "the reason does not stand before the command"
        # 3. The deadline that the reason set.
        reason = self._read(_ONE, (self._log, command.reason.position))
        if not reason or reason[0].fact is None:
            return None  # damaged or erased: named where it stands, or nothing to be named
        key = (kind, thing)
        due_at = _deadline(reason[0], key)
        if due_at is None:
            return f"position {command.reason.position} sets no such deadline"
        # 4. It had come.
        if due_at > first.recorded_at:
            return "it was not due yet"
        # 5. Nobody had settled it.
        streams = [thing, reason[0].row.stream_id]
        later = self._read(STREAMS, (self._log, streams, first.position))
        for read in later:
            if read.row.position > command.reason.position and _touches(read, key):
                return f"position {read.row.position} had settled it"
        return None

    def _unlawful(
        self, command: SystemCommand | SettleMonth, proved: Proved, facts: Sequence[Fact]
    ) -> str | None:
        # 6. The law, again.
        if self._findings.unread:
            return None  # what a damaged record said is unknown
        first = proved.stored.first
        states: dict[UUID, object | None] = {}
        wanted = set(self._duties.streams_of(command))
        for _ in range(2):  # the streams that the command names, then those their states lead to
            for row, fact in self._read(STREAMS, (self._log, list(wanted), first.position)):
                if fact is None:
                    return None
                states[row.stream_id] = evolve(states.get(row.stream_id), fact)
            wanted = behind(states.values()) - states.keys()
        envelope, basis = proved.envelope, first.position - 1
        with self._connection.cursor() as cursor:
            billing = PastBilling(cursor, self._mapper, self._vault, facts, basis=basis)
            charges = Charges(cursor, set(), upto=basis)
            past = Past(billing, self._cut_offs.as_of(basis), charges)
            if isinstance(command, SettleMonth):
                judged = self._duties.resettle(
                    command, states, past, basis=basis, now_us=first.recorded_at
                )
            else:
                judged = self._duties.rejudge(
                    envelope.evidence(proved.certificate),
                    envelope.content,
                    states,
                    past,
                    basis=basis,
                    now_us=first.recorded_at,
                )
        if judged is None:
            return None
        if isinstance(judged, str):
            return f"its law refuses it: {judged}"
        if list(judged) != list(facts):
            return "its law yields other facts"
        return None

    def _read(self, statement: str, asked: tuple[object, ...]) -> list[ReadFact]:
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(statement.encode(), asked, prepare=True).fetchall()
        return list(self._bodies.anywhere((RecordRow(*row[:14]), row[14]) for row in rows))

    def _add(self, kind: Kind, proved: Proved, detail: str) -> None:
        self._findings.add(kind, self._log, proved.stored.first.position, detail)


def _deadline(read: ReadFact, key: tuple[str, UUID]) -> int | None:
    """Return when the deadline of a key comes, as a record set it last."""
    due_at: int | None = None
    for change in _changes(read, key):
        due_at = change.row[2] if isinstance(change, Put) else None
    return due_at


def _touches(read: ReadFact, key: tuple[str, UUID]) -> bool:
    return bool(_changes(read, key))


def _changes(read: ReadFact, key: tuple[str, UUID]) -> list[Change]:
    if read.fact is None:
        return []
    return [
        change
        for change in changes(read.fact, read.row.position)
        if change.index is DEADLINES
        and (change.row[:2] if isinstance(change, Put) else change.key) == key
    ]
